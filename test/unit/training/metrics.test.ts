import { describe, expect, it } from 'vitest';
import { auc, macroAuc, pairedDifference, rank } from '../../../training/metrics.ts';
import { randomOf } from '../../../training/random.ts';

describe('the area under a ROC curve', () => {
  it('is the share of pairs in the right order, ties counting half', () => {
    expect(auc(rank(Float32Array.of(1, 2, 3, 4), Uint8Array.of(0, 0, 1, 1)))).toBe(1);
    expect(auc(rank(Float32Array.of(4, 3, 2, 1), Uint8Array.of(0, 0, 1, 1)))).toBe(0);
    expect(auc(rank(Float32Array.of(1, 1, 1), Uint8Array.of(0, 1, 0)))).toBe(0.5);
    expect(auc(rank(Float32Array.of(1, 2, 3), Uint8Array.of(0, 1, 0)))).toBe(0.5);
  });

  it('agrees with counting every pair', () => {
    const random = randomOf(2);
    const scores = Float32Array.from({ length: 60 }, () => Math.round(10 * random.next()));
    const positive = Uint8Array.from({ length: 60 }, () => random.below(2));
    let wins = 0;
    let pairs = 0;
    for (let p = 0; p < 60; p++) {
      for (let q = 0; q < 60; q++) {
        if (positive[p] !== 1 || positive[q] !== 0) continue;
        pairs++;
        wins += scores[p]! > scores[q]! ? 1 : scores[p] === scores[q] ? 0.5 : 0;
      }
    }
    expect(auc(rank(scores, positive))).toBeCloseTo(wins / pairs, 12);
  });

  it('counts an item as often as it is drawn', () => {
    const scores = Float32Array.of(1, 2, 3);
    const once = auc(rank(Float32Array.of(1, 2, 2, 3), Uint8Array.of(0, 1, 1, 0)));
    expect(auc(rank(scores, Uint8Array.of(0, 1, 0)), Uint8Array.of(1, 2, 1))).toBe(once);
    expect(auc(rank(scores, Uint8Array.of(0, 1, 0)), Uint8Array.of(1, 1, 0))).toBe(1);
  });

  it('is not defined without a positive', () => {
    expect(auc(rank(Float32Array.of(1, 2), Uint8Array.of(0, 0)))).toBeUndefined();
  });
});

describe('the macro average', () => {
  const random = randomOf(4);
  const positive = Uint8Array.from({ length: 200 }, (_, i) => i % 2);
  const scores = Float32Array.from(positive, (value) => value + 1.5 * random.normal());
  const empty = rank(scores, new Uint8Array(200));

  it('leaves out labels without a positive and holds its value inside its interval', () => {
    const label = rank(scores, positive);
    const interval = macroAuc([label, empty], Int32Array.from({ length: 200 }, (_, i) => i));
    expect(interval).toMatchObject({ value: auc(label), n: 200, labels: 1 });
    expect(interval.low).toBeLessThan(interval.value);
    expect(interval.high).toBeGreaterThan(interval.value);
  });

  it('is less sure where records come from fewer patients', () => {
    const width = (groups: Int32Array): number => {
      const { low, high } = macroAuc([rank(scores, positive)], groups);
      return high - low;
    };
    expect(width(Int32Array.from({ length: 200 }, (_, i) => Math.floor(i / 40)))).not.toBe(width(Int32Array.from({ length: 200 }, (_, i) => i)));
  });
});

describe('the difference of two models on the same records', () => {
  const random = randomOf(6);
  const N = 300;
  const patients = Int32Array.from({ length: N }, (_, i) => i);
  const positive = Uint8Array.from({ length: N }, (_, i) => i % 2);
  const noisy = (spread: number): Float32Array => Float32Array.from(positive, (value) => value + spread * random.normal());
  const worse = noisy(1.5);

  it('is none, and surely none, of a model and itself', () => {
    const labels = [rank(worse, positive)];
    expect(pairedDifference([{ first: labels, second: labels }], patients)).toEqual({ value: 0, low: 0, high: 0, n: N });
  });

  it('is known better in pairs than from two intervals', () => {
    const slightlyBetter = Float32Array.from(worse, (score, i) => score + 0.15 * positive[i]!);
    const [first, second] = [[rank(worse, positive)], [rank(slightlyBetter, positive)]];
    const [one, other] = [macroAuc(first, patients), macroAuc(second, patients)];
    const { value, low } = pairedDifference([{ first, second }], patients);
    expect(value).toBeCloseTo(other.value - one.value, 12);
    expect(low).toBeGreaterThan(0);
    expect(other.low).toBeLessThan(one.high);
  });

  it('weighs every task the same, however many labels it has', () => {
    const [good, bad] = [rank(noisy(0.2), positive), rank(worse, positive)];
    const gain = auc(good)! - auc(bad)!;
    expect(pairedDifference([{ first: [bad, bad, bad], second: [good, good, good] }, { first: [bad], second: [bad] }], patients).value).toBeCloseTo(gain / 2, 12);
  });
});
