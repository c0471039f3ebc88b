import { describe, expect, it } from 'vitest';
import { logistic, probabilityOf } from '../../../models/platt.ts';
import { chooseAbstention, everyOtherPatient, fitProbability, type FittedLabel } from '../../../training/onnx/label-probability.ts';
import { randomOf } from '../../../training/random.ts';
import fc from '../../helpers/properties.ts';

const RECORDS = 2000;
const random = randomOf(3);
/** Patients of one record each. */
const EACH_ONE = Array.from({ length: RECORDS }, (_, record) => record);

/** Scores with two lead sets, the second noisier, of a finding that is as probable as `logistic(slope x score + offset)`. */
function simulated(slope: number, offset: number): { sets: { name: string; scores: Float32Array }[]; positive: Uint8Array } {
  const all = Float32Array.from({ length: RECORDS }, () => random.normal());
  const positive = Uint8Array.from(all, (score) => (random.next() < logistic(slope * score + offset) ? 1 : 0));
  return { positive, sets: [{ name: 'all', scores: all }, { name: 'few', scores: all.map((score) => score + 0.3 * random.normal()) }] };
}

describe('a label\'s probability', () => {
  it('is fitted over all lead sets, says of how many it was, and holds for records it was not fitted on', () => {
    const { sets, positive } = simulated(2, -2);
    const fitted = fitProbability(sets, positive, EACH_ONE, ['AFIB'])!;
    expect(fitted.probability).toMatchObject({ statements: ['AFIB'], positives: positive.reduce((sum, value) => sum + value, 0), records: RECORDS });
    expect(fitted.probability.slope).toBeGreaterThan(1.4);
    expect(fitted.probability.slope).toBeLessThan(2.2);
    for (const error of Object.values(fitted.errors)) expect(error).toBeLessThan(0.05);
    expect(Object.keys(fitted.errors)).toEqual(['all', 'few']);
  });

  it('is measured on records of other patients than it was fitted on', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 }), (patients) => {
      const fitted = everyOtherPatient(patients);
      const [ours, theirs] = [true, false].map((side) => new Set(patients.filter((_, record) => fitted[record] === side)));
      expect([...ours!].filter((patient) => theirs!.has(patient))).toEqual([]);
      expect(ours!.size - theirs!.size).toBeGreaterThanOrEqual(0);
      expect(ours!.size - theirs!.size).toBeLessThanOrEqual(1);
    }));
    const { sets, positive } = simulated(2, -2);
    const errorsOf = (patients: readonly number[]): unknown => fitProbability(sets, positive, patients, ['AFIB'])!.errors;
    expect(errorsOf(EACH_ONE.map((record) => record >> 1))).not.toEqual(errorsOf(EACH_ONE));
  });

  it('is not fitted on a handful of positives, nor where the score falls with the finding', () => {
    const { sets, positive } = simulated(2, -2);
    const few = positive.map((value, i) => (i < 100 ? value : 0));
    expect(few.reduce((sum, value) => sum + value, 0)).toBeLessThan(30);
    expect(fitProbability(sets, few, EACH_ONE, ['AFIB'])).toBeUndefined();
    expect(fitProbability(sets.map(({ name, scores }) => ({ name, scores: scores.map((score) => -score) })), positive, EACH_ONE, ['AFIB'])).toBeUndefined();
  });
});

describe('the probability below which a segment is like no label', () => {
  const labels = [simulated(3, -1), simulated(2, -2)].map(({ sets, positive }): FittedLabel => (
    { scores: sets, positive, probability: fitProbability(sets, positive, EACH_ONE, ['X'])!.probability }));
  const chosen = chooseAbstention(labels)!;

  it('leaves at most one record in twenty below it with any lead set, and one in twenty with one of them', () => {
    const shares = chosen.sets.map(({ name, share }, set) => {
      const below = Array.from({ length: RECORDS }, (_, record) => labels.every(({ scores, probability }) => probabilityOf(scores[set]!.scores[record]!, probability) < chosen.probability));
      expect(below.filter(Boolean).length / RECORDS, name).toBeCloseTo(share, 10);
      return share;
    });
    expect(Math.max(...shares)).toBeLessThanOrEqual(0.0501);
    expect(Math.max(...shares)).toBeGreaterThan(0.045);
  });

  it('parts those whose most probable label is wrong more often from the others', () => {
    for (const { rightBelow, rightAbove } of chosen.sets) expect(rightAbove).toBeGreaterThan(rightBelow);
    expect(chooseAbstention([])).toBeUndefined();
  });
});
