import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RHYTHM_LIMITS, type RhythmChange } from '../../../../ecg/rhythm.ts';
import { ConditionSet } from '../../../../ecg/rhythm/conditions.ts';
import { HeartRate } from '../../../../ecg/rhythm/heart-rate.ts';
import { RhythmRules } from '../../../../ecg/rhythm/rules.ts';
import { hz } from '../../../../ecg/units.ts';

const FS = hz(250);
/** 120 bpm. */
const RR = 125;

/** Gives the rules one beat after the other, of these log odds of being ventricular, after these intervals, this much like the one before. */
function tachycardias(odds: readonly number[], rr: number | readonly number[] = RR, likeness: number | undefined = 1): readonly RhythmChange[] {
  return changesOf('ventricularTachycardia', odds.map((own, i) => ({ own, rr: typeof rr === 'number' ? rr : rr[i % rr.length]! })), likeness);
}

function changesOf(condition: RhythmChange['condition'], beats: readonly { readonly own: number; readonly rr: number }[], likeness?: number): readonly RhythmChange[] {
  const conditions = new ConditionSet();
  const rules = new RhythmRules(FS, DEFAULT_RHYTHM_LIMITS, conditions, new HeartRate(FS), 100);
  let at = 0;
  beats.forEach(({ own, rr }, i) => {
    at += rr;
    rules.beat(at, i === 0 ? undefined : rr, own, likeness, at + 75);
  });
  return conditions.take().filter((change) => change.condition === condition);
}
const over = (times: number, ...cycle: readonly number[]): number[] => Array.from({ length: times }, () => cycle).flat();

describe('ventricular tachycardia by the log odds of its beats', () => {
  it.each([
    ['bigeminy', over(20, 5, -2)],
    ['bigeminy whose normal beats are hard to tell', over(20, 5, -0.5)],
    ['trigeminy', over(20, 5, -3.4, -3.9)],
    ['pairs of ventricular beats with one normal beat between them', over(20, 5, 5, -3.4)],
    ['strange beats now and then among doubtful ones', over(10, 5, -1, -1, -1, 5, -1)],
    ['four ventricular beats', [-5, -5, 5, 5, 5, 5, -5, -5]],
  ])('%s is none, whatever it lasts', (_, odds) => {
    expect(tachycardias(odds)).toEqual([]);
  });

  it('is known with the fifth beat of a run, one of which may be doubtful, and begins with the first', () => {
    const [begin] = tachycardias([-5, -5, 3, 2.4, 3.6, 4.2, -1.9]);
    expect(begin).toMatchObject({ active: true, onsetIndex: 3 * RR, decidedIndex: 7 * RR + 75 });
  });

  it('is known with the fifth clearly ventricular beat, whatever came before', () => {
    const before = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { maxLength: 100 });
    const run = fc.array(fc.double({ min: 1.6, max: 5, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(fc.property(before, run, (earlier, five) => {
      expect(tachycardias([...earlier, ...five]).at(-1)?.active).toBe(true);
    }), { numRuns: 300, seed: 3 });
  });

  it('is none at 100 bpm or below', () => {
    expect(tachycardias(over(20, 5), 150)).toEqual([]);
  });

  it('is over with the second beat in a row that is not ventricular', () => {
    const changes = tachycardias([...over(8, 5), -4, 5, 5, -4, -4, -4]);
    expect(changes.map(({ active, decidedIndex }) => [active, decidedIndex])).toEqual([[true, 5 * RR + 75], [false, 13 * RR + 75]]);
  });

  it('is none where strange beats come unevenly and no two are alike, as when a cable is moved', () => {
    const uneven = [80, 150, 110];
    expect(tachycardias(over(20, 5), uneven, 0.2)).toEqual([]);
    expect(tachycardias(over(20, 5), uneven, 0.9).at(-1)?.active).toBe(true);
  });

  it('need not have like beats where they come evenly, nor be comparable at all', () => {
    expect(tachycardias(over(8, 5), RR, 0.15).at(-1)?.active).toBe(true);
    expect(tachycardias(over(8, 5), [80, 150, 110], undefined).at(-1)?.active).toBe(true);
  });

  it('is never held back by likeness of 0.55 and more, whatever the intervals', () => {
    const intervals = fc.array(fc.integer({ min: 50, max: 149 }), { minLength: 5, maxLength: 30 });
    fc.assert(fc.property(intervals, fc.double({ min: 0.56, max: 1, noNaN: true }), (rrs, likeness) => {
      expect(tachycardias(rrs.map(() => 5), rrs, likeness).at(-1)?.active).toBe(true);
    }), { numRuns: 300, seed: 6 });
  });

  it('is known from doubtful beats where they are fast, not where they are slow', () => {
    expect(tachycardias(over(10, 0.9), 80).at(-1)?.active).toBe(true);
    expect(tachycardias(over(10, 0.9), 130)).toEqual([]);
  });
});

describe('extreme bradycardia', () => {
  const slow = (...rrs: readonly number[]): readonly RhythmChange[] => changesOf('extremeBradycardia', rrs.map((rr) => ({ own: -5, rr })));

  it('is known from three beats where they are far below the limit, from five near it', () => {
    // 33 bpm; 39 bpm.
    expect(slow(200, 200, 200, 450, 450).at(-1)).toMatchObject({ active: true, onsetIndex: 600 });
    expect(slow(200, 200, 200, 385, 385, 385)).toEqual([]);
    expect(slow(200, 200, 200, 385, 385, 385, 385).at(-1)?.active).toBe(true);
  });

  it('is never raised by one long interval among usual ones', () => {
    fc.assert(fc.property(fc.integer({ min: 100, max: 250 }), fc.integer({ min: 251, max: 500 }), (usual, pause) => {
      expect(slow(usual, usual, usual, usual, usual, pause, usual, usual, usual, usual)).toEqual([]);
    }), { numRuns: 200, seed: 7 });
  });
});
