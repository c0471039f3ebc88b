/**
 * Labels from the other side: what do the training ECGs have in common whose reports say so? The reports choose the ECGs, no
 * code does. The direction that tells them from all others is that of a linear discriminant: the difference of the means,
 * whitened by the covariance over all training ECGs, so that what varies anyway (rate, axis) counts for little.
 */
import { covarianceOf, invert, times } from './matrices.ts';
import { meanOfRows } from './vectors.ts';

/** Fold 9: 1 beats 0.3 and 0.1. */
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
  const inverse = invert(covarianceOf(differences, dimension, new Float32Array(textOf.length).fill(1 / textOf.length), RIDGE));
  const sums = new Float32Array(texts * dimension);
  const counts = new Int32Array(texts);
  textOf.forEach((text, record) => {
    counts[text] = counts[text]! + 1;
    for (let i = 0; i < dimension; i++) sums[text * dimension + i] = sums[text * dimension + i]! + differences[record * dimension + i]!;
  });
  for (let text = 0; text < texts; text++) {
    if (counts[text]! > 0) sums.set(times(inverse, sums, text * dimension), text * dimension);
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
