import { describe, expect, it } from 'vitest';
import { MIN_CARD_HEIGHT, wardGrid } from '../../../dashboard/client/layout.ts';
import { DEFAULT_PX_PER_MM } from '../../../dashboard/client/calibration.ts';

const grid = (beds: number, width: number, height: number): ReturnType<typeof wardGrid> => wardGrid(beds, width, height, 8, DEFAULT_PX_PER_MM);

describe('wardGrid', () => {
  it('gives eight beds on a full HD screen two columns of four', () => {
    expect(grid(8, 1904, 990)).toMatchObject({ columns: 2, rows: 4 });
  });

  it('fits 1 to 64 beds on a full HD screen without scrolling', () => {
    for (let beds = 1; beds <= 64; beds++) {
      const { columns, rows, cardWidth, cardHeight } = grid(beds, 1904, 990);
      expect(columns * rows).toBeGreaterThanOrEqual(beds);
      expect(cardHeight * rows + 8 * (rows - 1)).toBeLessThanOrEqual(991);
      expect(cardWidth * columns + 8 * (columns - 1)).toBeLessThanOrEqual(1905);
      expect(cardHeight).toBeGreaterThanOrEqual(MIN_CARD_HEIGHT);
    }
  });

  it('puts beds one below the other on a phone, and never makes one too small to read', () => {
    expect(grid(8, 374, 720)).toMatchObject({ columns: 1, rows: 8 });
    expect(grid(64, 374, 720).cardHeight).toBeGreaterThanOrEqual(MIN_CARD_HEIGHT);
  });

  it('has a place for the empty ward', () => {
    expect(grid(0, 1904, 990)).toMatchObject({ columns: 1, rows: 1 });
  });
});
