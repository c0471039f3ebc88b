/** Words of the views of what is past: review and search. */
export const reviewEn = {
  review: 'Review',
};
