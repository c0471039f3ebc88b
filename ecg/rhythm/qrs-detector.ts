/**
 * Beats from all leads at once. The envelopes are added with the weights that separate QRS from noise best
 * (QRS level over squared noise, the matched combination of independent noises), scaled so that a usual QRS
 * gives 1; a lead that goes noisy or flat loses its weight. A peak is a beat where it stands above a threshold
 * between noise and QRS; where none came in time, the best smaller peak since is taken after all.
 */
import type { Hz } from '../units.ts';
import { LeadTrack, SMALLEST_QRS_ENVELOPE } from './lead-track.ts';

/** No two QRS complexes lie closer (300 bpm). */
const REFRACTORY_S = 0.2;
/** Where a T wave can be; a peak there must be taller. */
const T_WAVE_S = 0.36;
const T_WAVE_SHARE = 0.55;
/** Place of the threshold between noise (0) and QRS (1). */
const THRESHOLD = 0.3;
/** Search back after this many mean RR without a beat (Pan & Tompkins 1985: 166 %). */
const SEARCH_BACK_RR = 1.5;
const SEARCH_BACK_SHARE = 0.5;
const RR_MEMORY = 8;
const MAX_REJECTED = 64;
/** The QRS lies before the envelope's peak: where to look for the R peak, seconds before. */
const FIDUCIAL_FROM_S = 0.14;
const FIDUCIAL_TO_S = 0.01;
/** Delay of the monitor band at the frequencies of a QRS, seconds. */
const MONITOR_BAND_DELAY_S = 0.007;

export class QrsDetector {
  readonly #leads: readonly LeadTrack[];
  readonly #fs: Hz;
  readonly #weights: Float64Array;
  readonly #rr = new Float64Array(RR_MEMORY);
  readonly #rejectedAt = new Float64Array(MAX_REJECTED);
  readonly #rejectedHeight = new Float64Array(MAX_REJECTED);
  #rejected = 0;
  #rrCount = 0;
  #next = 1;
  #lastPeak = -1;
  #noise = 0;
  #floor = 1;

  constructor(leads: readonly LeadTrack[], fs: Hz) {
    this.#leads = leads;
    this.#fs = fs;
    this.#weights = new Float64Array(leads.length);
  }

