/** Any interval of the history as a file of a common format. */
import { zipSync } from 'fflate';
import { writeEdf } from '../../ecg/formats/edf-write.ts';
import { fhirObservation, writeCsv } from '../../ecg/formats/text-exports.ts';
import { writeWfdb } from '../../ecg/formats/wfdb-write.ts';
import { MISSING_SAMPLE } from '../../ecg/formats/wfdb-signal.ts';
import type { DigitalRecord } from '../../ecg/formats/wfdb.ts';
import { EcgError } from '../../ecg/errors.ts';
import type { Annotation } from '../../ecg/record.ts';
import { hz } from '../../ecg/units.ts';
import type { BeatMark, HistoryEvent, Interval, Signal, WaveformRun } from './store.ts';
import { leadMicrovolts } from './waveform.ts';

export const EXPORT_FORMATS = ['wfdb', 'edf', 'csv', 'fhir'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportedFile {
  readonly name: string;
  /** MIME type. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** For feeds of microvolts, adu per millivolt: from a tenth of a microvolt (3.2 mV fit in 16 bits) to 20, for the +-500 mV that a frame may hold. */
const FLOAT_GAINS = [10_000, 5000, 2000, 1000, 500, 200, 100, 50] as const;
const BEAT_SYMBOLS = { normal: 'N', ventricular: 'V', paced: '/', unclassified: 'Q' } as const;

/** What the history has of one interval. */
export interface IntervalContent {
  readonly runs: readonly WaveformRun[];
  readonly beats: readonly BeatMark[];
  readonly events: readonly HistoryEvent[];
}

/**
 * The signal that lasts longest in the interval, with gaps as missing samples; WFDB and EDF carry beats and alarms.
 * @throws EcgError HISTORY_QUERY where nothing was stored, RECORDING_FORMAT | WFDB_FORMAT where the format cannot hold it
 */
export function exportedFile({ runs, beats, events }: IntervalContent, query: Interval, format: ExportFormat): ExportedFile {
  const { record, startMs } = joinRuns(runs, query);
  const stem = record.name;
  const annotations = annotationsOf(beats, events, record, startMs);
  switch (format) {
    case 'csv':
      return { name: `${stem}.csv`, type: 'text/csv', bytes: new TextEncoder().encode(writeCsv(record, startMs)) };
    case 'fhir':
      return { name: `${stem}.json`, type: 'application/fhir+json', bytes: new TextEncoder().encode(JSON.stringify(fhirObservation(record, startMs, query.bed))) };
    case 'wfdb':
      return { name: `${stem}.zip`, type: 'application/zip', bytes: zipSync(writeWfdb(record, startMs, annotations)) };
    case 'edf':
      return { name: `${stem}.edf`, type: 'application/edf', bytes: writeEdf(record, startMs, annotations) };
  }
}

/**
 * One record of the signal that lasts longest in all; runs of another epoch join where their signal is the same. What is
 * left out, as it has other leads, another rate or another scale, is said in the comments.
 */
export function joinRuns(runs: readonly WaveformRun[], query: Interval): { record: DigitalRecord; startMs: number } {
  const groups = new Map<string, WaveformRun[]>();
  for (const run of runs) {
    const layout = layoutOf(run.signal);
    const group = groups.get(layout);
    if (group) group.push(run);
    else groups.set(layout, [run]);
  }
  const secondsOf = (group: readonly WaveformRun[]): number => group.reduce((sum, { signal, samples }) => sum + samples[0]!.length / signal.samplingFrequencyHz, 0);
  const [used, ...others] = [...groups.values()].sort((one, other) => secondsOf(other) - secondsOf(one));
  if (!used) throw new EcgError('HISTORY_QUERY', 'nothing was stored in the interval', { expected: 'a bed and time of /history/beds', received: query.bed, from: '/history/export' });
  const { signal } = used[0]!;
  const startMs = Math.min(...used.map((run) => run.startMs));
  const fs = signal.samplingFrequencyHz;
  const placeOf = (run: WaveformRun): number => Math.round(((run.startMs - startMs) * fs) / 1000);
  const length = Math.max(...used.map((run) => placeOf(run) + run.samples[0]!.length));
  // Of a feed of microvolts, seconds that are whole adu by chance, as a flat line is, are stored as such.
  const scales = used.some((run) => run.signal.encoding === 'float32') ? signal.leads.map((_, lead) => floatScale(used, lead)) : undefined;
  const adu = signal.leads.map((_, lead) => {
    const out = new Int32Array(length).fill(MISSING_SAMPLE);
    for (const run of used) out.set(scales ? scaled(run, lead, scales[lead]!) : run.samples[lead]!, placeOf(run));
    return out;
  });
  const stamp = new Date(Math.round(startMs)).toISOString().replace(/[-:]|\.\d+/g, '');
  return {
    startMs,
    record: {
      name: `${query.bed}-${stamp}`, samplingFrequency: hz(fs), leads: signal.leads, adu,
      adcGain: scales ? scales.map(({ adcGain }) => adcGain) : signal.adcGain,
      baseline: scales ? scales.map(({ baseline }) => baseline) : signal.baseline,
      railAdu: [-32_767, 32_767],
      comments: [
        `bed ${query.bed}, exported by Leadwatch`,
        ...(scales ? [`the feed sent microvolts; samples are rounded to ${1000 / Math.min(...scales.map(({ adcGain }) => adcGain))} uV`] : []),
        ...(others.length > 0 ? [`left out: ${others.reduce((sum, group) => sum + secondsOf(group), 0).toFixed(1)} s of other leads, another rate or another scale`] : []),
      ],
    },
  };
}

/** What makes samples of two runs comparable; how they are encoded is of each block alone. */
const layoutOf = ({ samplingFrequencyHz, leads, adcGain, baseline }: Signal): string => JSON.stringify([samplingFrequencyHz, leads, adcGain, baseline]);

interface LeadScale {
  readonly adcGain: number;
  readonly baseline: number;
}

/** A tenth of a microvolt where that fits in 16 bits; for a lead far from zero or of large voltages the finest step that does. */
function floatScale(runs: readonly WaveformRun[], lead: number): LeadScale {
  let low = 0, high = 0, any = false;
  for (const run of runs) {
    for (const value of leadMicrovolts(run.samples[lead]!, run.signal, lead)) {
      if (Number.isNaN(value)) continue;
      if (!any || value < low) low = value;
      if (!any || value > high) high = value;
      any = true;
    }
  }
  const [finest] = FLOAT_GAINS;
  const fits = (microvolts: number, gain: number): boolean => (microvolts * gain) / 1000 < 32_767;
  if (fits(Math.max(-low, high), finest)) return { adcGain: finest, baseline: 0 };
  const adcGain = FLOAT_GAINS.find((gain) => fits((high - low) / 2 + 1, gain)) ?? FLOAT_GAINS.at(-1)!;
  return { adcGain, baseline: Math.round((-(low + high) / 2) * adcGain / 1000) };
}

const scaled = (run: WaveformRun, lead: number, { adcGain, baseline }: LeadScale): Int32Array => Int32Array.from(leadMicrovolts(run.samples[lead]!, run.signal, lead),
  (value) => (Number.isNaN(value) ? MISSING_SAMPLE : Math.round((value * adcGain) / 1000) + baseline));

function annotationsOf(beats: readonly BeatMark[], events: readonly HistoryEvent[], record: DigitalRecord, startMs: number): Annotation[] {
  const sampleOf = (atMs: number): number => Math.max(0, Math.round(((atMs - startMs) * record.samplingFrequency) / 1000));
  return [
    ...beats.map((beat) => ({ sample: sampleOf(beat.atMs), symbol: BEAT_SYMBOLS[beat.class], aux: '', subtype: 0 })),
    ...events.filter(({ kind }) => kind !== 'feed').map((event) => event.kind === 'annotation'
      ? { sample: sampleOf(event.atMs), symbol: event.name, aux: String(event.detail['text'] ?? ''), subtype: 0 }
      : { sample: sampleOf(event.atMs), symbol: '"', aux: `${event.name} ${String(event.detail['state'] ?? '')}`.trim(), subtype: 0 }),
  ].sort((a, b) => a.sample - b.sample);
}
