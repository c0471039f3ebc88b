import type { reviewEn } from './en.ts';

export const reviewZh: typeof reviewEn = {
  review: '回顾',
};
