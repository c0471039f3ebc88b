/**
 * Ventricular fibrillation and flutter from the waveform of one lead over the last four seconds: the signal is
 * seldom near its baseline, has no steep part among flat ones, and is nearly a sine.
 */
import type { Ring } from '../dsp/ring.ts';
import type { Hz } from '../units.ts';

export const WINDOW_S = 4;
/** Every second sample is enough for a waveform below 10 Hz. */
const STRIDE = 2;
/** Below this standard deviation, microvolts, there is no fibrillation waveform but a flat line. */
const SMALLEST_SPREAD_UV = 40;
/**
 * Log odds of fibrillation against everything else, a logistic regression on the even-numbered records of cudb and
 * mitdb (98,000 windows); fitted to the features below in this order.
 */
const WEIGHTS = {
  constant: -10.133,
  leakage: 4.855,
  busy: 8.881,
  still: -29.767,
  fullness: 5.305,
  kurtosis: -0.141,
  frequency: 1.427,
  fast: -1.062,
  slow: 0.631,
  spread: 2.192,
  mobility: -5.807,
  complexity: -0.111,
  evenness: -8.47,
  busySquared: -4.913,
  leakageSquared: -6.585,
  stillSquared: 22.288,
} as const;

/** Judges windows; holds the memory a window needs. */
export class FibrillationJudge {
  readonly #fs: Hz;
  readonly #count: number;
  readonly #x: Float64Array;

  constructor(fs: Hz) {
    this.#fs = fs;
    this.#count = Math.floor((WINDOW_S * fs) / STRIDE);
    this.#x = new Float64Array(this.#count);
  }

  /** Log odds that the last window of `signal` (monitor band, microvolts) is fibrillation or flutter; undefined where it is flat. */
  judge(signal: Ring): number | undefined {
    const from = signal.end - this.#count * STRIDE;
    if (from < 0) return undefined;
    const x = this.#x;
    const n = this.#count;
    let mean = 0;
    for (let i = 0; i < n; i++) mean += (x[i] = signal.at(from + i * STRIDE));
    mean /= n;
    let peak = 0, squares = 0, fourth = 0, magnitude = 0, slope = 0, steepest = 0, slopes2 = 0, bends2 = 0;
    for (let i = 0; i < n; i++) {
      const v = (x[i] = x[i]! - mean);
      squares += v * v;
      fourth += v ** 4;
      magnitude += Math.abs(v);
      peak = Math.max(peak, Math.abs(v));
      if (i > 0) {
        const d = v - x[i - 1]!;
        slope += Math.abs(d);
        slopes2 += d * d;
        steepest = Math.max(steepest, Math.abs(d));
        if (i > 1) bends2 += (d - (x[i - 1]! - x[i - 2]!)) ** 2;
      }
    }
    const spread = Math.sqrt(squares / n);
    if (spread < SMALLEST_SPREAD_UV) return undefined;
    const half = Math.max(2, Math.round((Math.PI * magnitude) / slope));
    let left = 0, all = 0;
    for (let i = half; i < n; i++) {
      left += Math.abs(x[i]! + x[i - half]!);
      all += Math.abs(x[i]!) + Math.abs(x[i - half]!);
    }
    // Near the baseline and not moving: the isoelectric line between beats.
    let busy = 0, still = 0, quarterPeaks = Infinity;
    const quarter = n / 4;
    for (let q = 0; q < 4; q++) {
      let high = 0;
      for (let i = Math.floor(q * quarter); i < Math.floor((q + 1) * quarter); i++) high = Math.max(high, Math.abs(x[i]!));
      quarterPeaks = Math.min(quarterPeaks, high);
    }
    for (let i = 1; i < n; i++) {
      if (Math.abs(x[i]!) > 0.2 * peak) busy++;
      if (Math.abs(x[i]! - x[i - 1]!) < 0.08 * steepest) still++;
    }
    const leakage = left / all;
    const busyShare = busy / n;
    const stillShare = still / n;
    const frequency = Math.min(12, this.#fs / STRIDE / (2 * half));
    return (
      WEIGHTS.constant +
      leakage * (WEIGHTS.leakage + WEIGHTS.leakageSquared * leakage) +
      busyShare * (WEIGHTS.busy + WEIGHTS.busySquared * busyShare) +
      stillShare * (WEIGHTS.still + WEIGHTS.stillSquared * stillShare) +
      WEIGHTS.fullness * (magnitude / n / peak) +
      WEIGHTS.kurtosis * Math.min(4, Math.max(0, Math.log(fourth / n / spread ** 4))) +
      WEIGHTS.frequency * frequency +
      WEIGHTS.fast * Math.max(0, frequency - 5) +
      WEIGHTS.slow * Math.max(0, 3 - frequency) +
      WEIGHTS.spread * Math.min(8, Math.log(spread)) +
      WEIGHTS.mobility * Math.sqrt(slopes2 / squares) +
      WEIGHTS.complexity * Math.sqrt(bends2 / slopes2) +
      WEIGHTS.evenness * (quarterPeaks / peak)
    );
  }
}
