/**
 * What a beat is, from its shape against the patient's own usual beat and from its prematurity. A beat is known
 * 0.2 s after its R peak; the pause after it, which comes later, plays no part.
 */
import type { BeatClass } from '../beat.ts';
import type { Ring } from '../dsp/ring.ts';
import type { Hz } from '../units.ts';

/** The QRS and the first part of ST, seconds about the R peak. */
const BEFORE_S = 0.12;
const AFTER_S = 0.2;
/** Largest shift tried when two beats are laid over each other. */
const SHIFT_S = 0.03;
const SIMILAR = 0.85;
const VERY_DIFFERENT = 0.5;
const PREMATURE = 0.85;
const WIDE_S = 0.03;
/** Share by which a new usual beat moves the template. */
const LEARNING_RATE = 0.1;

export class BeatClassifier {
  readonly #fs: Hz;
  readonly #before: number;
  readonly #length: number;
  readonly #shift: number;
  readonly #template: Float64Array;
  readonly #beat: Float64Array;
  #templateBeats = 0;
  #templateWidth = 0;
  #strange = 0;

  constructor(fs: Hz) {
    this.#fs = fs;
    this.#before = Math.round(BEFORE_S * fs);
    this.#length = this.#before + Math.round(AFTER_S * fs);
    this.#shift = Math.round(SHIFT_S * fs);
    this.#template = new Float64Array(this.#length);
    this.#beat = new Float64Array(this.#length + 2 * this.#shift);
  }

  /** Samples after the R peak that must be there. */
  get delaySamples(): number {
    return this.#length - this.#before + this.#shift + 2;
  }

  reset(): void {
    this.#templateBeats = 0;
  }

  /**
   * @param rPeak index of the R peak in `signal`
   * @param rrRatio interval to the beat before over the usual interval; undefined where not known
   */
  classify(signal: Ring, rPeak: number, rrRatio: number | undefined): BeatClass {
    for (let i = 0; i < this.#beat.length; i++) this.#beat[i] = signal.at(rPeak - this.#before - this.#shift + i);
    const width = this.#width();
    if (this.#templateBeats === 0) {
      this.#learn(0, 1, width);
      return 'unclassified';
    }
    let best = -2;
    let at = 0;
    for (let shift = 0; shift <= 2 * this.#shift; shift++) {
      const r = this.#correlation(shift);
      if (r > best) {
        best = r;
        at = shift;
      }
    }
    const premature = rrRatio !== undefined && rrRatio < PREMATURE;
    const wide = width > this.#templateWidth + WIDE_S;
    const ventricular = best < VERY_DIFFERENT || (best < SIMILAR && (premature || wide));
    if (!ventricular) {
      this.#learn(at, LEARNING_RATE, width);
      this.#strange = 0;
      return 'normal';
    }
    // The usual beat itself may have changed: after many strange ones in a row the template starts anew.
    if (++this.#strange >= 30) {
      this.#strange = 0;
      this.#templateBeats = 0;
    }
    return 'ventricular';
  }

  #learn(at: number, rate: number, width: number): void {
    for (let i = 0; i < this.#length; i++) this.#template[i] = this.#template[i]! + rate * (this.#beat[at + i]! - this.#template[i]!);
    this.#templateWidth += rate * (width - this.#templateWidth);
    this.#templateBeats += 1;
  }

  #correlation(shift: number): number {
    let sx = 0;
    let sy = 0;
    let sxx = 0;
    let syy = 0;
    let sxy = 0;
    for (let i = 0; i < this.#length; i++) {
      const x = this.#beat[shift + i]!;
      const y = this.#template[i]!;
      sx += x;
      sy += y;
      sxx += x * x;
      syy += y * y;
      sxy += x * y;
    }
    const n = this.#length;
    const spread = (sxx - (sx * sx) / n) * (syy - (sy * sy) / n);
    return spread > 0 ? (sxy - (sx * sy) / n) / Math.sqrt(spread) : 0;
  }

  /** Seconds about the R peak in which the signal stays above half its peak. */
  #width(): number {
    const centre = this.#before + this.#shift;
    const peak = this.#beat[centre]!;
    let from = centre;
    let to = centre;
    while (from > 0 && this.#beat[from - 1]! / peak > 0.5) from--;
    while (to < this.#beat.length - 1 && this.#beat[to + 1]! / peak > 0.5) to++;
    return (to - from) / this.#fs;
  }
}
