import type { reviewEn } from './en.ts';

export const reviewDe: typeof reviewEn = {
  review: 'Rückschau',
};
