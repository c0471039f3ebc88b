/**
 * The envelopes of all leads as one. They are added with the weights that separate QRS from noise best (QRS level
 * over squared noise, the matched combination of independent noises), scaled so that a usual QRS gives 1; a lead
 * that goes noisy or flat loses its weight.
 */
import type { Hz } from '../units.ts';
import { SMALLEST_QRS_ENVELOPE, type LeadTrack } from './lead-track.ts';

/** How much the noise of the last half second counts beside that between beats; chosen on the even-numbered records of mitdb. */
const RECENT_SHARE = 0.85;
/** Least noise a lead is taken to have, as a share of its QRS level and in microvolts per 8 ms: two clean leads then count alike. */
const LEAST_NOISE_SHARE = 0.1;
const LEAST_NOISE = 0.5;
/** Above this multiple of its QRS level a lead's envelope counts a quarter: an artefact in one lead must not outweigh the others. */
const BEND = 1.3;
const BEYOND_BEND = 0.25;

export class CombinedEnvelope {
  readonly #leads: readonly LeadTrack[];
  readonly #weights: Float64Array;
  readonly #reach: number;
  #noise = 0;
  #floor = 0;
  #known = false;

  /** @param reach samples on each side over which a peak is the highest */
  constructor(leads: readonly LeadTrack[], reach: number) {
    this.#leads = leads;
    this.#weights = new Float64Array(leads.length);
    this.#reach = reach;
  }

  /** Some lead is usable and its levels are learned. */
  get known(): boolean {
    return this.#known;
  }

  /** Height of the peaks that were no beats. */
  get noise(): number {
    return this.#noise;
  }

  /** Height of the smallest QRS that may be counted. */
  get floor(): number {
    return this.#floor;
  }

  /** The lead whose QRS stands out most. */
  get bestLead(): number {
    let best = 0;
    for (let i = 1; i < this.#leads.length; i++) {
      if (this.#weights[i]! * this.#leads[i]!.qrsLevel > this.#weights[best]! * this.#leads[best]!.qrsLevel) best = i;
    }
    return best;
  }

  /** How much of a usual QRS's height is this lead's: the shares of all leads add up to about 1. */
  share(lead: number): number {
    return this.#weights[lead]! * this.#leads[lead]!.qrsLevel;
  }

  /** Weighs the leads anew by what they show now. */
  weigh(): void {
    let total = 0;
    for (let i = 0; i < this.#leads.length; i++) {
      const lead = this.#leads[i]!;
      const level = lead.qrsLevel;
      const noise = Math.max(lead.background, RECENT_SHARE * lead.recent, LEAST_NOISE_SHARE * level, LEAST_NOISE);
      this.#weights[i] = lead.usable && lead.learned ? level / (noise * noise) : 0;
      total += this.#weights[i]! * level;
    }
    this.#known = total > 0;
    this.#noise = 0;
    this.#floor = 0;
    for (let i = 0; i < this.#leads.length; i++) {
      const weight = this.#known ? this.#weights[i]! / total : 0;
      this.#weights[i] = weight;
      this.#noise += weight * this.#leads[i]!.noiseLevel;
      this.#floor += weight * SMALLEST_QRS_ENVELOPE;
    }
  }

  at(index: number): number {
    let sum = 0;
    for (let i = 0; i < this.#leads.length; i++) {
      if (this.#weights[i]! <= 0) continue;
      const lead = this.#leads[i]!;
      const bend = BEND * lead.qrsLevel;
      const envelope = lead.envelope.at(index);
      sum += this.#weights[i]! * (envelope > bend ? bend + BEYOND_BEND * (envelope - bend) : envelope);
    }
    return sum;
  }

  /** Whether `index` is higher than everything within `reach`. */
  isPeak(index: number): boolean {
    const height = this.at(index);
    if (height <= 0 || this.at(index - 1) > height || this.at(index + 1) >= height) return false;
    for (let i = 2; i <= this.#reach; i++) {
      if (this.at(index + i) >= height || this.at(index - i) > height) return false;
    }
    return true;
  }
}

/** Seconds that separate two beats at least (300 bpm): the reach of a peak. */
export const REFRACTORY_S = 0.2;
export const refractorySamples = (fs: Hz): number => Math.round(REFRACTORY_S * fs);
