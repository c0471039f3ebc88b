import { describe, expect, it } from 'vitest';
import { logistic, probabilityOf } from '../../../../models/platt.ts';
import { abstentionCurve, calibrationError, fitPlatt, reliability } from '../../../../training/evaluation/calibration.ts';
import { randomOf } from '../../../../training/random.ts';

describe('Platt scaling', () => {
  const random = randomOf(1);
  const scores = Float32Array.from({ length: 4000 }, () => 2 * random.normal());
  const truths = Uint8Array.from(scores, (score) => (random.next() < logistic(1.5 * score - 2) ? 1 : 0));

  it('finds the slope and offset that made the truths', () => {
    const { slope, offset } = fitPlatt(scores, truths);
    expect(slope).toBeCloseTo(1.5, 0);
    expect(offset).toBeCloseTo(-2, 0);
  });

  it('finds them too where scores tell the truth so well that whole steps of Newton\'s method would run away', () => {
    const sharp = Uint8Array.from(scores, (score) => (random.next() < logistic(12 * score - 40) ? 1 : 0));
    const { slope, offset } = fitPlatt(scores, sharp);
    expect(slope).toBeGreaterThan(8);
    expect(slope).toBeLessThan(18);
    expect(-offset / slope).toBeCloseTo(40 / 12, 1);
  });

  it('lowers the calibration error', () => {
    const fit = fitPlatt(scores, truths);
    const error = (of: (score: number) => number): number => calibrationError(reliability(scores.map(of), truths));
    expect(error((score) => probabilityOf(score, fit))).toBeLessThan(0.03);
    expect(error(logistic)).toBeGreaterThan(0.1);
  });
});

describe('the abstention curve', () => {
  it('answers the surest first', () => {
    const items = Array.from({ length: 10 }, (_, i) => ({ confidence: i / 10, right: i >= 5 }));
    const curve = abstentionCurve(items);
    expect(curve[4]).toEqual({ answered: 0.5, accuracy: 1 });
    expect(curve[9]).toEqual({ answered: 1, accuracy: 0.5 });
  });
});
