/** Gathers values into the equal parts of a trend. Parts without a value stay NaN, and no mean lies outside what it is of. */
import type { Trend, TrendQuery } from './store.ts';

/** What a trend needs to know of some values of one part. */
export interface ValueSummary {
  readonly count: number;
  readonly sum: number;
  readonly low: number;
  readonly high: number;
}

export const emptyTrend = (name: string, { fromMs, toMs, points }: TrendQuery): Trend => {
  const empty = (): Float32Array => new Float32Array(points).fill(NaN);
  return { name, pointMs: (toMs - fromMs) / points, mean: empty(), low: empty(), high: empty() };
};

/** Which part of the interval a time lies in: below 0 or beyond the last where in none. */
export const partOf = ({ fromMs, toMs, points }: TrendQuery, atMs: number): number => Math.floor((atMs - fromMs) / ((toMs - fromMs) / points));

/** Whether every time from `startMs`, up to and without `endMs`, lies in the interval and in the same part. */
export const inOnePart = (query: TrendQuery, startMs: number, endMs: number): boolean =>
  startMs >= query.fromMs && endMs <= query.toMs && partOf(query, startMs) === Math.ceil((endMs - query.fromMs) / ((query.toMs - query.fromMs) / query.points)) - 1;

export class TrendBuilder {
  readonly #query: TrendQuery;
  readonly #trend: Trend;
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;

  constructor(name: string, query: TrendQuery) {
    this.#query = query;
    this.#trend = emptyTrend(name, query);
    this.#counts = new Float64Array(query.points);
    this.#sums = new Float64Array(query.points);
  }

  add(atMs: number, value: number): void {
    if (!Number.isNaN(value)) this.addSummary(atMs, { count: 1, sum: value, low: value, high: value });
  }

  /** @param atMs of any of the values, all of which lie in one part */
  addSummary(atMs: number, { count, sum, low, high }: ValueSummary): void {
    const trend = this.#trend;
    const point = partOf(this.#query, atMs);
    if (point < 0 || point >= trend.mean.length || count === 0) return;
    this.#counts[point]! += count;
    this.#sums[point]! += sum;
    if (!(trend.low[point]! <= low)) trend.low[point] = low;
    if (!(trend.high[point]! >= high)) trend.high[point] = high;
  }

  finish(): Trend {
    const { mean, low, high } = this.#trend;
    this.#counts.forEach((count, point) => {
      // Sums are rounded: the mean of equal values may come out a little beside them.
      if (count > 0) mean[point] = Math.min(high[point]!, Math.max(low[point]!, this.#sums[point]! / count));
    });
    return this.#trend;
  }
}

/** Trends of as many names as turn up: memory grows with names and points, never with values. */
export class TrendBuilders {
  readonly #query: TrendQuery;
  readonly #builders = new Map<string, TrendBuilder>();

  constructor(query: TrendQuery) {
    this.#query = query;
  }

  of(name: string): TrendBuilder {
    let builder = this.#builders.get(name);
    if (!builder) this.#builders.set(name, (builder = new TrendBuilder(name, this.#query)));
    return builder;
  }

  /** In order of their names. */
  finish(): Trend[] {
    return [...this.#builders.values()].map((builder) => builder.finish()).sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
