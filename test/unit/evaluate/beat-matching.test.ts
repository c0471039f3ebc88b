import { describe, expect, it } from 'vitest';
import { fibrillationStretches, type ReferenceBeat } from '../../../ecg/reference-beats.ts';
import { matchBeats, type FoundBeat } from '../../evaluate/beat-matching.ts';

const FS = 100;
const reference = (...samples: number[]): ReferenceBeat[] => samples.map((sample) => ({ sample, class: 'N' }));
const found = (...samples: number[]): FoundBeat[] => samples.map((sample) => ({ sample, class: 'normal' }));
const counts = (a: ReferenceBeat[], t: FoundBeat[], fromS = 0, excluded: [number, number][] = []): number[] => {
  const { truePositive, falsePositive, falseNegative } = matchBeats('x', FS, a, t, excluded, fromS);
  return [truePositive, falsePositive, falseNegative];
};

describe('beat matching', () => {
  it('pairs beats at most 150 ms apart', () => {
    expect(counts(reference(100, 200), found(115, 216))).toEqual([1, 1, 1]);
  });

  it('gives a reference beat the nearer of two found ones', () => {
    expect(counts(reference(100), found(90, 101))).toEqual([1, 1, 0]);
  });

  it('pairs two close beats with two close ones', () => {
    expect(counts(reference(100, 112), found(104, 113))).toEqual([2, 0, 0]);
  });

  it('leaves out what lies before the start or in fibrillation', () => {
    expect(counts(reference(100, 600, 900), found(100, 700, 900), 3, [[550, 750]])).toEqual([1, 0, 0]);
  });

  it('counts a normal beat called ventricular against the ventricular ones, a fusion beat not', () => {
    const result = matchBeats('x', FS, [{ sample: 100, class: 'N' }, { sample: 200, class: 'F' }, { sample: 300, class: 'V' }],
      [100, 200, 300].map((sample) => ({ sample, class: 'ventricular' })), [], 0);
    expect([result.vebTruePositive, result.vebFalsePositive, result.vebFalseNegative]).toEqual([1, 1, 0]);
  });

  it('takes fibrillation without an end to last to the end of the record', () => {
    const mark = (sample: number, symbol: string): { sample: number; symbol: string; aux: string; subtype: number } => ({ sample, symbol, aux: '', subtype: 0 });
    expect(fibrillationStretches([mark(10, '['), mark(20, ']'), mark(30, '[')], 50)).toEqual([[10, 20], [30, 50]]);
  });
});
