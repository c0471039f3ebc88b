/** Gathers values into the equal parts of a trend. */
import type { Interval, Trend } from './store.ts';

export class TrendBuilder {
  readonly #fromMs: number;
  readonly #trend: Trend;
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;

  constructor({ fromMs, toMs, name, points }: Interval & { readonly name: string; readonly points: number }) {
    const empty = (): Float32Array => new Float32Array(points).fill(NaN);
    this.#fromMs = fromMs;
    this.#trend = { name, pointMs: (toMs - fromMs) / points, mean: empty(), low: empty(), high: empty() };
    this.#counts = new Float64Array(points);
    this.#sums = new Float64Array(points);
  }

  add(atMs: number, value: number): void {
    const { low, high, pointMs } = this.#trend;
    const point = Math.floor((atMs - this.#fromMs) / pointMs);
    if (point < 0 || point >= low.length || Number.isNaN(value)) return;
    this.#counts[point]!++;
    this.#sums[point]! += value;
    if (!(low[point]! <= value)) low[point] = value;
    if (!(high[point]! >= value)) high[point] = value;
  }

  finish(): Trend {
    this.#counts.forEach((count, point) => {
      if (count > 0) this.#trend.mean[point] = this.#sums[point]! / count;
    });
    return this.#trend;
  }
}
