/**
 * EDF+ (Kemp & Olivan 2003, edfplus.info): records to bytes and bytes to records. Signals are stored as the converter
 * gave them; EDF has no mark for a missing sample, so the digital minimum stands for it, as in WFDB's format 16.
 */
import { EcgError } from '../errors.ts';
import { canonicalLead } from '../leads.ts';
import type { Annotation } from '../record.ts';
import { hz } from '../units.ts';
import { MISSING_SAMPLE } from './wfdb-signal.ts';
import type { DigitalRecord } from './wfdb.ts';

const HEADER_BYTES = 256;
const DIGITAL_MIN = -32_768;
const DIGITAL_MAX = 32_767;
/** Longest data record that is tried for a whole number of samples; EDF+ advises at most a minute. */
const MAX_RECORD_SECONDS = 60;
const ANNOTATIONS = 'EDF Annotations';
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/**
 * @param startMs time of the first sample, ms since 1970, written in UTC
 * @throws EcgError RECORD_FORMAT where a sample does not fit in 16 bits, or no data record holds a whole number of samples
 */
export function writeEdf(record: DigitalRecord, startMs: number, annotations: readonly Annotation[] = []): Uint8Array {
  const { samplingFrequency: fs, leads, adu, name } = record;
  const seconds = Array.from({ length: MAX_RECORD_SECONDS }, (_, i) => i + 1).find((n) => Number.isInteger(fs * n));
  if (seconds === undefined) throw new EcgError('RECORD_FORMAT', 'EDF cannot hold this sampling frequency', { expected: 'a whole number of samples in at most 60 s', received: `${fs} Hz`, from: name });
  const perRecord = fs * seconds;
  const length = adu[0]?.length ?? 0;
  const records = Math.ceil(length / perRecord);
  const wholeSecondMs = Math.floor(startMs / 1000) * 1000;
  const offset = (startMs - wholeSecondMs) / 1000; // EDF's start has no fraction: the first record's time carries it
  const lists = timeLists(records, seconds, offset, annotations, fs);
  const listBytes = 2 * Math.ceil(Math.max(...lists.map((list) => list.length), 2) / 2);
  const signals = leads.length + 1;
  const header = headerText(record, wholeSecondMs, records, seconds, perRecord, listBytes);
  const headerBytes = HEADER_BYTES * (signals + 1);
  const out = new Uint8Array(headerBytes + records * (2 * perRecord * leads.length + listBytes));
  out.set(ascii(header));
  const view = new DataView(out.buffer);
  let at = headerBytes;
  for (let n = 0; n < records; n++) {
    for (const [lead, samples] of adu.entries()) {
      for (let i = n * perRecord; i < (n + 1) * perRecord; i++, at += 2) {
        const value = samples[i] ?? MISSING_SAMPLE;
        if (value !== MISSING_SAMPLE && (value < DIGITAL_MIN || value > DIGITAL_MAX)) {
          throw new EcgError('RECORD_FORMAT', `sample ${i} of ${leads[lead]} does not fit in EDF`, { expected: '16 bits', received: `${value}`, from: name });
        }
        view.setInt16(at, value === MISSING_SAMPLE ? DIGITAL_MIN : value, true);
      }
    }
    out.set(lists[n]!, at);
    at += listBytes;
  }
  return out;
}

/** Time-stamped annotation lists, one for each data record: its own time, then the annotations that begin in it. */
function timeLists(records: number, seconds: number, offset: number, annotations: readonly Annotation[], fs: number): Uint8Array[] {
  const texts = Array.from({ length: records }, (_, n) => `+${offset + n * seconds}\x14\x14\0`);
  for (const { sample, symbol, aux } of annotations) {
    const n = Math.min(records - 1, Math.max(0, Math.floor(sample / fs / seconds)));
    if (texts[n] !== undefined) texts[n] += `+${offset + sample / fs}\x14${`${symbol} ${aux}`.trim()}\x14\0`;
  }
  return texts.map(ascii);
}

