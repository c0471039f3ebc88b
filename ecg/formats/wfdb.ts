/**
 * WFDB records: bytes to record. Pure: whoever calls hands over the files' bytes.
 * Formats and defaults after the WFDB Applications Guide, header(5), signal(5) and annot(5).
 */
import { EcgError } from '../errors.ts';
import type { Lead } from '../leads.ts';
import { canonicalLead } from '../leads.ts';
import type { EcgRecord } from '../record.ts';
import { aduToMicrovolts, type Hz } from '../units.ts';
import { parseHeader, type WfdbHeader, type WfdbSignal } from './wfdb-header.ts';
import { checksumOf, MISSING_SAMPLE, unpackSignals } from './wfdb-signal.ts';

export { parseAnnotations } from './wfdb-annotation.ts';
export { parseHeader, type WfdbHeader, type WfdbSignal } from './wfdb-header.ts';
export { MISSING_SAMPLE } from './wfdb-signal.ts';

/** Gives the bytes of a file that lies beside the header. */
export type FileReader = (name: string) => Uint8Array;

/** A record as the converter gave it: whoever replays it loses nothing. */
export interface DigitalRecord {
  readonly name: string;
  readonly samplingFrequency: Hz;
  readonly leads: readonly Lead[];
  /** Planar, one array per lead, all of equal length; MISSING_SAMPLE where there is none. */
  readonly adu: readonly Int32Array[];
  /** adu per millivolt, one per lead. */
  readonly adcGain: readonly number[];
  /** adu at 0 mV, one per lead. */
  readonly baseline: readonly number[];
  /** Lowest and highest adu the converter can give, over all leads. */
  readonly railAdu: readonly [number, number];
  readonly comments: readonly string[];
}

/** Voltages, and how many of each make a millivolt. Signals in other units (pressure, pulse) are left out of a record. */
const PER_MILLIVOLT: Readonly<Record<string, number>> = { V: 0.001, mV: 1, uV: 1000, 'µV': 1000, nV: 1e6 };

/**
 * Reads the voltages of a record of one or several signal files, or of several segments with the same leads.
 * @param file gives the bytes of a file the header names; its errors pass through
 * @param from path or name, for the error
 * @throws EcgError WFDB_HEADER | WFDB_TRUNCATED | WFDB_FORMAT, and DATA_CORRUPT where `verify` is set and a checksum differs
 */
export function readDigitalRecord(headerText: string, file: FileReader, from: string, verify = false): DigitalRecord {
  const header = parseHeader(headerText, from);
  if (header.segments.length > 0) return joinSegments(header, file, from, verify);
  const all = readSignals(header, file, from);
  const length = all[0]?.length ?? 0;
  if (all.some((samples) => samples.length !== length)) {
    throw new EcgError('WFDB_TRUNCATED', 'the signal files hold records of different lengths', {
      expected: `${length} samples each`, received: all.map((samples) => samples.length).join(', '), from });
  }
  if (verify) header.signals.forEach((signal, i) => checkSum(signal, all[i]!, from));
  const voltages = header.signals.filter(isVoltage);
  if (voltages.length === 0) {
    throw new EcgError('WFDB_FORMAT', 'the record has no ECG signal', {
      expected: `a signal in ${Object.keys(PER_MILLIVOLT).join(', ')}`, received: header.signals.map(({ unit }) => unit).join(', ') || 'no signals', from });
  }
  return {
    name: header.name,
    samplingFrequency: header.samplingFrequency,
    leads: voltages.map(({ description }) => canonicalLead(description) ?? description),
    adu: all.filter((_, i) => isVoltage(header.signals[i]!)),
    adcGain: voltages.map(({ adcGain, unit }) => adcGain * PER_MILLIVOLT[unit]!),
    baseline: voltages.map(({ baseline }) => baseline),
    railAdu: [
      Math.min(...voltages.map(({ adcZero, resolutionBits }) => adcZero - 2 ** (resolutionBits - 1))),
      Math.max(...voltages.map(({ adcZero, resolutionBits }) => adcZero + 2 ** (resolutionBits - 1) - 1)),
    ],
    comments: header.comments,
  };
}

