import { describe, expect, it } from 'vitest';
import { countAlarms, summed } from '../../../../stream/labels/dry-run.ts';

const every2s = (scores: readonly number[]): { atMs: number[]; scores: readonly number[] } => ({ atMs: scores.map((_, i) => 2000 * i), scores });
const count = (scores: readonly number[], dwellMs = 6000): number => {
  const { atMs } = every2s(scores);
  return countAlarms(atMs, scores, { threshold: 2, dwellMs }).alarms;
};

describe('a dry run', () => {
  it('counts an alarm once the score has held for the dwell', () => {
    expect(count([2, 2, 2, 0])).toBe(0);
    expect(count([2, 2, 2, 2])).toBe(1);
    expect(count([2, 2, 2, 2, 2, 2, 2])).toBe(1);
  });

  it('takes a score just below the threshold for the same finding', () => {
    expect(count([2, 1.8, 1.8, 1.8])).toBe(1);
    expect(count([2, 1.7, 2, 2])).toBe(0);
  });

  it('begins another alarm only after the first was gone for the release delay', () => {
    expect(count([2, 2, 2, 2, 0, 2, 2, 2, 2])).toBe(1);
    expect(count([2, 2, 2, 2, 0, 0, 0, 0, 2, 2, 2, 2])).toBe(2);
  });

  it('knows nothing across a gap', () => {
    const { alarms, scoredMs } = countAlarms([0, 2000, 60_000, 62_000], [2, 2, 2, 2], { threshold: 2, dwellMs: 4000 });
    expect([alarms, scoredMs]).toEqual([0, 4000]);
  });

  it('is told for each bed and day', () => {
    expect(summed([{ scoredMs: 12 * 3_600_000, alarms: 1 }, { scoredMs: 12 * 3_600_000, alarms: 2 }])).toEqual({ hours: 24, beds: 2, alarms: 3, perBedDay: 3 });
    expect(summed([])).toEqual({ hours: 0, beds: 0, alarms: 0, perBedDay: 0 });
  });
});
