import { afterEach, describe, expect, it } from 'vitest';
import { gapsOf, TREND_HOURS, trendRange, trendTicks } from '../../../dashboard/client/trend-range.ts';

const HOUR_MS = 3_600_000;
const now = Date.parse('2026-03-10T14:03:07.250Z');
const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

describe('the range of trends', () => {
  it('reaches as far back as it says, to the end of the point that has begun, in whole minutes where it is long', () => {
    for (const hours of TREND_HOURS) {
      const { fromMs, toMs, points } = trendRange(hours, now);
      const pointMs = (toMs - fromMs) / points;
      expect(toMs - fromMs).toBe(hours * HOUR_MS);
      expect([toMs > now, toMs - pointMs <= now]).toEqual([true, true]);
      expect(points).toBeLessThanOrEqual(1000); // the most that the server answers
      if (hours >= 8) expect([fromMs % 60_000, pointMs % 60_000]).toEqual([0, 0]);
    }
  });

  it('has round times on its axis, and dates where it spans days', () => {
    process.env['TZ'] = 'UTC';
    const ticks = (hours: (typeof TREND_HOURS)[number]): string[] => trendTicks(hours, trendRange(hours, now), 'en').map(({ time, date }) => `${time} ${date}`.trim());
    expect(ticks(2)).toEqual(['12:20', '12:40', '13:00', '13:20', '13:40', '14:00']);
    expect(ticks(24)).toEqual(['15:00 9 Mar', '18:00', '21:00', '00:00 10 Mar', '03:00', '06:00', '09:00', '12:00']);
    expect(trendTicks(24, trendRange(24, now + 6 * HOUR_MS), 'de').map(({ date }) => date)).toEqual(['', '10. März', '', '', '', '', '', '']);
    expect(ticks(72)).toEqual(['00:00 8 Mar', '12:00', '00:00 9 Mar', '12:00', '00:00 10 Mar', '12:00']);
  });

  it('keeps to the clock of the wall on the day it is put ahead', () => {
    process.env['TZ'] = 'Europe/Berlin';
    const range = trendRange(24, Date.parse('2026-03-29T10:30:00Z')); // an hour is missing in the night before
    const ticks = trendTicks(24, range, 'de');
    expect(ticks.map(({ time }) => time)).toEqual(['12:00', '15:00', '18:00', '21:00', '00:00', '03:00', '06:00', '09:00', '12:00']);
    expect(ticks.map(({ atMs }, i) => (i === 0 ? 3 : (atMs - ticks[i - 1]!.atMs) / HOUR_MS))).toEqual([3, 3, 3, 3, 3, 2, 3, 3, 3]);
  });

  it('has gaps where nothing is known, but not in what has not come to its end', () => {
    const range = { fromMs: 0, toMs: 8000, points: 8 };
    expect(gapsOf([NaN, 1, NaN, NaN, 2, 3, 4, NaN], range, 7500)).toEqual([{ start: 0, end: 1 }, { start: 2, end: 4 }]);
    expect(gapsOf([1, 1, 1, 1, 1, 1, NaN, NaN], range, 8000)).toEqual([{ start: 6, end: 8 }]);
  });
});
