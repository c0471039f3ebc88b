import type { BedNumerics } from '../wire.ts';

/** One point each five seconds, for half an hour: what fits a small line of 360 px. */
const EVERY_MS = 5000;
const POINTS = 360;

/** What the page has seen of one bed since it was opened: heart rate and finding scores over time. NaN where not known. */
export class Trend {
  #lastMs = -Infinity;
  readonly heartRate: number[] = [];
  readonly #scores: ReadonlyMap<string, number>[] = [];

  add(numerics: BedNumerics): void {
    if (numerics.serverTimeMs - this.#lastMs < EVERY_MS) return;
    this.#lastMs = numerics.serverTimeMs;
    this.heartRate.push(numerics.live ? (numerics.heartRateBpm ?? NaN) : NaN);
    this.#scores.push(new Map(numerics.findings.map(({ label, score }) => [label, score])));
    if (this.heartRate.length > POINTS) {
      this.heartRate.shift();
      this.#scores.shift();
    }
  }

  score(label: string): number[] {
    return this.#scores.map((scores) => scores.get(label) ?? NaN);
  }
}
