import { describe, expect, it } from 'vitest';
import { DEFAULT_RHYTHM_LIMITS, type RhythmChange } from '../../../../ecg/rhythm.ts';
import { ConditionSet } from '../../../../ecg/rhythm/conditions.ts';
import { HeartRate } from '../../../../ecg/rhythm/heart-rate.ts';
import { RhythmRules } from '../../../../ecg/rhythm/rules.ts';
import { hz } from '../../../../ecg/units.ts';
import fc from '../../../helpers/properties.ts';

const FS = hz(250);
/** 120 bpm. */
const RR = 125;

/** A beat's log odds of being ventricular at once; or those and what the next beat makes of them, which is the same where not said. */
type Odds = number | readonly [number, number];
interface GivenBeat {
  readonly odds: Odds;
  readonly rr: number;
}

/** Gives the rules one beat after the other, of these log odds, after these intervals, this much like the one before. */
function tachycardias(odds: readonly Odds[], rr: number | readonly number[] = RR, likeness: number | undefined = 1): readonly RhythmChange[] {
  return changesOf('ventricularTachycardia', odds.map((own, i) => ({ odds: own, rr: typeof rr === 'number' ? rr : rr[i % rr.length]! })), likeness);
}

function changesOf(condition: RhythmChange['condition'], beats: readonly GivenBeat[], likeness?: number): readonly RhythmChange[] {
  const conditions = new ConditionSet();
  const rules = new RhythmRules(FS, DEFAULT_RHYTHM_LIMITS, conditions, new HeartRate(FS), 100);
  let at = 0;
  beats.forEach(({ odds, rr }, i) => {
    const intervalBefore = (of: number): number | undefined => (of === 0 ? undefined : beats[of]!.rr);
    if (i > 0) rules.settled(at, intervalBefore(i - 1), settled(beats[i - 1]!.odds), at + rr + 75);
    at += rr;
    rules.beat(at, intervalBefore(i), typeof odds === 'number' ? odds : odds[0], likeness, at + 75);
  });
  return conditions.take().filter((change) => change.condition === condition);
}

const settled = (odds: Odds): number => (typeof odds === 'number' ? odds : odds[1]);
const over = (times: number, ...cycle: readonly Odds[]): Odds[] => Array.from({ length: times }, () => cycle).flat();

describe('ventricular tachycardia by the log odds of its beats', () => {
  it.each([
    ['bigeminy', over(20, 5, -2)],
    ['bigeminy whose normal beats are hard to tell before the next one', over(20, 5, [-0.5, -1])],
    ['pairs of ventricular beats with one between them that only the next one shows to be normal', over(20, 5, 5, [-1, -2])],
    ['trigeminy', over(20, 5, -3.4, -3.9)],
    ['pairs of ventricular beats with one normal beat between them', over(20, 5, 5, -3.4)],
    ['strange beats now and then among doubtful ones', over(10, 5, -1, -1, -1, 5, -1)],
    ['four ventricular beats', [-5, -5, 5, 5, 5, 5, -5, -5]],
  ])('%s is none, whatever it lasts', (_, odds) => {
    expect(tachycardias(odds)).toEqual([]);
  });

  it('is known with the fifth beat of a run, one of which may be doubtful, and begins with the first', () => {
    const [begin] = tachycardias([-5, -5, 4, 3.4, 3.6, 4.2, -1.4]);
    expect(begin).toMatchObject({ active: true, onsetIndex: 3 * RR, decidedIndex: 7 * RR + 75 });
  });

  it('is known with the fifth clearly ventricular beat, whatever came before', () => {
    const before = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { maxLength: 100 });
    const run = fc.array(fc.double({ min: 2.2, max: 5, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(fc.property(before, run, (earlier, five) => {
      expect(tachycardias([...earlier, ...five]).at(-1)?.active).toBe(true);
    }), { numRuns: 300 });
  });

  it('is none at 100 bpm or below', () => {
    expect(tachycardias(over(20, 5), 150)).toEqual([]);
  });

  it('begins anew after a beat that the next one shows to be another', () => {
    expect(tachycardias([5, 5, 5, [2, -3], 5, 5])).toEqual([]);
    expect(tachycardias([5, 5, 5, [2, -3], 5, 5, 5, 5, 5])[0]).toMatchObject({ active: true, onsetIndex: 5 * RR, decidedIndex: 9 * RR + 75 });
  });

  it('counts an earlier beat for more where the next one has shown it to be ventricular', () => {
    expect(tachycardias([1, 1, 1, 1, 1])).toEqual([]);
    expect(tachycardias([[1, 5], [1, 5], [1, 5], [1, 5], 1]).at(-1)?.active).toBe(true);
  });

  it('is not held back by anything that the next beat would tell of the fifth', () => {
    const atOnce = fc.array(fc.double({ min: 2.2, max: 5, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(fc.property(atOnce, fc.double({ min: -9, max: 9, noNaN: true }), (odds, late) => {
      const changes = tachycardias([...odds.slice(0, 4), [odds[4]!, late], -5]);
      expect(changes[0]).toMatchObject({ active: true, decidedIndex: 5 * RR + 75 });
    }), { numRuns: 200 });
  });

  it('is over with two beats in a row that the ones after them show to be others', () => {
    const changes = tachycardias([...over(6, 5), [1, -2], [1, -2], 1]);
    expect(changes.map(({ active, decidedIndex }) => [active, decidedIndex])).toEqual([[true, 5 * RR + 75], [false, 9 * RR + 75]]);
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
    }), { numRuns: 300 });
  });

  it('is known from doubtful beats where they are fast, not where they are slow', () => {
    expect(tachycardias(over(10, 1.6), 80).at(-1)?.active).toBe(true);
    expect(tachycardias(over(10, 1.6), 130)).toEqual([]);
  });
});

describe('extreme bradycardia', () => {
  const slow = (...rrs: readonly number[]): readonly RhythmChange[] => changesOf('extremeBradycardia', rrs.map((rr) => ({ odds: -5, rr })));

  it('is known from three beats where they are far below the limit, from five near it', () => {
    // 33 bpm; 39 bpm.
    expect(slow(200, 200, 200, 450, 450).at(-1)).toMatchObject({ active: true, onsetIndex: 600 });
    expect(slow(200, 200, 200, 385, 385, 385)).toEqual([]);
    expect(slow(200, 200, 200, 385, 385, 385, 385).at(-1)?.active).toBe(true);
  });

  it('is never raised by one long interval among usual ones', () => {
    fc.assert(fc.property(fc.integer({ min: 100, max: 250 }), fc.integer({ min: 251, max: 500 }), (usual, pause) => {
      expect(slow(usual, usual, usual, usual, usual, pause, usual, usual, usual, usual)).toEqual([]);
    }), { numRuns: 200 });
  });
});
