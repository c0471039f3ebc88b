import { describe, expect, it } from 'vitest';
import type { BeatClass } from '../../../../ecg/beat.ts';
import { addNoise, syntheticEcg, type SyntheticBeat } from '../../../helpers/synthetic-ecg.ts';
import { streamRhythm } from '../../../helpers/stream-rhythm.ts';
import fc from '../../../helpers/properties.ts';

const FS = 250;
const SECONDS = 90;
const VENTRICULAR = { width: 0.04, r: -1400, t: 500 };
const RR = 0.8;

/** A beat every 0.8 s; `other` says what is different about the beat of an index, if anything. */
const course = (other: (index: number) => Partial<SyntheticBeat> & { early?: number } | undefined, usual: Partial<SyntheticBeat> = {}): SyntheticBeat[] =>
  Array.from({ length: Math.floor((SECONDS - 1.5) / RR) }, (_, i) => {
    const { early = 0, ...shape } = other(i) ?? {};
    return { at: 0.8 + (i - early) * RR, ...usual, ...shape };
  });

/** The class of each true beat from `fromS` on; undefined where none was found. */
function classesOf(leads: readonly Float32Array[], truth: readonly SyntheticBeat[], fromS = 20): (BeatClass | undefined)[] {
  const { beats } = streamRhythm(leads, { fs: FS });
  return truth.filter(({ at }) => at > fromS).map(({ at }) => beats.find((beat) => Math.abs(beat.sampleIndex / FS - at) < 0.1)?.class);
}
const lead = (truth: readonly SyntheticBeat[], seed = 4): Float32Array => addNoise(syntheticEcg(FS, SECONDS, truth), 10, seed);
const expected = (truth: readonly SyntheticBeat[], ventricular: (beat: SyntheticBeat) => boolean): BeatClass[] =>
  truth.filter(({ at }) => at > 20).map((beat) => (ventricular(beat) ? 'ventricular' : 'normal'));

describe('the class of a beat', () => {
  it('is ventricular where it is wide, early and of another shape, and normal for every other beat', () => {
    const truth = course((i) => (i % 9 === 5 ? { ...VENTRICULAR, early: 0.35 } : undefined));
    expect(classesOf([lead(truth)], truth)).toEqual(expected(truth, ({ r }) => r === VENTRICULAR.r));
  });

  it('is normal where an early beat has the usual shape: it came from the atria', () => {
    const truth = course((i) => (i % 9 === 5 ? { early: 0.35 } : undefined));
    expect(classesOf([lead(truth)], truth)).toEqual(expected(truth, () => false));
  });

  it('is normal where all beats are wide, and ventricular for those of another shape among them', () => {
    const truth = course((i) => (i % 9 === 5 ? { width: 0.045, r: -1300, t: 450, early: 0.3 } : undefined), { width: 0.03, t: -250 });
    expect(classesOf([lead(truth)], truth)).toEqual(expected(truth, ({ r }) => r === -1300));
  });

  it('is ventricular for every second beat of a bigeminy that lasts, and never changes sides', () => {
    const truth = course((i) => (i > 20 && i % 2 === 0 ? { ...VENTRICULAR, early: 0.3 } : undefined));
    expect(classesOf([lead(truth)], truth)).toEqual(expected(truth, ({ r }) => r === VENTRICULAR.r));
  });

  it('is ventricular where the second lead shows it and the first only a little', () => {
    const other = (i: number): boolean => i % 9 === 5;
    const first = course((i) => (other(i) ? { early: 0.3, width: 0.02, t: 50 } : undefined));
    const second = course((i) => (other(i) ? { ...VENTRICULAR, early: 0.3 } : undefined), { r: 700 });
    expect(classesOf([lead(first), lead(second, 5)], first)).toEqual(expected(first, ({ width }) => width === 0.02));
  });

  it('is told when the next beat has come, or 2 s after the R peak where none does', () => {
    const truth = course(() => undefined).filter(({ at }) => at < 30);
    const toldAt: number[] = [];
    const told: number[] = [];
    streamRhythm([lead(truth)], { fs: FS, blocks: [25], onBeats: (beats, end) => beats.forEach(({ sampleIndex }) => {
      told.push(sampleIndex / FS);
      toldAt.push(end / FS);
    }) });
    const waited = told.map((at, i) => toldAt[i]! - at);
    expect(told).toHaveLength(truth.filter(({ at }) => at > told[0]! - 0.1).length);
    // The first ones wait until the level of the lead is known.
    expect(Math.max(...waited.slice(5, -1))).toBeLessThan(RR + 0.5);
    expect(Math.min(...waited.slice(5, -1))).toBeGreaterThan(RR);
    expect(waited[waited.length - 1]).toBeCloseTo(2, 0);
  });

  it('does not depend on the gain', () => {
    const truth = course((i) => (i % 9 === 5 ? { ...VENTRICULAR, early: 0.35 } : i % 9 === 7 ? { early: 0.3 } : undefined));
    const samples = lead(truth);
    const at = classesOf([samples], truth);
    fc.assert(fc.property(fc.double({ min: 0.4, max: 3, noNaN: true }), (gain) => {
      expect(classesOf([samples.map((value) => gain * value)], truth)).toEqual(at);
    }), { numRuns: 6 });
  });
});
