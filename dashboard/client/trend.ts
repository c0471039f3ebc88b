import type { BedNumerics } from '../wire.ts';

/** One point each five seconds, for half an hour: what fits a small line of 360 px. */
export const TREND_EVERY_MS = 5000;
export const TREND_POINTS = 360;

export interface TrendPoint {
  readonly atMs: number;
  /** bpm; NaN where not known. */
  readonly heartRate: number;
  readonly scores: ReadonlyMap<string, number>;
}

/** The last half hour of one bed: heart rate and finding scores, as the page has seen them and as history told what was before. */
export class Trend {
  #points: TrendPoint[] = [];
  /** Grows with every change, so that a line is drawn anew only where there is something new. */
  revision = 0;

  add({ serverTimeMs, live, heartRateBpm, findings }: BedNumerics): void {
    if (serverTimeMs - (this.#points.at(-1)?.atMs ?? -Infinity) < TREND_EVERY_MS) return;
    this.#points.push({
      atMs: serverTimeMs,
      heartRate: live ? (heartRateBpm ?? NaN) : NaN,
      scores: new Map(live ? findings.map(({ label, score }) => [label, score]) : []),
    });
    this.#keepNewest();
  }

  /** Takes over what was before the page's own first point. */
  backfill(past: readonly TrendPoint[]): void {
    const firstMs = this.#points[0]?.atMs ?? Infinity;
    this.#points = [...past.filter(({ atMs }) => atMs <= firstMs - TREND_EVERY_MS / 2), ...this.#points];
    this.#keepNewest();
  }

  /** Half an hour up to now; NaN where nothing is known. */
  heartRate(): number[] {
    return this.#line(({ heartRate }) => heartRate);
  }

  score(label: string): number[] {
    return this.#line(({ scores }) => scores.get(label) ?? NaN);
  }

  #line(value: (point: TrendPoint) => number): number[] {
    const line = new Array<number>(TREND_POINTS).fill(NaN);
    const lastMs = this.#points.at(-1)?.atMs ?? 0;
    for (const point of this.#points) {
      const at = TREND_POINTS - 1 - Math.round((lastMs - point.atMs) / TREND_EVERY_MS);
      if (at >= 0) line[at] = value(point);
    }
    return line;
  }

  #keepNewest(): void {
    const oldestMs = (this.#points.at(-1)?.atMs ?? 0) - TREND_POINTS * TREND_EVERY_MS;
    this.#points = this.#points.filter(({ atMs }) => atMs > oldestMs);
    this.revision++;
  }
}
