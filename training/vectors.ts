/** Small linear algebra on row-major matrices in typed arrays. */

/** Mean over the given rows. */
export function meanOfRows(matrix: Float32Array, dimension: number, rows: Iterable<number>): Float32Array {
  const mean = new Float64Array(dimension);
  let count = 0;
  for (const row of rows) {
    for (let i = 0; i < dimension; i++) mean[i] = mean[i]! + matrix[row * dimension + i]!;
    count++;
  }
  return Float32Array.from(mean, (sum) => sum / count);
}

/** These rows one after another. */
export function gatherRows(matrix: Float32Array, dimension: number, rows: ArrayLike<number>): Float32Array {
  const out = new Float32Array(rows.length * dimension);
  for (let i = 0; i < rows.length; i++) out.set(matrix.subarray(rows[i]! * dimension, (rows[i]! + 1) * dimension), i * dimension);
  return out;
}

/** Subtracts `centre` from every row, then makes it unit length. */
export function centreAndNormalise(matrix: Float32Array, centre: Float32Array): Float32Array {
  const dimension = centre.length;
  return normaliseRows(matrix.map((value, i) => value - centre[i % dimension]!), dimension);
}

/** Makes every row unit length, in place. @returns the same array */
export function normaliseRows(matrix: Float32Array, dimension: number): Float32Array {
  for (let from = 0; from < matrix.length; from += dimension) {
    let squares = 0;
    for (let i = 0; i < dimension; i++) squares += matrix[from + i]! ** 2;
    const factor = 1 / Math.max(Math.sqrt(squares), 1e-12);
    for (let i = 0; i < dimension; i++) matrix[from + i] = matrix[from + i]! * factor;
  }
  return matrix;
}

/** a [n][k] times b [k][m]. */
export function multiply(a: Float32Array, b: Float32Array, inner: number): Float32Array {
  const n = a.length / inner;
  const m = b.length / inner;
  const out = new Float32Array(n * m);
  for (let row = 0; row < n; row++) {
    for (let k = 0; k < inner; k++) {
      const factor = a[row * inner + k]!;
      for (let column = 0; column < m; column++) out[row * m + column] = out[row * m + column]! + factor * b[k * m + column]!;
    }
  }
  return out;
}

/** Dot product of row `i` of `a` and row `j` of `b`. */
export function dotRows(a: Float32Array, i: number, b: Float32Array, j: number, dimension: number): number {
  let sum = 0;
  for (let k = 0; k < dimension; k++) sum += a[i * dimension + k]! * b[j * dimension + k]!;
  return sum;
}
