/**
 * The two bandwidths in which monitors show an ECG, and the causal filter of one lead in one of them. The live page
 * and the review show through the same; nothing that judges the signal does.
 */
import { hz, type Hz } from '../units.ts';
import { BiquadCascade, butterworthLowPass, highPass } from './biquad.ts';

/** Hertz; a high-pass of 0 or a low-pass of Infinity is none. */
export interface Band {
  readonly highPassHz: number;
  readonly lowPassHz: number;
}

/** Bandwidths of IEC 60601-2-27 devices: a quiet baseline to monitor by, and the one in which ST segments keep their shape. */
export const DISPLAY_BANDS = {
  monitor: { highPassHz: 0.5, lowPassHz: 40 },
  diagnostic: { highPassHz: 0.05, lowPassHz: 150 },
} as const satisfies Readonly<Record<string, Band>>;
export type DisplayBand = keyof typeof DISPLAY_BANDS;
export const DISPLAY_BAND_NAMES = Object.keys(DISPLAY_BANDS) as readonly DisplayBand[];

/** A low-pass is left out where it would lie within a tenth of the Nyquist frequency (40 Hz: feeds below 90 Hz; 150 Hz: below 334 Hz). */
const NYQUIST_MARGIN = 0.45;
const hasLowPass = ({ lowPassHz }: Band, fs: Hz): boolean => lowPassHz < NYQUIST_MARGIN * fs;

/** `0.05-150 Hz`; a feed too slow for the low-pass shows what it has: `0.05-125 Hz` of 250 Hz. */
export const bandwidthText = (band: Band, fs: Hz): string => `${band.highPassHz}-${hasLowPass(band, fs) ? band.lowPassHz : fs / 2} Hz`;

/**
 * One lead in one band. Missing samples stay missing; after them the filter starts anew in the settled state, so that
 * an electrode's offset is not drawn as if it were signal.
 */
export class BandFilter {
  readonly #cascade: BiquadCascade;
  #settled = false;

  /** @param lowPassOrder even; the steepness of the low-pass */
  constructor(band: Band, fs: Hz, lowPassOrder = 2) {
    this.#cascade = new BiquadCascade([
      ...(band.highPassHz > 0 ? [highPass(hz(band.highPassHz), fs)] : []),
      ...(hasLowPass(band, fs) ? butterworthLowPass(lowPassOrder, hz(band.lowPassHz), fs) : []),
    ]);
  }

  /** One sample in, one sample out; NaN is missing. */
  next(sample: number): number {
    if (Number.isNaN(sample)) {
      this.#settled = false;
      return NaN;
    }
    if (!this.#settled) {
      this.#cascade.settle(sample);
      this.#settled = true;
    }
    return this.#cascade.next(sample);
  }
}
