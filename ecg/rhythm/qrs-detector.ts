/**
 * Beats from all leads at once: peaks of the combined envelope. A peak is a beat where it stands above a threshold
 * between noise and QRS and above what surrounds it; where none came in time, the best smaller peak since is taken
 * after all. Figures without another source were chosen on the even-numbered records of mitdb.
 */
import type { Hz } from '../units.ts';
import { CombinedEnvelope, REFRACTORY_S, refractorySamples } from './combined-envelope.ts';
import type { LeadTrack } from './lead-track.ts';
import { deflectionBefore, rPeakBefore } from './r-peak.ts';

/** Where a T wave can be (Pan & Tompkins 1985); a peak there must clear the peaks usual there by a margin. */
const T_WAVE_S = 0.36;
const T_WAVE_MARGIN = 1.8;
const T_WAVE_FIRST = 0.3;
const T_WAVE_MOST = 0.6;
const T_WAVE_RATE = 1 / 8;
/** Place of the threshold between noise (0) and QRS (1). */
const THRESHOLD = 0.35;
/** A beat stands this much above the mean about it: muscle noise does not. */
const CONTRAST = 2;
const SURROUNDINGS_S = 0.8;
/** Half the stretch about a peak that is its own. */
const OWN_S = 0.12;
/** Where beats fill more than the rest of the surroundings, there is nothing to compare with. */
const SURROUNDINGS_LEAST = 0.3;
/** A tall, slow peak: from when, how high, and its share of the usual deflection. */
const TALL_FROM_S = 0.4;
const TALL_HEIGHT = 0.2;
const TALL_SHARE = 0.8;
/** Search back after this many mean RR without a beat (Pan & Tompkins 1985: 166 %), or a little past the longest. */
const SEARCH_BACK_RR = 1.5;
const SEARCH_BACK_LONGEST = 1.15;
const SEARCH_BACK_MOST_S = 2;
const SEARCH_BACK_SHARE = 0.5;
const SEARCH_BACK_CONTRAST = 2.4;
/**
 * Rejected peaks that follow each other like beats are all taken, not only the best: at least so many, each interval and
 * each height no more than so many times the least of them. Chosen on the even-numbered records of cinc2015 and mitdb.
 */
const SERIES_PEAKS = 3;
const SERIES_INTERVALS = 1.4;
const SERIES_HEIGHTS = 1.4;
/** Each stands out less than a single one, as the others are about it. */
const SERIES_CONTRAST = 1.7;
/** After this long without a beat the QRS may have become small for good: a smaller one will do, and counts for several. */
const LATE_S = 2.2;
const LATE_SHARE = 0.25;
const LATE_COUNTS = 3;
const RR_MEMORY = 8;
const MAX_REJECTED = 64;
/** How often the leads are weighed, seconds; a peak may then have moved by some samples. */
const WEIGH_S = 0.1;
const RESCAN = 10;
/** What came while the levels were being learned is searched once they are known, seconds. */
const LEARNING_S = 3;

export class QrsDetector {
  readonly #leads: readonly LeadTrack[];
  readonly #fs: Hz;
  readonly #combined: CombinedEnvelope;
  readonly #weighEvery: number;
  /** Samples after an envelope peak at which it is decided, where no search back is needed. */
  readonly delaySamples: number;
  readonly #rr = new Float64Array(RR_MEMORY);
  readonly #rejectedAt = new Float64Array(MAX_REJECTED);
  readonly #rejectedHeight = new Float64Array(MAX_REJECTED);
  #rejected = 0;
  #tWave = T_WAVE_FIRST;
  #rrCount = 0;
  #next = 1;
  #weighedAt = -Infinity;
  #lastCandidate = 0;
  #lastNoise = 0;
  /** Rejected peaks that are beats of a series and still to be given. */
  #inSeries = 0;
  #lastPeak = -1;
  #peakBefore = -1;

  constructor(leads: readonly LeadTrack[], fs: Hz) {
    this.#leads = leads;
    this.#fs = fs;
    this.delaySamples = refractorySamples(fs);
    this.#combined = new CombinedEnvelope(leads, this.delaySamples);
    this.#weighEvery = Math.round(WEIGH_S * fs);
  }

