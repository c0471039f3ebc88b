/**
 * Takes pacer pulses out of one lead before any filter can smear them: what is left of a paced beat is its QRS,
 * and what is left of pacing without capture is a flat line.
 *
 * A pulse is known by the feed's mark, or by its shape: far outside the samples 8 ms before and after it, which
 * no QRS is (the narrowest, a newborn's, is 40 ms wide at its base). Below 200 Hz a QRS can be a single sample,
 * so there only marks count. A front end whose mains filter rings leaves a burst instead of a pulse: swings to and
 * fro, out of rest, more of them than a QRS has.
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
/**
 * A burst: so many swings of this height within this time. A filter at 60 Hz rings four half periods in 33 ms; the narrowest
 * QRS, 40 ms at its base, is two swings, and one that is notched takes longer. Chosen on the even-numbered records of
 * cinc2015, and so that no beat of those of mitdb is lost.
 */
const BURST_SWINGS = 4;
const BURST_SWING_UV = 300;
const BURST_S = 0.036;
/** Before it there is rest, or mains interference and muscle noise would be bursts: largest range, from where to where before its first turn. */
const REST_UV = 250;
const REST_FROM_S = 0.12;
const REST_TO_S = 0.06;

/** Streaming: one sample in, one sample out, `delaySamples` later. */
export class PacerBlank {
  readonly delaySamples: number;
  readonly #before: number;
  readonly #after: number;
  readonly #half: number;
  readonly #byShape: boolean;
  readonly #samples: Float32Array;
  readonly #pulse: Uint8Array;
  readonly #burst: number;
  readonly #restFrom: number;
  readonly #restTo: number;
  /** Where the newest swings turned, the newest last; the swing under way goes up (1) or down (-1), its farthest value and where. */
  readonly #turns = new Float64Array(BURST_SWINGS - 1).fill(-Infinity);
  #swing = 1;
  #farthest = NaN;
  #farthestAt = 0;
  #received = 0;
  #markedUntil = -1;
  #lastClean = NaN;

  constructor(fs: Hz) {
    this.#before = Math.ceil(BEFORE_MARK_S * fs);
    this.#after = Math.ceil(AFTER_MARK_S * fs);
    this.#half = Math.ceil(HALF_WIDTH_S * fs);
    this.#byShape = fs >= MIN_FS_FOR_SHAPE;
    this.#burst = Math.round(BURST_S * fs);
    this.#restFrom = Math.round(REST_FROM_S * fs);
    this.#restTo = Math.round(REST_TO_S * fs);
    this.delaySamples = Math.max(this.#before + this.#after, 2 * this.#half, this.#byShape ? this.#burst : 0) + 2;
    this.#samples = new Float32Array(this.delaySamples + this.#burst + this.#restFrom);
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
    if (this.#byShape && this.#turned(n, sample) && this.#isBurst(n)) this.#takeBurst(n);
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

  /** Follows the swings: whether one has turned, which is known once the next has come as far as a swing must. */
  #turned(at: number, value: number): boolean {
    const back = this.#swing * (this.#farthest - value);
    if (!(back > 0)) {
      this.#farthest = value;
      this.#farthestAt = at;
    }
    if (!(back >= BURST_SWING_UV)) return false;
    this.#turns.copyWithin(0, 1);
    this.#turns[BURST_SWINGS - 2] = this.#farthestAt;
    this.#swing = -this.#swing;
    this.#farthest = value;
    this.#farthestAt = at;
    return true;
  }

  /** Whether the newest turns, the swing before the first of them and the one under way are a burst out of rest. */
  #isBurst(at: number): boolean {
    const size = this.#samples.length;
    const first = this.#turns[0]!;
    if (first <= at - this.#burst || first < this.#restFrom) return false;
    const turn = this.#samples[first % size]!;
    let swung = false;
    for (let i = at - this.#burst; i < first; i++) if (Math.abs(turn - this.#samples[i % size]!) >= BURST_SWING_UV) swung = true;
    if (!swung) return false;
    let low = Infinity;
    let high = -Infinity;
    for (let i = first - this.#restFrom; i < first - this.#restTo; i++) {
      low = Math.min(low, this.#samples[i % size]!);
      high = Math.max(high, this.#samples[i % size]!);
    }
    return high - low < REST_UV;
  }

  /** All that is still held. What rings on is small, and the QRS of a captured pulse may begin in it. */
  #takeBurst(at: number): void {
    for (let i = Math.max(0, at - this.delaySamples); i <= at; i++) this.#pulse[i % this.#samples.length] = 1;
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
