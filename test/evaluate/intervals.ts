/** Uncertainty of shares: Wilson's interval for independent cases, bootstrap by record for beats. Figures in percent. */
export interface Share {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

const Z_95 = 1.96;
const RESAMPLES = 1000;

/** Wilson score interval of `hits` out of `n`. */
export function wilson(hits: number, n: number): Share {
  if (n === 0) return { value: NaN, low: NaN, high: NaN, n };
  const p = hits / n;
  const z2 = Z_95 ** 2;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z_95 / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return { value: 100 * p, low: 100 * Math.max(0, centre - half), high: 100 * Math.min(1, centre + half), n };
}

/** Share of summed hits in summed totals, with the middle 95 % of resamplings of whole records (mulberry32, fixed seed). */
export function bootstrapShare(records: readonly { readonly hits: number; readonly of: number }[], seed = 1): Share {
  const share = (rows: readonly { readonly hits: number; readonly of: number }[]): number =>
    (100 * rows.reduce((sum, row) => sum + row.hits, 0)) / rows.reduce((sum, row) => sum + row.of, 0);
  const [low, high] = bootstrapInterval(records, share, seed);
  return { value: share(records), low, high, n: records.reduce((sum, row) => sum + row.of, 0) };
}

/** The middle 95 % of a figure over resamplings of whole cases. */
export function bootstrapInterval<T>(cases: readonly T[], figure: (cases: readonly T[]) => number, seed = 1): [low: number, high: number] {
  const random = mulberry32(seed);
  const values = Array.from({ length: RESAMPLES }, () => figure(cases.map(() => cases[Math.floor(random() * cases.length)]!)))
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  return [values[Math.floor(0.025 * values.length)] ?? NaN, values[Math.floor(0.975 * values.length)] ?? NaN];
}

/** A small seeded generator of uniform numbers in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

/** Middle and largest of some delays in milliseconds; a miss is an infinite delay. */
export function delays(values: readonly number[]): { p50: number; max: number; n: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN, max: sorted.at(-1) ?? NaN, n: sorted.length };
}
