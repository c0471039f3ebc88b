/** Small dense matrices, as rows: covariance of embeddings, and its inverse. */

/**
 * Of weighted differences from a mean, with a ridge of its own mean variance on the diagonal: without one, directions in which
 * hardly anything varies decide.
 * @param differences [records][dimension]
 * @param weights of the records; they sum to 1
 * @param ridge in units of the mean variance
 */
export function covarianceOf(differences: Float32Array, dimension: number, weights: Float32Array, ridge: number): Float64Array[] {
  const covariance = Array.from({ length: dimension }, () => new Float64Array(dimension));
  weights.forEach((weight, record) => {
    if (weight === 0) return;
    const from = record * dimension;
    for (let i = 0; i < dimension; i++) {
      const row = covariance[i]!;
      const value = weight * differences[from + i]!;
      for (let j = 0; j < dimension; j++) row[j] = row[j]! + value * differences[from + j]!;
    }
  });
  const meanVariance = covariance.reduce((sum, row, i) => sum + row[i]!, 0) / dimension;
  covariance.forEach((row, i) => (row[i] = row[i]! + ridge * meanVariance));
  return covariance;
}

/** Gauss-Jordan, for matrices that are symmetric and, by their ridge, positive definite: no pivoting is needed. */
export function invert(matrix: readonly Float64Array[]): Float64Array[] {
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

/** @param matrix [n][n] @param values n of them from `from` on */
export const times = (matrix: readonly Float64Array[], values: ArrayLike<number>, from = 0): Float64Array =>
  Float64Array.from(matrix, (row) => row.reduce((sum, value, i) => sum + value * values[from + i]!, 0));