  /** Samples after an envelope peak at which it is decided, where no search back is needed. */
  get delaySamples(): number {
    return Math.round(REFRACTORY_S * this.#fs);
  }

  /** Index of the R peak of the next beat decided by sample `newest`, or -1; call until -1. */
  next(newest: number): number {
    this.#weigh();
    if (this.#floor >= 1e9) {
      this.#next = Math.max(this.#next, newest - this.delaySamples * 10);
      return -1;
    }
    for (; this.#next <= newest - this.delaySamples; this.#next++) {
      if (!this.#isPeak(this.#next)) continue;
      const height = this.#height(this.#next);
      const since = this.#lastPeak < 0 ? Infinity : (this.#next - this.#lastPeak) / this.#fs;
      if (since < REFRACTORY_S) continue;
      const threshold = this.#threshold();
      const needed = since < T_WAVE_S ? Math.max(threshold, T_WAVE_SHARE) : threshold;
      if (height >= needed) return this.#accept(this.#next++);
      this.#reject(this.#next, height, since);
    }
    return this.#searchBack(newest);
  }

  /** Forgets the last beat: after a gap its interval means nothing. */
  forgetLast(): void {
    this.#lastPeak = -1;
    this.#rejected = 0;
  }

  /** The lead whose QRS stands out most. */
  get bestLead(): number {
    let best = 0;
    for (let lead = 1; lead < this.#leads.length; lead++) {
      if (this.#weights[lead]! * this.#leads[lead]!.qrsLevel > this.#weights[best]! * this.#leads[best]!.qrsLevel) best = lead;
    }
    return best;
  }

  #threshold(): number {
    return Math.max(this.#floor, this.#noise + THRESHOLD * Math.max(0, 1 - this.#noise));
  }

  #weigh(): void {
    let total = 0;
    for (let i = 0; i < this.#leads.length; i++) {
      const lead = this.#leads[i]!;
      const level = lead.qrsLevel;
      const noise = Math.max(lead.noiseLevel, 0.1 * level, 1);
      this.#weights[i] = lead.usable && lead.learned ? level / (noise * noise) : 0;
      total += this.#weights[i]! * level;
    }
    this.#noise = 0;
    this.#floor = 0;
    for (let i = 0; i < this.#leads.length; i++) {
      const weight = total > 0 ? this.#weights[i]! / total : 0;
      this.#weights[i] = weight;
      this.#noise += weight * this.#leads[i]!.noiseLevel;
      this.#floor += weight * SMALLEST_QRS_ENVELOPE;
    }
    if (total <= 0) this.#floor = 1e9;
  }

  #height(index: number): number {
    let sum = 0;
    for (let i = 0; i < this.#leads.length; i++) if (this.#weights[i]! > 0) sum += this.#weights[i]! * this.#leads[i]!.envelope.at(index);
    return sum;
  }

  #isPeak(index: number): boolean {
    const height = this.#height(index);
    if (height <= 0 || this.#height(index - 1) > height || this.#height(index + 1) >= height) return false;
    for (let i = 2; i <= this.delaySamples; i++) {
      if (this.#height(index + i) >= height || this.#height(index - i) > height) return false;
    }
    return true;
  }

  #reject(index: number, height: number, since: number): void {
    for (const lead of this.#leads) lead.addNoise(lead.envelope.at(index));
    if (since < T_WAVE_S || this.#rejected === MAX_REJECTED) return;
    this.#rejectedAt[this.#rejected] = index;
    this.#rejectedHeight[this.#rejected++] = height;
  }

  #searchBack(newest: number): number {
    const since = newest - Math.max(0, this.#lastPeak);
    if (this.#rejected === 0 || since < SEARCH_BACK_RR * this.#meanRr() + this.delaySamples) return -1;
    const threshold = Math.max(this.#floor, SEARCH_BACK_SHARE * this.#threshold());
    let best = -1;
    for (let i = 0; i < this.#rejected; i++) {
      if (this.#rejectedHeight[i]! >= threshold && (best < 0 || this.#rejectedHeight[i]! > this.#rejectedHeight[best]!)) best = i;
    }
    return best < 0 ? -1 : this.#accept(this.#rejectedAt[best]!);
  }

  #accept(peak: number): number {
    if (this.#lastPeak >= 0) this.#rr[this.#rrCount++ % RR_MEMORY] = peak - this.#lastPeak;
    this.#lastPeak = peak;
    let kept = 0;
    for (let i = 0; i < this.#rejected; i++) {
      if (this.#rejectedAt[i]! < peak + T_WAVE_S * this.#fs) continue;
      this.#rejectedAt[kept] = this.#rejectedAt[i]!;
      this.#rejectedHeight[kept++] = this.#rejectedHeight[i]!;
    }
    this.#rejected = kept;
    for (const lead of this.#leads) if (lead.usable && lead.learned) lead.addBeat(lead.envelope.at(peak));
    return this.#fiducial(peak);
  }

  #meanRr(): number {
    const n = Math.min(RR_MEMORY, this.#rrCount);
    if (n === 0) return this.#fs;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += this.#rr[i]!;
    return sum / n;
  }

  /** The largest deflection of the best lead within the QRS. */
  #fiducial(peak: number): number {
    const signal = this.#leads[this.bestLead]!.morphology;
    const from = Math.max(signal.start, peak - Math.round(FIDUCIAL_FROM_S * this.#fs));
    const to = peak - Math.round(FIDUCIAL_TO_S * this.#fs);
    let mean = 0;
    for (let i = from; i <= to; i++) mean += signal.at(i);
    mean /= to - from + 1;
    let best = from;
    for (let i = from; i <= to; i++) if (Math.abs(signal.at(i) - mean) > Math.abs(signal.at(best) - mean)) best = i;
    return best - Math.round(MONITOR_BAND_DELAY_S * this.#fs);
  }
}
