import { describe, expect, it } from 'vitest';
import { ageText, bedName, minutesText, offsetText, percentText, scoreText, similarityText } from '../../../dashboard/client/format.ts';

describe('numbers on the page', () => {
  it('gives ages coarser as they grow', () => {
    expect([0, 240, 9900, 14_200, 180_000, 10_800_000].map(ageText)).toEqual(['0.0 s', '0.2 s', '9.9 s', '14 s', '3 min', '3 h']);
    expect(ageText(-50)).toBe('0.0 s');
  });

  it('counts minutes and hours', () => {
    expect([0, 8_999, 103_000, 3_723_000].map(minutesText)).toEqual(['0:00', '0:08', '1:43', '1:02:03']);
  });

  it('signs offsets and scores with a true minus, and zero with none', () => {
    expect([12, -3420, 600_000].map(offsetText)).toEqual(['+12 ms', '−3.4 s', '+10 min']);
    expect([3.44, -0.8, -0.01].map(scoreText)).toEqual(['3.4', '−0.8', '0.0']);
    expect([0.531, -0.123, -0.0049].map(similarityText)).toEqual(['0.53', '−0.12', '0.00']);
  });

  it('gives a probability in whole percent, and never none or all', () => {
    expect([0, 0.004, 0.0149, 0.83, 0.989, 0.9951, 1].map(percentText)).toEqual(['<1 %', '<1 %', '1 %', '83 %', '99 %', '>99 %', '>99 %']);
  });

  it('makes a name of a slug', () => {
    expect(bedName('icu-bed-1')).toBe('Icu bed 1');
  });
});
