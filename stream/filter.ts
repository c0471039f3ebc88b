/**
 * The display band: causal 0.5-40 Hz per lead, as monitors show it. Missing samples stay missing; after a gap the
 * filter starts anew in the settled state, so that no transient is drawn as if it were signal.
 */
import { BiquadCascade, highPass, lowPass } from '../ecg/dsp/biquad.ts';
import { hz, type Hz } from '../ecg/units.ts';

/** Monitor bandwidth of IEC 60601-2-27 devices. */
export const MONITOR_BAND = { highPassHz: 0.5, lowPassHz: 40, name: 'monitor 0.5-40 Hz' } as const;
/** A page needs no more: 25 mm/s at 96 dpi shows 94 pixels a second. */
export const MAX_SHOWN_FREQUENCY = 500;
/** The low-pass is left out where it would lie within a tenth of the Nyquist frequency (feeds below 90 Hz). */
const NYQUIST_MARGIN = 0.45;

/** Thins by whole steps only: the 40 Hz low-pass before it leaves nothing to alias. */
export const thinningOf = (fs: Hz): number => Math.ceil(fs / MAX_SHOWN_FREQUENCY);

export const shownFrequency = (fs: Hz): Hz => hz(fs / thinningOf(fs));

class LeadFilter {
  readonly #cascade: BiquadCascade;
  #settled = false;

  constructor(fs: Hz) {
    const sections = [highPass(hz(MONITOR_BAND.highPassHz), fs)];
    if (MONITOR_BAND.lowPassHz < NYQUIST_MARGIN * fs) sections.push(lowPass(hz(MONITOR_BAND.lowPassHz), fs));
    this.#cascade = new BiquadCascade(sections);
  }

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

/** The display filter of one epoch of one bed. */
export class DisplayFilter {
  readonly #leads: readonly LeadFilter[];
  readonly #thinning: number;
  #index = 0; // of the next sample, on the feed's axis

  constructor(fs: Hz, leadCount: number) {
    this.#leads = Array.from({ length: leadCount }, () => new LeadFilter(fs));
    this.#thinning = thinningOf(fs);
  }

  /** Passes over samples that never came. */
  skip(count: number): void {
    this.#index += count;
    for (const lead of this.#leads) lead.next(NaN);
  }

  /** @returns the shown samples and the index of the first on the shown axis (the feed's index / thinning) */
  push(samplesUv: readonly Float32Array[]): { startIndex: number; samplesUv: Float32Array[] } {
    const count = samplesUv[0]!.length;
    const first = Math.ceil(this.#index / this.#thinning);
    const shownCount = Math.ceil((this.#index + count) / this.#thinning) - first;
    const shown = samplesUv.map((samples, lead) => {
      const filter = this.#leads[lead]!;
      const out = new Float32Array(shownCount);
      for (let i = 0; i < count; i++) {
        const value = filter.next(samples[i]!);
        if ((this.#index + i) % this.#thinning === 0) out[(this.#index + i) / this.#thinning - first] = value;
      }
      return out;
    });
    this.#index += count;
    return { startIndex: first, samplesUv: shown };
  }
}
