import { describe, expect, it } from 'vitest';
import type { BeatCounts } from '../../evaluate/beat-matching.ts';
import { besidePooled, pairedDifference } from '../../evaluate/paired.ts';

const ours = (record: string, truePositive: number, falseNegative: number, falsePositive: number): BeatCounts =>
  ({ record, beats: truePositive + falseNegative, truePositive, falseNegative, falsePositive, vebTruePositive: 0, vebFalsePositive: 0, vebFalseNegative: 0 });

describe('two detectors on the same records', () => {
  it('differ where one misses fewer beats in every record, however unlike the records are', () => {
    const rows = [ours('a', 90, 10, 0), ours('b', 50, 50, 0), ours('c', 99, 1, 0)];
    const { se, ppv } = pairedDifference(rows, { a: [80, 20, 0], b: [40, 60, 0], c: [89, 11, 0] });
    expect(se).toMatchObject({ verdict: 'better' });
    expect(se.value).toBeCloseTo(10, 6);
    expect(se.low).toBeCloseTo(10, 6);
    expect(ppv).toMatchObject({ value: 0, verdict: 'no difference shown' });
  });

  it('do not differ where one record makes all the difference', () => {
    const rows = [ours('a', 90, 10, 0), ours('b', 95, 5, 0), ours('c', 95, 5, 0)];
    expect(pairedDifference(rows, { a: [60, 40, 0], b: [96, 4, 0], c: [96, 4, 0] }).se.verdict).toBe('no difference shown');
  });

  it('are not compared where a record is missing', () => {
    expect(() => pairedDifference([ours('a', 1, 0, 0)], {})).toThrow('no counts of record a');
  });

  it('a pooled figure inside our interval shows no difference', () => {
    expect([besidePooled({ low: 99.6, high: 99.9 }, 99.7), besidePooled({ low: 99.75, high: 99.9 }, 99.7), besidePooled({ low: 99, high: 99.6 }, 99.7)])
      .toEqual(['no difference shown', 'better', 'worse']);
  });
});
