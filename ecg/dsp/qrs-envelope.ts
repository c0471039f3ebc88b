/**
 * From one lead to how much QRS there is at each sample: band-pass about the energy of the QRS, slope, magnitude,
 * mean over the length of a QRS. P and T waves and baseline wander lie below the band, muscle noise above it.
 */
import { BiquadCascade, highPass, lowPass } from './biquad.ts';
import { hz, type Hz } from '../units.ts';

/** Band of the QRS: after Pan & Tompkins 1985 (5-15 Hz); edges chosen on the even-numbered records of mitdb. */
const LOW_HZ = hz(5);
const HIGH_HZ = hz(16);
/** Length of the mean, seconds: about one QRS (Hamilton & Tompkins 1986). */
const MEAN_S = 0.08;
const SLOPE_S = 0.008;

/** Streaming, state of one lead. Output: mean magnitude of the slope, in microvolts per 8 ms. */
export class QrsEnvelope {
  readonly #band: BiquadCascade;
  readonly #history: Float64Array;
  readonly #slopes: Float64Array;
  #sum = 0;
  #at = 0;

  constructor(fs: Hz) {
    this.#band = new BiquadCascade([highPass(LOW_HZ, fs), lowPass(HIGH_HZ, fs)]);
    this.#history = new Float64Array(Math.max(1, Math.round(SLOPE_S * fs)));
    this.#slopes = new Float64Array(Math.max(1, Math.round(MEAN_S * fs)));
  }

  /** Starts anew as if `sample` had always been there. */
  reset(sample: number): void {
    this.#band.settle(sample);
    this.#history.fill(0);
    this.#slopes.fill(0);
    this.#sum = 0;
    this.#at = 0;
  }

  next(sample: number): number {
    const value = this.#band.next(sample);
    const h = this.#at % this.#history.length;
    const slope = Math.abs(value - this.#history[h]!);
    this.#history[h] = value;
    const s = this.#at % this.#slopes.length;
    this.#sum += slope - this.#slopes[s]!;
    this.#slopes[s] = slope;
    this.#at += 1;
    return Math.max(0, this.#sum) / this.#slopes.length;
  }
}
