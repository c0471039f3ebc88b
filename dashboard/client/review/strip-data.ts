/** Stored runs as the leads of one stretch of time: aligned, filtered as chosen, missing where nothing was stored. */
import { BandFilter, DISPLAY_BANDS } from '../../../ecg/dsp/display-band.ts';
import { hz } from '../../../ecg/units.ts';
import type { StoredBeat, StoredRun } from './history-client.ts';

/** Filters by the name of their bandwidth. */
export const BANDS = [
  { name: '0.5-40 Hz', ...DISPLAY_BANDS.monitor },
  { name: '0.05-150 Hz', ...DISPLAY_BANDS.diagnostic },
  { name: '', highPassHz: 0, lowPassHz: Infinity },
] as const;
export type Band = (typeof BANDS)[number];

/** Fetched before a strip so that the 0.5 Hz high-pass has settled where the strip begins. */
export const LEAD_IN_MS = 10_000;

export interface StripLead {
  readonly lead: string;
  /** Microvolts from the strip's start on; NaN = missing. */
  readonly samplesUv: Float32Array;
}

export interface StripData {
  readonly bed: string;
  /** Time of the first sample. */
  readonly fromMs: number;
  readonly seconds: number;
  readonly samplingFrequencyHz: number;
  readonly leads: readonly StripLead[];
  readonly beats: readonly StoredBeat[];
  readonly band: Band;
}

/** @returns undefined where nothing is stored in the stretch itself */
export function stripOf(bed: string, runs: readonly StoredRun[], beats: readonly StoredBeat[], fromMs: number, seconds: number, band: Band): StripData | undefined {
  const toMs = fromMs + seconds * 1000;
  const inside = runs.filter((run) => run.startMs < toMs && endOf(run) > fromMs);
  const longest = inside.reduce<StoredRun | undefined>((best, run) => (best && lengthOf(best) >= lengthOf(run) ? best : run), undefined);
  if (!longest) return undefined;
  // A bed whose feed changed within the stretch shows the signal that has most of it; the other is a gap.
  const { samplingFrequencyHz: fs, leads } = longest.signal;
  const same = runs.filter((run) => run.signal.samplingFrequencyHz === fs && run.signal.leads.join() === leads.join());
  const startMs = fromMs - LEAD_IN_MS;
  const first = Math.round((LEAD_IN_MS * fs) / 1000);
  const count = Math.round(seconds * fs);
  return {
    bed, fromMs, seconds, samplingFrequencyHz: fs, band,
    beats: beats.filter(({ atMs }) => atMs >= fromMs && atMs < toMs),
    leads: leads.map((lead, i) => {
      const all = new Float32Array(first + count).fill(NaN);
      for (const run of same) place(run.samplesUv[i]!, Math.round(((run.startMs - startMs) * fs) / 1000), all);
      return { lead, samplesUv: filtered(all, fs, band).slice(first) };
    }),
  };
}

function place(samples: readonly (number | null)[], at: number, out: Float32Array): void {
  for (let i = Math.max(0, -at); i < samples.length && at + i < out.length; i++) {
    const value = samples[i];
    if (value !== null && value !== undefined) out[at + i] = value;
  }
}

/** Causal, as on the live page; begun anew in the settled state after every gap. */
function filtered(samples: Float32Array, fs: number, band: Band): Float32Array {
  const filter = new BandFilter(band, hz(fs));
  return samples.map((sample) => filter.next(sample));
}

const lengthOf = (run: StoredRun): number => run.samplesUv[0]?.length ?? 0;
const endOf = (run: StoredRun): number => run.startMs + (lengthOf(run) * 1000) / run.signal.samplingFrequencyHz;
