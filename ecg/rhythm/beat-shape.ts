/** One beat cut out of a lead and measured: its QRS without the slope it stands on, and what comes before and after it. */
import type { Ring } from '../dsp/ring.ts';
import type { Hz } from '../units.ts';

/** The QRS and the beginning of ST, seconds about the R peak. */
const BEFORE_S = 0.1;
const AFTER_S = 0.16;
/** Half the stretch that counts in full; outwards of it a sample counts less and less. */
const CORE_S = 0.05;
/** The part after it, where a ventricular beat turns over. */
const TAIL_S = 0.26;
/** The P wave, seconds before the R peak. */
const LEAD_IN_FROM_S = 0.26;
const LEAD_IN_TO_S = 0.06;
/** Largest displacement at which two beats are compared, seconds. */
const SHIFT_S = 0.04;
const STEEP_SHARE = 0.2;

export class BeatShape {
  readonly #fs: Hz;
  readonly #before: number;
  readonly #length: number;
  readonly #tailEnd: number;
  readonly #leadInFrom: number;
  /** Samples of displacement on either side. */
  readonly shift: number;
  /** How much each sample about the R peak counts. */
  readonly taper: Float64Array;
  /** The QRS with `shift` samples more on either side, microvolts. */
  readonly samples: Float64Array;
  /** The stretch of the P wave less its mean, microvolts. */
  readonly leadIn: Float64Array;
  /** Highest less lowest sample, microvolts; at least 1. */
  deflection = 1;
  /** From the first to the last steep sample, seconds. */
  slopeWidth = 0;
  /** Largest change within two samples as a share of the deflection. */
  steepness = 0;
  /** Area over height: the length of a rectangle of the same area, seconds. */
  areaWidth = 0;
  /** Mean of what follows the QRS as a share of the deflection. */
  tail = 0;
  /** The tail where it points the other way than the QRS, its negative where they agree. */
  discordance = 0;

  constructor(fs: Hz) {
    this.#fs = fs;
    this.#before = Math.round(BEFORE_S * fs);
    this.#length = this.#before + Math.round(AFTER_S * fs);
    this.#tailEnd = Math.round(TAIL_S * fs);
    this.#leadInFrom = Math.round(LEAD_IN_FROM_S * fs);
    this.shift = Math.round(SHIFT_S * fs);
    const core = CORE_S * fs;
    this.taper = Float64Array.from({ length: this.#length }, (_, i) => {
      const distance = i - this.#before;
      const outside = distance < 0 ? (-distance - core) / (this.#before - core) : (distance - core) / (this.#length - this.#before - core);
      return outside <= 0 ? 1 : Math.cos((Math.PI / 2) * outside) ** 2;
    });
    this.samples = new Float64Array(this.#length + 2 * this.shift);
    this.leadIn = new Float64Array(this.#leadInFrom - Math.round(LEAD_IN_TO_S * fs));
  }

  /** @param signal monitor band, microvolts @param rPeak index of the R peak in it */
  measure(signal: Ring, rPeak: number): void {
    const from = rPeak - this.#before - this.shift;
    for (let i = 0; i < this.samples.length; i++) this.samples[i] = signal.at(from + i);
    this.#level();
    this.deflection = Math.max(1, this.#height());
    this.slopeWidth = this.#steepStretch();
    this.areaWidth = this.#area() / this.deflection / this.#fs;
    this.tail = this.#tailMean(signal, rPeak) / this.deflection;
    this.discordance = -Math.sign(this.#net()) * this.tail;
    let mean = 0;
    for (let i = 0; i < this.leadIn.length; i++) mean += (this.leadIn[i] = signal.at(rPeak - this.#leadInFrom + i)) / this.leadIn.length;
    for (let i = 0; i < this.leadIn.length; i++) this.leadIn[i] = this.leadIn[i]! - mean;
  }

  /** Takes the straight line from before the QRS to after it away: P waves, flutter waves and ST slopes then weigh less. */
  #level(): void {
    const b = this.samples;
    const n = this.shift;
    let left = 0;
    let right = 0;
    for (let i = 0; i < n; i++) {
      left += b[i]! / n;
      right += b[b.length - 1 - i]! / n;
    }
    const slope = (right - left) / (b.length - n);
    for (let i = 0; i < b.length; i++) b[i] = b[i]! - left - slope * (i - n / 2);
  }

  #height(): number {
    let low = Infinity;
    let high = -Infinity;
    for (const x of this.samples) {
      low = Math.min(low, x);
      high = Math.max(high, x);
    }
    return high - low;
  }

  #steepStretch(): number {
    const b = this.samples;
    let steepest = 0;
    for (let i = 2; i < b.length; i++) steepest = Math.max(steepest, Math.abs(b[i]! - b[i - 2]!));
    this.steepness = steepest / this.deflection;
    let first = -1;
    let last = -1;
    for (let i = 2; i < b.length; i++) {
      if (Math.abs(b[i]! - b[i - 2]!) < STEEP_SHARE * steepest) continue;
      if (first < 0) first = i;
      last = i;
    }
    return (last - first) / this.#fs;
  }

  #area(): number {
    const b = this.samples;
    let base = 0;
    for (let i = 0; i < this.shift; i++) base += b[i]!;
    base /= this.shift;
    let area = 0;
    for (let i = 0; i < this.#length; i++) area += this.taper[i]! * Math.abs(b[i + this.shift]! - base);
    return area;
  }

  /** Area of the QRS, what is below the line counted against what is above. */
  #net(): number {
    let net = 0;
    for (let i = 0; i < this.#length; i++) net += this.taper[i]! * this.samples[i + this.shift]!;
    return net;
  }

  #tailMean(signal: Ring, rPeak: number): number {
    const from = rPeak + this.#length - this.#before;
    const to = Math.min(signal.end, rPeak + this.#tailEnd);
    let sum = 0;
    for (let i = from; i < to; i++) sum += signal.at(i);
    return to > from ? sum / (to - from) : 0;
  }
}
