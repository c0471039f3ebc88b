import { describe, expect, it } from 'vitest';
import type { LabelBank } from '../../../models/label-bank.ts';
import { loadLabelBank } from '../../../models/label-bank.ts';
import { labelDirection, momentEstimator } from '../../../models/label-direction.ts';
import { loadManifest } from '../../../models/manifest.ts';
import { toUnitLength } from '../../../models/text-head.ts';

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('a label\'s direction', () => {
  it('is the mean of its sentences, of unit length', () => {
    const direction = labelDirection([Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 0)], []);
    expect([...direction]).toEqual([expect.closeTo(Math.SQRT1_2), expect.closeTo(Math.SQRT1_2), 0]);
  });

  it('turns away from what the label is not, by half', () => {
    const [yes, no] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
    const direction = labelDirection([yes], [no]);
    // For every segment: similarity to the sentences less half that to the negatives, up to one factor.
    for (const segment of [Float32Array.of(1, 0), Float32Array.of(0.6, 0.8), Float32Array.of(-0.8, 0.6)]) {
      expect(dot(segment, direction) * Math.hypot(1, 0.5)).toBeCloseTo(dot(segment, yes) - 0.5 * dot(segment, no), 6);
    }
  });
});

describe('the moments of a label nobody has measured', () => {
  const shipped = loadLabelBank(loadManifest(new URL('../../../models/shipped/manifest.json', import.meta.url).pathname));
  const row = (bank: LabelBank, i: number): Float32Array => bank.embeddings.slice(i * bank.dimension, (i + 1) * bank.dimension);

  it('are near the measured ones of labels that were left out, nearer than guessing the same for all', () => {
    const { labels, dimension } = shipped;
    const guess = labels.reduce((sum, { cosineMean }) => sum + cosineMean, 0) / labels.length;
    let estimated = 0;
    let guessed = 0;
    labels.forEach((left, i) => {
      const others = { ...shipped, labels: labels.filter((_, j) => j !== i), embeddings: Float32Array.from(labels.flatMap((_, j) => (j === i ? [] : [...row(shipped, j)]))), dimension };
      estimated += Math.abs(momentEstimator(others)(row(shipped, i)).cosineMean - left.cosineMean);
      guessed += Math.abs(guess - left.cosineMean);
    });
    expect(estimated / guessed).toBeLessThan(0.7);
  });

  it('have a spread that is no guess of zero, for any direction', () => {
    const { cosineMean, cosineSd } = momentEstimator(shipped)(toUnitLength(new Float32Array(shipped.dimension).fill(1)));
    expect(Number.isFinite(cosineMean)).toBe(true);
    expect(cosineSd).toBeGreaterThan(0);
  });
});
