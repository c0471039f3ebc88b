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
import type { BeatMark, HistoryEvent, Interval, WaveformRun } from './store.ts';
import { leadMicrovolts, sameSignal } from './waveform.ts';

export const EXPORT_FORMATS = ['wfdb', 'edf', 'csv', 'fhir'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportedFile {
  readonly name: string;
  /** MIME type. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** For feeds of microvolts: a tenth of a microvolt, and 3.2 mV fit in 16 bits. */
const FLOAT_GAIN = 10_000;
const BEAT_SYMBOLS = { normal: 'N', ventricular: 'V', paced: '/', unclassified: 'Q' } as const;

/** What the history has of one interval. */
export interface IntervalContent {
  readonly runs: readonly WaveformRun[];
  readonly beats: readonly BeatMark[];
  readonly events: readonly HistoryEvent[];
}

/**
 * The longest stretch of one signal in the interval, with gaps as missing samples; WFDB and EDF carry beats and alarms.
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

/** One record of the signal that has most samples; runs of another epoch join where their signal is the same. */
export function joinRuns(runs: readonly WaveformRun[], query: Interval): { record: DigitalRecord; startMs: number } {
  const lengthOf = (run: WaveformRun): number => run.samples[0]!.length;
  const longest = runs.reduce<WaveformRun | undefined>((best, run) => (!best || lengthOf(run) > lengthOf(best) ? run : best), undefined);
  if (!longest) throw new EcgError('HISTORY_QUERY', 'nothing was stored in the interval', { expected: 'a bed and time of /history/beds', received: query.bed, from: '/history/export' });
  const { signal } = longest;
  const used = runs.filter((run) => sameSignal(run.signal, signal));
  const startMs = Math.min(...used.map((run) => run.startMs));
  const fs = signal.samplingFrequencyHz;
  const placeOf = (run: WaveformRun): number => Math.round(((run.startMs - startMs) * fs) / 1000);
  const length = Math.max(...used.map((run) => placeOf(run) + lengthOf(run)));
  const float = signal.encoding === 'float32';
  const adu = signal.leads.map((_, lead) => {
    const out = new Int32Array(length).fill(MISSING_SAMPLE);
    for (const run of used) out.set(float ? scaled(run, lead) : run.samples[lead]!, placeOf(run));
    return out;
  });
  const stamp = new Date(Math.round(startMs)).toISOString().replace(/[-:]|\.\d+/g, '');
  return {
    startMs,
    record: {
      name: `${query.bed}-${stamp}`, samplingFrequency: hz(fs), leads: signal.leads, adu,
      adcGain: float ? signal.leads.map(() => FLOAT_GAIN) : signal.adcGain,
      baseline: float ? signal.leads.map(() => 0) : signal.baseline,
      railAdu: [-32_767, 32_767],
      comments: [`bed ${query.bed}, exported by Leadwatch`, ...(float ? ['the feed sent microvolts; samples are rounded to 0.1 uV'] : [])],
    },
  };
}

const scaled = (run: WaveformRun, lead: number): Int32Array => Int32Array.from(leadMicrovolts(run.samples[lead]!, run.signal, lead),
  (value) => (Number.isNaN(value) ? MISSING_SAMPLE : Math.round((value * FLOAT_GAIN) / 1000)));

function annotationsOf(beats: readonly BeatMark[], events: readonly HistoryEvent[], record: DigitalRecord, startMs: number): Annotation[] {
  const sampleOf = (atMs: number): number => Math.max(0, Math.round(((atMs - startMs) * record.samplingFrequency) / 1000));
  return [
    ...beats.map((beat) => ({ sample: sampleOf(beat.atMs), symbol: BEAT_SYMBOLS[beat.class], aux: '', subtype: 0 })),
    ...events.filter(({ kind }) => kind !== 'feed').map((event) => event.kind === 'annotation'
      ? { sample: sampleOf(event.atMs), symbol: event.name, aux: String(event.detail['text'] ?? ''), subtype: 0 }
      : { sample: sampleOf(event.atMs), symbol: '"', aux: `${event.name} ${String(event.detail['state'] ?? '')}`.trim(), subtype: 0 }),
  ].sort((a, b) => a.sample - b.sample);
}
