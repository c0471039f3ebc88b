import { bpm, type Bpm, type Hz } from '../units.ts';

/** Averaging of the field (docs/alarms.md): the last 12 RR, or the last 4 where 3 in a row exceed 1200 ms. */
const LONG = 12;
const SHORT = 4;
const SLOW_RR_S = 1.2;
const SLOW_COUNT = 3;

/** Averaged heart rate from intervals in samples. */
export class HeartRate {
  readonly #fs: Hz;
  readonly #rr = new Float64Array(LONG);
  #count = 0;

  constructor(fs: Hz) {
    this.#fs = fs;
  }

  reset(): void {
    this.#count = 0;
  }

  add(rrSamples: number): void {
    this.#rr[this.#count++ % LONG] = rrSamples;
  }

  /** Undefined until two intervals are known. */
  get bpm(): Bpm | undefined {
    if (this.#count < 2) return undefined;
    let slow = Math.min(SLOW_COUNT, this.#count) === SLOW_COUNT;
    for (let i = 1; i <= SLOW_COUNT && slow; i++) slow = this.#back(i) > SLOW_RR_S * this.#fs;
    const n = Math.min(this.#count, slow ? SHORT : LONG);
    let sum = 0;
    for (let i = 1; i <= n; i++) sum += this.#back(i);
    return bpm((60 * this.#fs * n) / sum);
  }

  #back(i: number): number {
    return this.#rr[(this.#count - i) % LONG]!;
  }
}
