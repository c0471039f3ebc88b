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

/** Gives the rules one beat after the other, of these log odds of being ventricular. */
function tachycardias(odds: readonly number[], rr = RR): readonly RhythmChange[] {
  const conditions = new ConditionSet();
  const rules = new RhythmRules(FS, DEFAULT_RHYTHM_LIMITS, conditions, new HeartRate(FS), 100);
  odds.forEach((own, i) => {
    const at = (i + 1) * rr;
    rules.beat(at, i === 0 ? undefined : rr, own > 1.5 ? 'ventricular' : 'normal', own, at + 75);
  });
  return conditions.take().filter(({ condition }) => condition === 'ventricularTachycardia');
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
});