  /** Index of the R peak of the next beat decided by sample `newest`, or -1; call until -1. */
  next(newest: number): number {
    if (this.#inSeries > 0) {
      this.#inSeries -= 1;
      return this.#accept(this.#rejectedAt[0]!);
    }
    if (newest >= this.#weighedAt + this.#weighEvery) {
      this.#combined.weigh();
      this.#weighedAt = newest;
      // A peak may have moved back over the place where the search stands.
      this.#next = Math.max(1, this.#lastCandidate + 1, this.#next - RESCAN);
    }
    if (!this.#combined.known) {
      this.#next = Math.max(this.#next, newest - Math.round(LEARNING_S * this.#fs));
      return -1;
    }
    for (; this.#next <= newest - this.delaySamples; this.#next++) {
      if (!this.#combined.isPeak(this.#next)) continue;
      this.#lastCandidate = this.#next + RESCAN;
      const height = this.#combined.at(this.#next);
      const since = this.#lastPeak < 0 ? Infinity : (this.#next - this.#lastPeak) / this.#fs;
      if (since < REFRACTORY_S) continue;
      const threshold = this.#threshold();
      const needed = since < T_WAVE_S ? Math.max(threshold, Math.min(T_WAVE_MOST, T_WAVE_MARGIN * this.#tWave)) : threshold;
      const clear = height > CONTRAST * this.#surroundings(this.#next);
      if (clear && (height >= needed || this.#isTall(this.#next, height, since))) return this.#accept(this.#next++);
      this.#reject(this.#next, height, since);
    }
    return this.#searchBack(newest);
  }

  /** Mean envelope about the last beat as a share of its own: 0.1 in a clean lead, above 0.4 in noise. */
  get lastNoise(): number {
    return this.#lastNoise;
  }

  /** The lead whose QRS stands out most. */
  get bestLead(): number {
    return this.#combined.bestLead;
  }

  /** How much a lead counts; the shares of all leads add up to about 1. */
  readonly leadShare = (lead: number): number => this.#combined.share(lead);

  /** Forgets the last beat: after a gap its interval means nothing. */
  forgetLast(): void {
    this.#lastPeak = -1;
    this.#rejected = 0;
  }

  #threshold(): number {
    return Math.max(this.#combined.floor, this.#combined.noise + THRESHOLD * Math.max(0, 1 - this.#combined.noise));
  }

  /** Mean envelope about a peak, without the peak itself and the beats before it; 0 where too little is left. */
  #surroundings(peak: number): number {
    const from = Math.max(0, peak - Math.round(SURROUNDINGS_S * this.#fs));
    const to = peak + this.delaySamples;
    const own = Math.round(OWN_S * this.#fs);
    let sum = 0;
    let count = 0;
    for (let i = from; i < to; i++) {
      if (Math.abs(i - peak) <= own || Math.abs(i - this.#lastPeak) <= own || Math.abs(i - this.#peakBefore) <= own) continue;
      sum += this.#combined.at(i);
      count++;
    }
    return count < SURROUNDINGS_LEAST * (to - from) ? 0 : sum / count;
  }

  /** Slow and wide, but as tall as beats are: a ventricular beat has less slope than the usual ones. */
  #isTall(peak: number, height: number, since: number): boolean {
    if (since < TALL_FROM_S || height < TALL_HEIGHT) return false;
    const lead = this.#leads[this.#combined.bestLead]!;
    return lead.deflectionLevel > 0 && deflectionBefore(lead, peak, this.#fs) > TALL_SHARE * lead.deflectionLevel;
  }

  #reject(index: number, height: number, since: number): void {
    for (const lead of this.#leads) lead.addNoise(lead.envelope.at(index));
    if (since < T_WAVE_S) this.#tWave += T_WAVE_RATE * (height - this.#tWave);
    if (this.#rejected === MAX_REJECTED) return;
    this.#rejectedAt[this.#rejected] = index;
    this.#rejectedHeight[this.#rejected++] = height;
  }

  #searchBack(newest: number): number {
    const since = newest - Math.max(0, this.#lastPeak);
    if (this.#rejected === 0 || since < this.#overdue() + this.delaySamples) return -1;
    const late = since > LATE_S * this.#fs + this.delaySamples;
    const threshold = Math.max(this.#combined.floor, (late ? LATE_SHARE : SEARCH_BACK_SHARE) * this.#threshold());
    const series = this.#series(threshold);
    if (series > 0) {
      this.#inSeries = series - 1;
      return this.#accept(this.#rejectedAt[0]!);
    }
    let best = -1;
    for (let i = 0; i < this.#rejected; i++) {
      if (this.#rejectedAt[i]! < this.#lastPeak + T_WAVE_S * this.#fs) continue;
      if (this.#rejectedHeight[i]! < SEARCH_BACK_CONTRAST * this.#surroundings(this.#rejectedAt[i]!)) continue;
      if (this.#rejectedHeight[i]! >= threshold && (best < 0 || this.#rejectedHeight[i]! > this.#rejectedHeight[best]!)) best = i;
    }
    return best < 0 ? -1 : this.#accept(this.#rejectedAt[best]!, late ? LATE_COUNTS : 1);
  }

  /** How many of the rejected peaks, from the first on, are a series of beats; 0 where none is. */
  #series(threshold: number): number {
    let shortest = Infinity, longest = 0, lowest = Infinity, highest = 0;
    let before = this.#lastPeak;
    let count = 0;
    for (let i = 0; i < this.#rejected; i++) {
      const interval = this.#rejectedAt[i]! - before;
      const height = this.#rejectedHeight[i]!;
      shortest = Math.min(shortest, interval);
      longest = Math.max(longest, interval);
      lowest = Math.min(lowest, height);
      highest = Math.max(highest, height);
      if (height < Math.max(threshold, SERIES_CONTRAST * this.#surroundings(this.#rejectedAt[i]!)) || longest > SERIES_INTERVALS * shortest || highest > SERIES_HEIGHTS * lowest) break;
      before = this.#rejectedAt[i]!;
      count++;
    }
    return count >= SERIES_PEAKS ? count : 0;
  }

  #accept(peak: number, counts = 1): number {
    if (this.#lastPeak >= 0) this.#rr[this.#rrCount++ % RR_MEMORY] = peak - this.#lastPeak;
    if (this.#lastPeak >= 0) for (const lead of this.#leads) lead.addBackground(this.#lastPeak, peak);
    this.#lastNoise = this.#surroundings(peak) / Math.max(0.01, this.#combined.at(peak));
    this.#peakBefore = this.#lastPeak;
    this.#lastPeak = peak;
    let kept = 0;
    for (let i = 0; i < this.#rejected; i++) {
      if (this.#rejectedAt[i]! <= peak) continue;
      this.#rejectedAt[kept] = this.#rejectedAt[i]!;
      this.#rejectedHeight[kept++] = this.#rejectedHeight[i]!;
    }
    this.#rejected = kept;
    for (const lead of this.#leads) {
      if (!lead.usable || !lead.learned) continue;
      for (let i = 0; i < counts; i++) lead.addBeat(lead.envelope.at(peak), deflectionBefore(lead, peak, this.#fs));
    }
    return rPeakBefore(this.#leads[this.#combined.bestLead]!, peak, this.#fs);
  }

  /** Samples after the last beat from which on a beat is missed. */
  #overdue(): number {
    const n = Math.min(RR_MEMORY, this.#rrCount);
    if (n === 0) return SEARCH_BACK_RR * this.#fs;
    let sum = 0;
    let longest = 0;
    for (let i = 0; i < n; i++) {
      sum += this.#rr[i]!;
      longest = Math.max(longest, this.#rr[i]!);
    }
    return Math.max((SEARCH_BACK_RR * sum) / n, Math.min(SEARCH_BACK_LONGEST * longest, SEARCH_BACK_MOST_S * this.#fs));
  }
}
