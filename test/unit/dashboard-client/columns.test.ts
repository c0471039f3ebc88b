import { describe, expect, it } from 'vitest';
import { isMissing, Polyline, traceLine } from '../../../dashboard/client/trace/columns.ts';
import { LeadRing } from '../../../dashboard/client/trace/ring.ts';
import fc from '../../helpers/properties.ts';

function lineOf(ring: LeadRing, from: number, end: number, columnsPerSample: number): { x: number; uv: number }[] {
  const out = new Polyline(8192);
  traceLine(ring, from, end, columnsPerSample, out);
  return Array.from({ length: out.length }, (_, i) => ({ x: out.x[i]!, uv: out.uv[i]! }));
}

function ringOf(samples: readonly number[]): LeadRing {
  const ring = new LeadRing(4096);
  ring.write(0, Float32Array.from(samples));
  return ring;
}

describe('traceLine', () => {
  it('keeps the highest and lowest sample of every column, at their true places', () => {
    fc.assert(fc.property(
      fc.array(fc.integer({ min: -5000, max: 5000 }), { minLength: 200, maxLength: 1000 }),
      fc.double({ min: 0.05, max: 0.9, noNaN: true }),
      (samples, columnsPerSample) => {
        const end = Math.floor((samples.length - 1) * columnsPerSample) - 1;
        const line = lineOf(ringOf(samples), 0, end, columnsPerSample);
        for (let column = 0; column < end; column++) {
          const inColumn = samples.filter((_, i) => Math.floor(i * columnsPerSample) === column);
          if (inColumn.length === 0) continue;
          const drawn = line.filter(({ x }) => Math.floor(x) === column).map(({ uv }) => uv);
          expect(Math.max(...drawn)).toBe(Math.max(...inColumn));
          expect(Math.min(...drawn)).toBe(Math.min(...inColumn));
          expect(drawn.length).toBeLessThanOrEqual(4);
        }
      },
    ), { numRuns: 60 });
  });

  it('draws every sample where there are few', () => {
    const samples = [0, 100, 1500, -300, 50, 0, 10, 20];
    const line = lineOf(ringOf(samples), 0, 14, 2);
    expect(line.filter(({ x }) => x >= 0 && x <= 14).map(({ uv }) => uv)).toEqual(samples);
    expect(line.find(({ uv }) => uv === 1500)!.x).toBe(4);
  });

  it('lifts the pen over missing samples and joins nothing across them', () => {
    const line = lineOf(ringOf([1, 2, NaN, NaN, 5, 6]), 0, 10, 2);
    expect(line.map(({ uv }) => uv)).toEqual([1, 2, NaN, 5, 6, NaN]);
  });

  it('gives neighbouring pieces the same points around their seam', () => {
    const samples = Array.from({ length: 400 }, (_, i) => Math.round(800 * Math.sin(i / 5)));
    const ring = ringOf(samples);
    const whole = lineOf(ring, 0, 100, 0.378);
    const left = lineOf(ring, 0, 50, 0.378);
    const right = lineOf(ring, 50, 100, 0.378).map(({ x, uv }) => ({ x: x + 50, uv }));
    const within = (points: typeof whole, from: number, end: number): string[] =>
      points.filter(({ x }) => x >= from && x < end).map(({ x, uv }) => `${x.toFixed(6)} ${uv}`);
    expect(within(left, 0, 50)).toEqual(within(whole, 0, 50));
    expect(within(right, 50, 100)).toEqual(within(whole, 50, 100));
  });
});

describe('isMissing', () => {
  const ring = ringOf([1, 2, NaN, 4, 5, 6, 7, 8, 9]);
  const missing = (columnsPerSample: number, columns: number): number[] =>
    Array.from({ length: columns }, (_, column) => column).filter((column) => isMissing(ring, column, columnsPerSample, 0));

  it('marks the columns that a missing sample touches', () => {
    expect(missing(2, 14)).toEqual([2, 3, 4, 5]);
    expect(missing(1, 7)).toEqual([1, 2]);
  });

  it('marks what has not arrived, but not what was before the lead began', () => {
    expect(isMissing(ring, 20, 1, 0)).toBe(true);
    expect(isMissing(ring, -5, 1, 0)).toBe(false);
  });
});
