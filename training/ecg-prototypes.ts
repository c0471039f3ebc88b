/**
 * Labels from the other side: what do the training ECGs have in common whose reports say so? The reports choose the ECGs, no
 * code does. The direction that tells them from all others is that of a linear discriminant: the difference of the means,
 * whitened by the covariance over all training ECGs, so that what varies anyway (rate, axis) counts for little.
 */
import { meanOfRows } from './vectors.ts';

/** Of the covariance's mean variance, added to each: without it directions in which hardly anything varies decide (fold 9: 1 beats 0.3 and 0.1). */
const RIDGE = 1;

export interface EcgPrototypes {
  readonly dimension: number;
  /** [texts][dimension]: sum over the records with this text of their whitened difference from the mean. */
  readonly sums: Float32Array;
  /** [texts]: how many records have it. */
  readonly counts: Int32Array;
}

/**
 * @param ecg [records][dimension]
 * @param textOf text of each of these records
 * @param texts how many texts there are
 */
export function ecgPrototypes(ecg: Float32Array, dimension: number, textOf: Int32Array, texts: number): EcgPrototypes {
  const mean = meanOfRows(ecg, dimension, textOf.keys());
  const differences = ecg.map((value, i) => value - mean[i % dimension]!);
  const inverse = invert(covarianceOf(differences, dimension));
  const sums = new Float32Array(texts * dimension);
  const counts = new Int32Array(texts);
  textOf.forEach((text, record) => {
    counts[text] = counts[text]! + 1;
    for (let i = 0; i < dimension; i++) sums[text * dimension + i] = sums[text * dimension + i]! + differences[record * dimension + i]!;
  });
  for (let text = 0; text < texts; text++) {
    if (counts[text]! > 0) sums.set(inverse.map((row) => dot(row, sums, text * dimension)), text * dimension);
  }
  return { dimension, sums, counts };
}

/** Mean whitened difference of all records with one of these texts; zeros where there is none. */
export function directionOf({ dimension, sums, counts }: EcgPrototypes, texts: Iterable<number>): Float32Array {
  const sum = new Float32Array(dimension);
  let records = 0;
  for (const text of texts) {
    records += counts[text]!;
    for (let i = 0; i < dimension; i++) sum[i] = sum[i]! + sums[text * dimension + i]!;
  }
  return sum.map((value) => value / Math.max(1, records));
}

function covarianceOf(differences: Float32Array, dimension: number): Float64Array[] {
  const covariance = Array.from({ length: dimension }, () => new Float64Array(dimension));
  const records = differences.length / dimension;
  for (let from = 0; from < differences.length; from += dimension) {
    for (let i = 0; i < dimension; i++) {
      const row = covariance[i]!;
      const value = differences[from + i]! / records;
      for (let j = 0; j < dimension; j++) row[j] = row[j]! + value * differences[from + j]!;
    }
  }
  const meanVariance = covariance.reduce((sum, row, i) => sum + row[i]!, 0) / dimension;
  covariance.forEach((row, i) => (row[i] = row[i]! + RIDGE * meanVariance));
  return covariance;
}

/** Gauss-Jordan; symmetric and, by its ridge, positive definite, so no pivoting is needed. */
function invert(matrix: readonly Float64Array[]): Float64Array[] {
  const n = matrix.length;
  const rows = matrix.map((row, i) => Float64Array.of(...row, ...row.map((_, j) => (i === j ? 1 : 0))));
  rows.forEach((pivotRow, pivot) => {
    const scale = pivotRow[pivot]!;
    for (let j = 0; j < 2 * n; j++) pivotRow[j] = pivotRow[j]! / scale;
    rows.forEach((row, i) => {
      const factor = row[pivot]!;
      if (i === pivot || factor === 0) return;
      for (let j = 0; j < 2 * n; j++) row[j] = row[j]! - factor * pivotRow[j]!;
    });
  });
  return rows.map((row) => row.slice(n));
}

function dot(row: Float64Array, values: Float32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += row[i]! * values[from + i]!;
  return sum;
}
