/**
 * The encoder's input for every record, made once by the code that serving runs (recordToSegment, Preprocessor) and kept
 * in the cache as 16-bit whole microvolts: half a microvolt of rounding against the 1 µV steps of the recordings.
 *
 * Node maps no files into memory; a record is read from its shard each time it is asked for, which the page cache answers in
 * microseconds. So half a gigabyte is the system's to keep, once for all processes, and not each process's own.
 */
import { createHash } from 'node:crypto';
import { existsSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { Preprocessor } from '../../ecg/dsp/preprocess.ts';
import { recordToSegment } from '../../ecg/encoder-input.ts';
import { EcgError } from '../../ecg/errors.ts';
import { cacheDirectory } from '../../models/cache-directory.ts';
import { loadRecord } from '../../stream/recordings/library.ts';
import { replaceFile } from '../replace-file.ts';
import { INPUT_SPEC } from './input-spec.ts';

/** Records in one shard file; an interrupted preparation goes on after the last whole one. */
const SHARD_RECORDS = 1000;
const LEADS = INPUT_SPEC.leads.length;
const VALUES_PER_RECORD = LEADS * INPUT_SPEC.length;
const SCALE_UV = INPUT_SPEC.preprocessing.scaleUv;
/** To be raised when the preparation changes in a way the specification does not tell. */
const FORMAT = 1;

export interface Signals {
  /** Of the records and how they are prepared: what is made of them is kept under it. */
  readonly identity: string;
  readonly count: number;
  /** @returns [leads][length], in microvolts after preprocessing; valid until the next call */
  of(record: number): Int16Array;
}

/** Signals that are in memory. @param microvolts [records][leads][length] */
export const signalsInMemory = (microvolts: Int16Array): Signals => ({
  identity: identityOf(new Uint8Array(microvolts.buffer, microvolts.byteOffset, microvolts.byteLength)),
  count: microvolts.length / VALUES_PER_RECORD,
  of: (record) => microvolts.subarray(record * VALUES_PER_RECORD, (record + 1) * VALUES_PER_RECORD),
});

/**
 * Prepares what has not been prepared before.
 * @param directory of the database
 * @param records names relative to it
 * @param onProgress told the number of records done
 * @throws EcgError DATA_NOT_FOUND | DATA_CORRUPT
 */
export function prepareSignals(directory: string, records: readonly string[], onProgress: (done: number) => void = () => {}): Signals {
  // Of all that decides the content of shards, so that another specification never meets old ones.
  const identity = identityOf(JSON.stringify([FORMAT, INPUT_SPEC, records]));
  const cache = cacheDirectory(join('training', `signals-${identity}`));
  mkdirSync(cache, { recursive: true });
  const shards: number[] = [];
  for (let first = 0; first < records.length; first += SHARD_RECORDS) {
    const names = records.slice(first, first + SHARD_RECORDS);
    const path = join(cache, `${String(first).padStart(6, '0')}.i16`);
    if (!existsSync(path)) writeShard(path, directory, names);
    shards.push(openShard(path, names.length));
    onProgress(first + names.length);
  }
  const values = new Int16Array(VALUES_PER_RECORD);
  return {
    identity,
    count: records.length,
    of(record) {
      readSync(shards[Math.floor(record / SHARD_RECORDS)]!, values, 0, values.byteLength, (record % SHARD_RECORDS) * values.byteLength);
      return values;
    },
  };
}

const identityOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex').slice(0, 12);

/** @returns its file descriptor, open as long as the process */
function openShard(path: string, records: number): number {
  const file = openSync(path, 'r');
  const [expected, received] = [records * VALUES_PER_RECORD * Int16Array.BYTES_PER_ELEMENT, fstatSync(file).size];
  if (received === expected) return file;
  throw new EcgError('DATA_CORRUPT', 'a shard of prepared signals has the wrong length; delete it and prepare again', {
    expected: `${expected} bytes`, received: `${received}`, from: path });
}

function writeShard(path: string, directory: string, names: readonly string[]): void {
  const input = new RecordInput();
  const shard = new Int16Array(names.length * VALUES_PER_RECORD);
  names.forEach((name, row) => {
    const values = input.of(directory, name);
    for (let i = 0; i < VALUES_PER_RECORD; i++) shard[row * VALUES_PER_RECORD + i] = Math.round(values[i]! * SCALE_UV);
  });
  replaceFile(path, new Uint8Array(shard.buffer));
}

/** One record as the encoder is fed it; reuses its buffers. */
export class RecordInput {
  readonly #preprocessor = new Preprocessor(INPUT_SPEC.preprocessing, INPUT_SPEC.samplingFrequency, LEADS, INPUT_SPEC.length);
  readonly #out = new Float32Array(VALUES_PER_RECORD);

  /** @returns [leads][length], valid until the next call */
  of(directory: string, name: string): Float32Array {
    const { samplesUv, presence } = recordToSegment(loadRecord(directory, name), INPUT_SPEC);
    this.#preprocessor.run(samplesUv, presence, this.#out);
    return this.#out;
  }
}

/** The encoder's input of one record, from prepared signals. */
export function readInput(signals: Signals, record: number, out: Float32Array): void {
  const microvolts = signals.of(record);
  for (let i = 0; i < VALUES_PER_RECORD; i++) out[i] = microvolts[i]! / SCALE_UV;
}
