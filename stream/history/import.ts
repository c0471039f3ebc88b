/** A record of another system as the past of a bed. */
import { unzipSync } from 'fflate';
import { EcgError } from '../../ecg/errors.ts';
import { readEdf } from '../../ecg/formats/edf.ts';
import { parseAnnotations, parseHeader, readDigitalRecord, type DigitalRecord } from '../../ecg/formats/wfdb.ts';
import type { Annotation } from '../../ecg/record.ts';
import { EMPTY_BATCH, type HistoryBatch, type HistoryStore, type Signal, type WaveformBlock } from './store.ts';

/** Seconds in one transaction. */
const BATCH_SECONDS = 60;

export interface PastRecord {
  readonly record: DigitalRecord;
  readonly startMs: number;
  readonly annotations: readonly Annotation[];
}

/** A zip that unpacks to more than a day of twelve leads at 500 Hz is no record. */
const MAX_UNPACKED_BYTES = 2 ** 30;
const ZIP_MARK = 0x4b50;

/**
 * @param bytes an EDF file, or a zip of a WFDB record's files as `export` gives
 * @param startMs time of the first sample; without it the one in the file
 * @throws EcgError RECORDING_FORMAT | WFDB_*, and HISTORY_QUERY where the time is nowhere said
 */
export function pastRecord(bytes: Uint8Array, name: string, startMs: number | undefined): PastRecord {
  if (bytes.length > 2 && (bytes[0]! | (bytes[1]! << 8)) === ZIP_MARK) return pastWfdb(unzipped(bytes, name), name, startMs);
  const edf = readEdf(bytes, name);
  return { ...edf, startMs: startMs ?? edf.startMs };
}

function unzipped(bytes: Uint8Array, name: string): Record<string, Uint8Array> {
  let total = 0;
  try {
    return unzipSync(bytes, { filter: ({ originalSize }) => {
      total += originalSize;
      if (total > MAX_UNPACKED_BYTES) throw new RangeError(`more than ${MAX_UNPACKED_BYTES} bytes in it`);
      return true;
    } });
  } catch (cause) {
    throw new EcgError('RECORDING_FORMAT', 'the zip cannot be unpacked', { expected: 'a zip of a WFDB record', received: (cause as Error).message, from: name, cause });
  }
}

/** @param files of one record by name: header, signals, annotations */
export function pastWfdb(files: Readonly<Record<string, Uint8Array>>, name: string, startMs: number | undefined): PastRecord {
  const headers = Object.keys(files).filter((file) => file.endsWith('.hea'));
  const latin1 = (file: string): string => new TextDecoder('latin1').decode(files[file]);
  // A record of several segments has a header for each, and one that names them.
  const header = headers.find((file) => parseHeader(latin1(file), file).segments.length > 0) ?? headers[0];
  if (header === undefined) throw new EcgError('RECORDING_FORMAT', 'no WFDB header is among the files', { expected: 'NAME.hea', received: Object.keys(files).slice(0, 5).join(', ') || 'no files', from: name });
  const text = latin1(header);
  const startsAt = startMs ?? parseHeader(text, name).startMs;
  if (startsAt === undefined) throw new EcgError('HISTORY_QUERY', 'the record does not say when it began', { expected: 'the time of its first sample, ISO 8601', received: 'none', from: name });
  const record = readDigitalRecord(text, (file) => {
    const found = files[file];
    if (!found) throw new EcgError('WFDB_TRUNCATED', 'a file of the record is missing', { expected: file, received: Object.keys(files).join(', '), from: name });
    return found;
  }, name);
  const marks = `${header.slice(0, -'.hea'.length)}.atr`;
  return { record, startMs: startsAt, annotations: files[marks] ? parseAnnotations(files[marks], marks) : [] };
}

export interface Imported {
  readonly bed: string;
  readonly startMs: number;
  readonly seconds: number;
  readonly leads: readonly string[];
  readonly annotations: number;
}

/** May be given again: nothing is stored twice. @throws EcgError HISTORY_WRITE */
export async function importPast(store: HistoryStore, bed: string, past: PastRecord): Promise<Imported> {
  for (const batch of pastBatches(bed, past)) await store.append(batch);
  const { record: { adu, samplingFrequency, leads }, startMs, annotations } = past;
  return { bed, startMs, seconds: (adu[0]?.length ?? 0) / samplingFrequency, leads, annotations: annotations.length };
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