/** As `readDigitalRecord`, in microvolts; a missing sample is NaN. Throws as it does. */
export function readRecord(headerText: string, file: FileReader, from: string): EcgRecord {
  return toMicrovolts(readDigitalRecord(headerText, file, from));
}

/** The same record in microvolts; a missing sample is NaN. */
export function toMicrovolts(record: DigitalRecord): EcgRecord {
  const samplesUv = record.adu.map((adu, lead) => {
    const gain = record.adcGain[lead]!;
    const baseline = record.baseline[lead]!;
    const samples = new Float32Array(adu.length);
    for (let i = 0; i < adu.length; i++) samples[i] = adu[i] === MISSING_SAMPLE ? NaN : aduToMicrovolts(adu[i]!, gain, baseline);
    return samples;
  });
  const { name, samplingFrequency, leads, comments } = record;
  return { name, samplingFrequency, leads, samplesUv, comments };
}

/** Signals that share a file are interleaved in it, so the file is read once for all of them. */
function readSignals(header: WfdbHeader, file: FileReader, from: string): Int32Array[] {
  const out = new Array<Int32Array>(header.signals.length);
  for (const name of new Set(header.signals.map((signal) => signal.file))) {
    const places = header.signals.flatMap((signal, i) => (signal.file === name ? [i] : []));
    const first = header.signals[places[0]!]!;
    const other = places.map((i) => header.signals[i]!).find((signal) => signal.format !== first.format);
    if (other) {
      throw new EcgError('WFDB_HEADER', `${name} is described in two storage formats`, { expected: `${first.format}`, received: `${other.format}`, from });
    }
    const samples = unpackSignals(file(name), first.format, places.length, header.samples, first.byteOffset, `${from}, ${name}`);
    places.forEach((i, place) => (out[i] = samples[place]!));
  }
  return out;
}

function joinSegments(header: WfdbHeader, file: FileReader, from: string, verify: boolean): DigitalRecord {
  const parts = header.segments.map(({ record, samples }) => record === '~'
    ? { samples, part: undefined }
    : { samples, part: readDigitalRecord(latin1(file(`${record}.hea`)), file, `${from}, segment ${record}`, verify) });
  const first = parts.find(({ part }) => part !== undefined)?.part;
  if (!first) throw new EcgError('WFDB_HEADER', 'the record has only empty segments', { expected: 'at least one with samples', from });
  const layout = (part: DigitalRecord): string => JSON.stringify([part.leads, part.adcGain, part.baseline]);
  const total = parts.reduce((sum, { samples }) => sum + samples, 0);
  const adu = first.leads.map(() => new Int32Array(total).fill(MISSING_SAMPLE));
  let at = 0;
  for (const { samples, part } of parts) {
    if (part) {
      if (layout(part) !== layout(first)) {
        throw new EcgError('WFDB_FORMAT', 'segments of a record differ in leads or gains', { expected: layout(first), received: layout(part), from });
      }
      if (part.adu[0]!.length !== samples) {
        throw new EcgError('WFDB_HEADER', `segment ${part.name} has another length than the record says`, {
          expected: `${samples} samples`, received: `${part.adu[0]!.length}`, from });
      }
      part.adu.forEach((source, lead) => adu[lead]!.set(source, at));
    }
    at += samples;
  }
  return { ...first, name: header.name, samplingFrequency: header.samplingFrequency, adu, comments: header.comments };
}

const isVoltage = (signal: WfdbSignal): boolean => signal.unit in PER_MILLIVOLT;

function checkSum(signal: WfdbSignal, adu: Int32Array, from: string): void {
  if (signal.checksum === undefined) return;
  // Some writers store the checksum as an unsigned number.
  const expected = (signal.checksum << 16) >> 16;
  const received = checksumOf(adu, signal.format);
  if (received !== expected) {
    throw new EcgError('DATA_CORRUPT', `the samples of ${signal.description} are not those the header counted`, {
      expected: `checksum ${expected}`, received: `${received}`, from });
  }
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
