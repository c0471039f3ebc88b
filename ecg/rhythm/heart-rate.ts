import { bpm, type Bpm, type Hz } from '../units.ts';
import { RecentIntervals } from './recent-intervals.ts';

/** Averaging of the field (docs/alarms.md): the last 12 RR, or the last 4 where 3 in a row exceed 1200 ms. */
const LONG = 12;
const SHORT = 4;
const SLOW_RR_S = 1.2;
const SLOW_COUNT = 3;

/** Averaged heart rate from intervals in samples. */
export class HeartRate {
  readonly #fs: Hz;
  readonly #intervals: RecentIntervals;

  constructor(fs: Hz) {
    this.#fs = fs;
    this.#intervals = new RecentIntervals(fs);
  }

  reset(): void {
    this.#intervals.clear();
  }

  add(rrSamples: number): void {
    this.#intervals.add(rrSamples);
  }

  /** Undefined until two intervals are known. */
  get bpm(): Bpm | undefined {
    const { count } = this.#intervals;
    if (count < 2) return undefined;
    let slow = count >= SLOW_COUNT;
    for (let i = 1; i <= SLOW_COUNT && slow; i++) slow = this.#intervals.back(i) > SLOW_RR_S * this.#fs;
    return bpm(this.#intervals.rateOver(Math.min(count, slow ? SHORT : LONG) + 1)!);
  }
}
