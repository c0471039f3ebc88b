/**
 * One lead on its way from the feed to the analysis: what is off or against the rail becomes missing, pacer
 * pulses are taken out, and the rest is brought to the analysis frequency.
 */
import { PacerBlank } from '../dsp/pacer-blank.ts';
import { Resampler } from '../dsp/resample.ts';
import type { Hz } from '../units.ts';

/** A QRS may touch the rail; an amplifier that stays there this long measures nothing, seconds. */
const SATURATED_S = 0.2;
/** Without known rails: the largest electrode offset a monitor must bear (IEC 60601-2-27), microvolts. */
const OFFSET_LIMIT_UV = 300_000;

export class LeadIntake {
  readonly #blank: PacerBlank;
  readonly #resampler: Resampler;
  readonly #railUv: readonly [number, number];
  readonly #saturatedSamples: number;
  #atRail = 0;
  /** The blanking gives nothing for its first samples; left out here, the two axes begin together. */
  #owed: number;
  #scratch = new Float32Array(0);

  constructor(from: Hz, to: Hz, railUv: readonly [number, number] | undefined) {
    this.#blank = new PacerBlank(from);
    this.#owed = this.#blank.delaySamples;
    this.#resampler = new Resampler(from, to);
    this.#railUv = railUv ?? [-OFFSET_LIMIT_UV, OFFSET_LIMIT_UV];
    this.#saturatedSamples = Math.ceil(SATURATED_S * from);
  }

  /** Feed samples that must have come after an analysis sample's instant. */
  get delaySamples(): number {
    return this.#blank.delaySamples + this.#resampler.delaySamples;
  }

  /** The analysis samples that have become final. @param marks 1 = pacer pulse at this sample of the block */
  push(samples: Float32Array, off: boolean, marks: Uint8Array): Float32Array {
    if (this.#scratch.length < samples.length) this.#scratch = new Float32Array(samples.length);
    const [low, high] = this.#railUv;
    let kept = 0;
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i]!;
      this.#atRail = sample <= low || sample >= high ? this.#atRail + 1 : 0;
      const value = this.#blank.next(off || this.#atRail > this.#saturatedSamples ? NaN : sample, marks[i] === 1);
      if (this.#owed > 0) this.#owed -= 1;
      else this.#scratch[kept++] = value;
    }
    return this.#resampler.push(this.#scratch.subarray(0, kept));
  }
}