function headerText(record: DigitalRecord, startMs: number, records: number, seconds: number, perRecord: number, listBytes: number): string {
  const { leads, adcGain, baseline, name } = record;
  const start = new Date(startMs).toISOString();
  const [year, month, day] = [start.slice(0, 4), start.slice(5, 7), start.slice(8, 10)];
  const field = (value: string | number, width: number): string => String(value).slice(0, width).padEnd(width);
  const physical = (digital: number, lead: number): string => number8(((digital - baseline[lead]!) * 1000) / adcGain[lead]!);
  const columns = (width: number, ofLead: (i: number) => string | number, ofList: string | number): string =>
    [...leads.map((_, i) => ofLead(i)), ofList].map((value) => field(value, width)).join('');
  return [
    field('0', 8),
    field('X X X X', 80),
    field(`Startdate ${day}-${MONTHS[Number(month) - 1]!}-${year} X X Leadwatch_${name.replace(/\s/g, '_')}`, 80),
    `${day}.${month}.${year.slice(2)}`,
    `${start.slice(11, 19).replaceAll(':', '.')}`,
    field(HEADER_BYTES * (leads.length + 2), 8),
    field('EDF+C', 44),
    field(records, 8),
    field(seconds, 8),
    field(leads.length + 1, 4),
    columns(16, (i) => `ECG ${leads[i]!}`, ANNOTATIONS),
    columns(80, () => '', ''),
    columns(8, () => 'uV', ''),
    columns(8, (i) => physical(DIGITAL_MIN, i), -1),
    columns(8, (i) => physical(DIGITAL_MAX, i), 1),
    columns(8, () => DIGITAL_MIN, DIGITAL_MIN),
    columns(8, () => DIGITAL_MAX, DIGITAL_MAX),
    columns(80, () => '', ''),
    columns(8, () => perRecord, listBytes / 2),
    columns(32, () => '', ''),
  ].join('');
}

/** A number in eight characters, as precisely as they allow. */
function number8(value: number): string {
  for (let digits = 15; digits > 0; digits--) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= 8 && !text.includes('e')) return text;
  }
  return value.toFixed(0).slice(0, 8);
}

export interface EdfRecord {
  readonly record: DigitalRecord;
  /** ms since 1970, taking the file's clock for UTC. */
  readonly startMs: number;
  readonly annotations: readonly Annotation[];
}

/**
 * Reads the voltages of an EDF or continuous EDF+ file whose signals share a sampling frequency; others are left out.
 * @throws EcgError RECORD_FORMAT where it is cut short, discontinuous, or has no voltage
 */
