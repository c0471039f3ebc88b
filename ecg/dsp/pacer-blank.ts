/**
 * Takes pacer pulses out of one lead before any filter can smear them: what is left of a paced beat is its QRS,
 * and what is left of pacing without capture is a flat line.
 *
 * A pulse is known by the feed's mark, or by its shape: far outside the samples 8 ms before and after it, which
 * no QRS is (the narrowest, a newborn's, is 40 ms wide at its base). Below 200 Hz a QRS can be a single sample,
 * so there only marks count.
 */
import type { Hz } from '../units.ts';

/** A pulse lasts 0.1-2 ms (IEC 60601-2-27); a front end's anti-alias filter and recovery widen it. */
const BEFORE_MARK_S = 0.004;
const AFTER_MARK_S = 0.012;
const HALF_WIDTH_S = 0.008;
/** Smallest excursion taken for a pulse by shape: pulses are 2-700 mV, smaller ones cannot be told from muscle noise. */
const MIN_PULSE_UV = 500;
/** Share of the neighbourhood's range that the excursion makes up; the apex of a 40 ms wide triangle reaches 0.4. */
const MIN_SHARE_OF_RANGE = 0.6;
const MIN_FS_FOR_SHAPE = 200;

/** Streaming: one sample in, one sample out, `delaySamples` later. */
export class PacerBlank {
  readonly delaySamples: number;
  readonly #before: number;
  readonly #after: number;
  readonly #half: number;
  readonly #byShape: boolean;
  readonly #samples: Float32Array;
  readonly #pulse: Uint8Array;
  #received = 0;
  #markedUntil = -1;
  #lastClean = NaN;

  constructor(fs: Hz) {
    this.#before = Math.ceil(BEFORE_MARK_S * fs);
    this.#after = Math.ceil(AFTER_MARK_S * fs);
    this.#half = Math.ceil(HALF_WIDTH_S * fs);
    this.#byShape = fs >= MIN_FS_FOR_SHAPE;
    this.delaySamples = Math.max(this.#before + this.#after, 2 * this.#half) + 2;
    this.#samples = new Float32Array(2 * this.delaySamples);
    this.#pulse = new Uint8Array(this.#samples.length);
  }

  /** Takes the next sample; gives the one `delaySamples` before it, NaN where there is none yet. */
  next(sample: number, marked: boolean): number {
    const n = this.#received++;
    const size = this.#samples.length;
    if (marked) {
      this.#markedUntil = n + this.#after;
      for (let i = Math.max(0, n - this.#before); i < n; i++) this.#pulse[i % size] = 1;
    }
    this.#samples[n % size] = sample;
    this.#pulse[n % size] = n <= this.#markedUntil ? 1 : 0;
    if (this.#byShape && n >= 3 * this.#half) this.#judge(n - this.#half);
    const out = n - this.delaySamples;
    if (out < 0) return NaN;
    if (this.#pulse[out % size] === 1) return this.#bridge(out, n);
    return (this.#lastClean = this.#samples[out % size]!);
  }

  #judge(at: number): void {
    const size = this.#samples.length;
    const value = this.#samples[at % size]!;
    const left = this.#samples[(at - this.#half) % size]!;
    const right = this.#samples[(at + this.#half) % size]!;
    const excursion = Math.max(value - Math.max(left, right), Math.min(left, right) - value);
    if (!(excursion > MIN_PULSE_UV)) return;
    let low = value;
    let high = value;
    for (let i = at - 2 * this.#half; i <= at + this.#half; i++) {
      low = Math.min(low, this.#samples[i % size]!);
      high = Math.max(high, this.#samples[i % size]!);
    }
    if (excursion < MIN_SHARE_OF_RANGE * (high - low)) return;
    for (let i = at - 1; i <= at + 1; i++) this.#pulse[i % size] = 1;
  }

  /** A straight line from the last clean sample to the next one. */
  #bridge(at: number, newest: number): number {
    const size = this.#samples.length;
    for (let i = at + 1; i <= newest; i++) {
      if (this.#pulse[i % size] === 1) continue;
      this.#lastClean += (this.#samples[i % size]! - this.#lastClean) / (i - at + 1);
      break;
    }
    return this.#lastClean;
  }
}
