/**
 * From a label's sentences to the one direction by which it is scored.
 *
 *   direction = unit(mean(unit embeddings of its sentences) - 0.5 x mean(unit embeddings of what it is not))
 *
 * The ensemble's mean smooths the accidents of single wordings. A cosine with the direction is the mean similarity to the
 * sentences less half that to the negatives, up to one factor for all segments: so a label with contrast still costs one row
 * of the matrix product. Half, because with the whole a negative that says nearly the same would leave little but noise.
 */
import type { LabelBank } from './label-bank.ts';
import { toUnitLength } from './text-head.ts';
import { dot, meanOf } from './vectors.ts';

const NEGATIVE_WEIGHT = 0.5;
/** Labels from which moments are estimated: all of a bank of the usual size. */
const MOST_LABELS = 256;
/** Keeps the weights small where two labels of the bank point the same way. */
const RIDGE = 0.05;

/** @param prompts, negatives each [dimension], of unit length */
export function labelDirection(prompts: readonly Float32Array[], negatives: readonly Float32Array[]): Float32Array {
  const dimension = prompts[0]!.length;
  const direction = meanOf(prompts, dimension);
  if (negatives.length > 0) {
    const away = meanOf(negatives, dimension);
    for (let i = 0; i < direction.length; i++) direction[i] = direction[i]! - NEGATIVE_WEIGHT * away[i]!;
  }
  return toUnitLength(direction);
}

export interface Moments {
  readonly cosineMean: number;
  readonly cosineSd: number;
}

/**
 * Mean and spread of a new label's cosine over unlabelled ECGs, which nobody has measured: the mean is linear in the direction,
 * so it is that of the bank's labels in the (ridge) combination that comes nearest; the spread is the bank's median. An
 * estimate, which is why such a label is called uncalibrated.
 */
export function momentEstimator(bank: LabelBank): (direction: Float32Array) => Moments {
  const { dimension, embeddings } = bank;
  const labels = bank.labels.slice(0, MOST_LABELS);
  const gram = labels.map((_, i) => Float64Array.from(labels, (__, j) => dot(embeddings, i * dimension, embeddings, j * dimension, dimension) + (i === j ? RIDGE : 0)));
  // means = gram x weights of the means: then the mean of a direction is the weighted sum of its cosines with the labels.
  const weights = solve(gram, Float64Array.from(labels, (label) => label.cosineMean));
  const sds = labels.map(({ cosineSd }) => cosineSd).sort((a, b) => a - b);
  const cosineSd = sds[Math.floor(sds.length / 2)]!;
  return (direction) => ({ cosineMean: labels.reduce((sum, _, i) => sum + weights[i]! * dot(embeddings, i * dimension, direction, 0, dimension), 0), cosineSd });
}

/** Gaussian elimination; the matrix is symmetric and, by its ridge, positive definite, so no pivoting is needed. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const rows = matrix.map((row, i) => Float64Array.of(...row, right[i]!));
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    for (let below = column + 1; below < n; below++) {
      const factor = rows[below]![column]! / rows[column]![column]!;
      for (let j = column; j <= n; j++) rows[below]![j] = rows[below]![j]! - factor * rows[column]![j]!;
    }
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i]![n]!;
    for (let j = i + 1; j < n; j++) sum -= rows[i]![j]! * x[j]!;
    x[i] = sum / rows[i]![i]!;
  }
  return x;
}