export function readEdf(bytes: Uint8Array, name: string): EdfRecord {
  const bad = (what: string, expected: string, received: string): EcgError => new EcgError('RECORD_FORMAT', what, { expected, received, from: name });
  const text = (from: number, width: number): string => String.fromCharCode(...bytes.subarray(from, from + width)).trim();
  if (bytes.length < HEADER_BYTES || text(0, 8) !== '0') throw bad('this is no EDF file', 'version 0', text(0, 8));
  const count = Number(text(252, 4));
  const headerBytes = Number(text(184, 8));
  const seconds = Number(text(244, 8));
  if (text(192, 5) === 'EDF+D') throw bad('the record has gaps', 'EDF or EDF+C', 'EDF+D');
  let at = HEADER_BYTES;
  const column = (width: number): string[] => {
    const values = Array.from({ length: count }, (_, i) => text(at + i * width, width));
    at += width * count;
    return values;
  };
  const labels = column(16);
  column(80);
  const units = column(8);
  const [physicalMin, physicalMax, digitalMin, digitalMax] = [column(8), column(8), column(8), column(8)].map((values) => values.map(Number)) as [number[], number[], number[], number[]];
  column(80);
  const samples = column(8).map(Number);
  const recordBytes = 2 * samples.reduce((sum, n) => sum + n, 0);
  const records = Math.floor((bytes.length - headerBytes) / recordBytes);
  if (!(records >= 1 && headerBytes === HEADER_BYTES * (count + 1))) throw bad('the file is cut short', `${headerBytes + recordBytes} bytes`, `${bytes.length}`);
  const voltages = labels.flatMap((_, i) => (units[i]! in PER_MILLIVOLT ? [i] : []));
  const perRecord = samples[voltages[0] ?? -1];
  if (perRecord === undefined) throw bad('the file has no voltage', `a signal in ${Object.keys(PER_MILLIVOLT).join(', ')}`, units.join(', '));
  const used = voltages.filter((i) => samples[i] === perRecord);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const adu = used.map(() => new Int32Array(records * perRecord));
  const annotations: Annotation[] = [];
  let offset = 0;
  at = headerBytes;
  for (let n = 0; n < records; n++) {
    for (let i = 0; i < count; i++) {
      const place = used.indexOf(i);
      for (let k = 0; place >= 0 && k < perRecord; k++) {
        const value = view.getInt16(at + 2 * k, true);
        adu[place]![n * perRecord + k] = value === DIGITAL_MIN ? MISSING_SAMPLE : value;
      }
      if (labels[i] === ANNOTATIONS) {
        for (const { onset, texts } of timeStamps(bytes.subarray(at, at + 2 * samples[i]!))) {
          if (n === 0 && texts.length === 0) offset = onset;
          for (const note of texts) annotations.push({ sample: Math.round(((onset - offset) * perRecord) / seconds), ...noteOf(note), subtype: 0 });
        }
      }
      at += 2 * samples[i]!;
    }
  }
  const gain = used.map((i) => ((digitalMax[i]! - digitalMin[i]!) / (physicalMax[i]! - physicalMin[i]!)) * PER_MILLIVOLT[units[i]!]!);
  const baseline = used.map((i, k) => digitalMin[i]! - (physicalMin[i]! * gain[k]!) / PER_MILLIVOLT[units[i]!]!);
  return {
    startMs: startOf(text(168, 8), text(176, 8)) + offset * 1000,
    annotations,
    record: {
      name, samplingFrequency: hz(perRecord / seconds),
      leads: used.map((i) => canonicalLead(labels[i]!) ?? labels[i]!.replace(/^ECG /, '')),
      adu, adcGain: gain, baseline: baseline.map(Math.round), railAdu: [DIGITAL_MIN + 1, DIGITAL_MAX], comments: [],
    },
  };
}

const PER_MILLIVOLT: Readonly<Record<string, number>> = { V: 0.001, mV: 1, uV: 1000 };

function* timeStamps(bytes: Uint8Array): Generator<{ onset: number; texts: string[] }> {
  for (const list of String.fromCharCode(...bytes).split('\0')) {
    const [stamp = '', ...texts] = list.split('\x14');
    const onset = Number(stamp.split('\x15')[0]);
    if (stamp !== '' && Number.isFinite(onset)) yield { onset, texts: texts.filter(Boolean) };
  }
}

function noteOf(text: string): { symbol: string; aux: string } {
  const [symbol = '', ...aux] = text.split(' ');
  return symbol.length === 1 ? { symbol, aux: aux.join(' ') } : { symbol: '"', aux: text };
}

/** EDF's two-digit years: 85-99 are 19xx, 00-84 are 20xx. */
function startOf(date: string, clock: string): number {
  const [day = 1, month = 1, year = 85] = date.split('.').map(Number);
  const [hours = 0, minutes = 0, seconds = 0] = clock.split('.').map(Number);
  return Date.UTC(year + (year >= 85 ? 1900 : 2000), month - 1, day, hours, minutes, seconds);
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => (character.charCodeAt(0) < 128 ? character.charCodeAt(0) : 63));
