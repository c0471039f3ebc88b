/** The newest known intervals between beats; an interval over missing signal is not among them. */
import type { Hz } from '../units.ts';

/** More than any limit counts beats. */
const MEMORY = 64;

export class RecentIntervals {
  readonly #fs: Hz;
  readonly #rr = new Float64Array(MEMORY);
  #count = 0;

  constructor(fs: Hz) {
    this.#fs = fs;
  }

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
  }

  /** @param rr samples */
  add(rr: number): void {
    this.#rr[this.#count++ % MEMORY] = rr;
  }

  /** Samples; 1 is the newest. */
  back(i: number): number {
    return this.#rr[(this.#count - i) % MEMORY]!;
  }

  /** Samples from the first to the last of the newest `beats` beats; undefined where they are not there yet. */
  span(beats: number): number | undefined {
    const intervals = Math.min(beats - 1, MEMORY);
    if (this.#count < intervals || intervals < 1) return undefined;
    let sum = 0;
    for (let i = 1; i <= intervals; i++) sum += this.back(i);
    return sum;
  }

  /** Mean rate of the newest `beats` beats, bpm. */
  rateOver(beats: number): number | undefined {
    const span = this.span(beats);
    return span === undefined ? undefined : (60 * this.#fs * (beats - 1)) / span;
  }
}
