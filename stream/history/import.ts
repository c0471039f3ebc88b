/** A record of another system as the past of a bed. */
import type { DigitalRecord } from '../../ecg/formats/wfdb.ts';
import type { Annotation } from '../../ecg/record.ts';
import { EMPTY_BATCH, type HistoryBatch, type Signal, type WaveformBlock } from './store.ts';

/** Seconds in one transaction. */
const BATCH_SECONDS = 60;

export interface PastRecord {
  readonly record: DigitalRecord;
  readonly startMs: number;
  readonly annotations: readonly Annotation[];
}

/** The record in batches of a minute, under epoch 0; every annotation becomes an event. */
export function* pastBatches(bed: string, { record, startMs, annotations }: PastRecord): Generator<HistoryBatch> {
  const { samplingFrequency: fs, leads, adu, adcGain, baseline, name } = record;
  const signal: Signal = { samplingFrequencyHz: fs, leads, encoding: 'adu', adcGain, baseline };
  const length = adu[0]?.length ?? 0;
  const seconds = Math.ceil(length / fs);
  for (let from = 0; from < seconds; from += BATCH_SECONDS) {
    const to = Math.min(seconds, from + BATCH_SECONDS);
    const waveforms = Array.from({ length: to - from }, (_, i) => blockOf(from + i)).filter((block): block is WaveformBlock => block !== undefined);
    const events = annotations.filter(({ sample }) => sample >= from * fs && sample < to * fs).map(({ sample, symbol, aux }) => ({
      bed, atMs: startMs + (sample * 1000) / fs, kind: 'annotation' as const, name: symbol, id: `${name}/${sample}/${symbol}`, detail: { text: aux, record: name } }));
    yield { ...EMPTY_BATCH, waveforms, events };
  }

  function blockOf(second: number): WaveformBlock | undefined {
    const first = Math.ceil(second * fs);
    const last = Math.min(length, Math.ceil((second + 1) * fs));
    if (last <= first) return undefined;
    const samples = new Int32Array(leads.length * (last - first));
    adu.forEach((lead, i) => samples.set(lead.subarray(first, last), i * (last - first)));
    return { bed, epoch: 0, startMs: startMs + (first * 1000) / fs, startIndex: first, signal, samples };
  }
}
