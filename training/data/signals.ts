/**
 * The encoder's input for every record, made once by the code that serving runs (recordToSegment, Preprocessor) and kept
 * in the cache as 16-bit whole microvolts: half a microvolt of rounding against the 1 µV steps of the recordings.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Preprocessor } from '../../ecg/dsp/preprocess.ts';
import { recordToSegment } from '../../ecg/encoder-input.ts';
import { EcgError } from '../../ecg/errors.ts';
import { cacheDirectory } from '../../models/cache-directory.ts';
import { loadRecord } from '../../stream/recordings/library.ts';
import { INPUT_SPEC } from './input-spec.ts';

/** Records in one shard file; an interrupted preparation goes on after the last whole one. */
const SHARD_RECORDS = 1000;
const LEADS = INPUT_SPEC.leads.length;
const VALUES_PER_RECORD = LEADS * INPUT_SPEC.length;
const SCALE_UV = INPUT_SPEC.preprocessing.scaleUv;
/** To be raised when the preparation changes in a way the specification does not tell. */
const FORMAT = 1;

export interface Signals {
  /** [records][leads][length], in microvolts after preprocessing. */
  readonly microvolts: Int16Array;
  readonly count: number;
}

/**
 * @param directory of the database
 * @param records names relative to it
 * @param onProgress told the number of records done
 * @throws EcgError DATA_NOT_FOUND | DATA_CORRUPT
 */
export function prepareSignals(directory: string, records: readonly string[], onProgress: (done: number) => void = () => {}): Signals {
  const cache = shardDirectory(records);
  mkdirSync(cache, { recursive: true });
  const microvolts = new Int16Array(records.length * VALUES_PER_RECORD);
  for (let first = 0; first < records.length; first += SHARD_RECORDS) {
    const names = records.slice(first, first + SHARD_RECORDS);
    const target = microvolts.subarray(first * VALUES_PER_RECORD, (first + names.length) * VALUES_PER_RECORD);
    const path = join(cache, `${String(first).padStart(6, '0')}.i16`);
    if (existsSync(path)) readShard(path, target);
    else writeShard(path, directory, names, target);
    onProgress(first + names.length);
  }
  return { microvolts, count: records.length };
}

/** Named after all that decides its content, so that another specification never meets old shards. */
const shardDirectory = (records: readonly string[]): string => {
  const identity = createHash('sha256').update(JSON.stringify([FORMAT, INPUT_SPEC, records])).digest('hex').slice(0, 12);
  return cacheDirectory(join('training', `signals-${identity}`));
};

function readShard(path: string, target: Int16Array): void {
  const bytes = readFileSync(path);
  if (bytes.length !== target.byteLength) {
    throw new EcgError('DATA_CORRUPT', 'a shard of prepared signals has the wrong length; delete it and prepare again', {
      expected: `${target.byteLength} bytes`, received: `${bytes.length}`, from: path });
  }
  new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes);
}

function writeShard(path: string, directory: string, names: readonly string[], target: Int16Array): void {
  const input = new RecordInput();
  names.forEach((name, row) => {
    const values = input.of(directory, name);
    for (let i = 0; i < VALUES_PER_RECORD; i++) target[row * VALUES_PER_RECORD + i] = Math.round(values[i]! * SCALE_UV);
  });
  writeFileSync(`${path}.partial`, new Uint8Array(target.buffer, target.byteOffset, target.byteLength));
  renameSync(`${path}.partial`, path);
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
export function readInput({ microvolts }: Signals, record: number, out: Float32Array): void {
  const from = record * VALUES_PER_RECORD;
  for (let i = 0; i < VALUES_PER_RECORD; i++) out[i] = microvolts[from + i]! / SCALE_UV;
}
