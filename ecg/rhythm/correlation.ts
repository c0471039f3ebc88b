/**
 * Correlation of two stretches, each sample counting by its weight.
 * @param x compared from `from` on
 * @param y as long as `weights`
 * @param weightSum of all weights
 * @returns -1 to 1; undefined where one of them does not vary
 */
export function correlationAt(x: Float64Array, from: number, y: Float64Array, weights: Float64Array, weightSum: number): number | undefined {
  let sx = 0;
  let sy = 0;
  let sxx = 0;
  let syy = 0;
  let sxy = 0;
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i]!;
    const a = x[from + i]!;
    const b = y[i]!;
    sx += w * a;
    sy += w * b;
    sxx += w * a * a;
    syy += w * b * b;
    sxy += w * a * b;
  }
  const spread = (sxx - (sx * sx) / weightSum) * (syy - (sy * sy) / weightSum);
  return spread > 0 ? (sxy - (sx * sy) / weightSum) / Math.sqrt(spread) : undefined;
}
