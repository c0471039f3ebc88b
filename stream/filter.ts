/**
 * The display filter: a bed's leads as its page shows them, in the monitor or the diagnostic band. It is for eyes only;
 * rules, model, alarms and history read the samples before it.
 *
 * Both bands run all the time, and each block is shown in the one that is wanted: after a switch the page shows what it
 * would have shown had that band been on all along. Nothing has to settle, so nothing can be drawn as signal that is
 * none. Where the signal begins or comes back after a gap, both start settled on its first sample. The 0.5 Hz high-pass
 * finds the baseline within a second or two; the 0.05 Hz one takes up to ten times as long, and shows breathing and
 * slow drift as they are: that is what it is for.
 */
import { BandFilter, DISPLAY_BAND_NAMES, DISPLAY_BANDS, type DisplayBand } from '../ecg/dsp/display-band.ts';
import { hz, type Hz } from '../ecg/units.ts';

/**
 * A page needs no more (25 mm/s at 96 dpi shows 94 pixels a second); the diagnostic band needs no less. A feed of twice
 * as much and more is thinned by whole steps, to 500 Hz up to 1000 Hz.
 */
const MIN_SHOWN_FREQUENCY = 500;
/**
 * Of the diagnostic band's low-pass where samples are left out after it. What lies above 350 Hz would fold into the band
 * at 500 Hz shown: a sixth order leaves 1/161 of it. The 40 Hz low-pass leaves 1/132 of its first, at 460 Hz, by its second.
 */
const THINNED_DIAGNOSTIC_ORDER = 6;

export const thinningOf = (fs: Hz): number => Math.max(1, Math.floor(fs / MIN_SHOWN_FREQUENCY));

export const shownFrequency = (fs: Hz): Hz => hz(fs / thinningOf(fs));

/** The display filter of one epoch of one bed. */
export class DisplayFilter {
  readonly #leads: readonly Readonly<Record<DisplayBand, BandFilter>>[];
  readonly #thinning: number;
  #index = 0; // of the next sample, on the feed's axis

  constructor(fs: Hz, leadCount: number) {
    this.#thinning = thinningOf(fs);
    this.#leads = Array.from({ length: leadCount }, () => ({
      monitor: new BandFilter(DISPLAY_BANDS.monitor, fs),
      diagnostic: new BandFilter(DISPLAY_BANDS.diagnostic, fs, this.#thinning > 1 ? THINNED_DIAGNOSTIC_ORDER : undefined),
    }));
  }

  /** Passes over samples that never came. */
  skip(count: number): void {
    this.#index += count;
    for (const lead of this.#leads) for (const band of DISPLAY_BAND_NAMES) lead[band].next(NaN);
  }

  /** @returns the samples shown in `band` and the index of the first on the shown axis (the feed's index / thinning) */
  push(samplesUv: readonly Float32Array[], band: DisplayBand): { startIndex: number; samplesUv: Float32Array[] } {
    const count = samplesUv[0]!.length;
    const first = Math.ceil(this.#index / this.#thinning);
    const shownCount = Math.ceil((this.#index + count) / this.#thinning) - first;
    const shown = samplesUv.map((samples, lead) => {
      const out = new Float32Array(shownCount);
      for (const each of DISPLAY_BAND_NAMES) {
        const filter = this.#leads[lead]![each];
        for (let i = 0; i < count; i++) {
          const value = filter.next(samples[i]!);
          if (each === band && (this.#index + i) % this.#thinning === 0) out[(this.#index + i) / this.#thinning - first] = value;
        }
      }
      return out;
    });
    this.#index += count;
    return { startIndex: first, samplesUv: shown };
  }
}
