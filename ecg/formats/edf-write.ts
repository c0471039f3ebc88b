/**
 * Writes EDF+ (Kemp & Olivan 2003, edfplus.info). Signals are stored as the converter gave them; EDF has no mark for a
 * missing sample, so the digital minimum stands for it, as in WFDB's format 16.
 */
import { EcgError } from '../errors.ts';
import type { Annotation } from '../record.ts';
import { MISSING_SAMPLE } from './wfdb-signal.ts';
import type { DigitalRecord } from './wfdb.ts';

const HEADER_BYTES = 256;
const DIGITAL_MIN = -32_768;
const DIGITAL_MAX = 32_767;
/** Longest data record that is tried for a whole number of samples; EDF+ advises at most a minute. */
const MAX_RECORD_SECONDS = 60;
const ANNOTATIONS = 'EDF Annotations';
/** Units of voltage that EDF readers know, and how many make a millivolt. */
const UNITS = [['uV', 1000], ['mV', 1], ['V', 0.001]] as const;
/** Relative error that rounding to eight characters may bring into a range: a third of a step of 16 bits. */
const PRECISION = 1e-5;
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/**
 * @param startMs time of the first sample, ms since 1970, written in UTC
 * @throws EcgError RECORDING_FORMAT where a sample does not fit in 16 bits, or no data record holds a whole number of samples
 */
export function writeEdf(record: DigitalRecord, startMs: number, annotations: readonly Annotation[] = []): Uint8Array {
  const { samplingFrequency: fs, leads, adu, name } = record;
  const seconds = Array.from({ length: MAX_RECORD_SECONDS }, (_, i) => i + 1).find((n) => Number.isInteger(fs * n));
  if (seconds === undefined) throw new EcgError('RECORDING_FORMAT', 'EDF cannot hold this sampling frequency', { expected: 'a whole number of samples in at most 60 s', received: `${fs} Hz`, from: name });
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
          throw new EcgError('RECORDING_FORMAT', `sample ${i} of ${leads[lead]} does not fit in EDF`, { expected: '16 bits', received: `${value}`, from: name });
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
  const ranges = leads.map((lead, i) => physicalRange(adcGain[i]!, baseline[i]!, `${lead} of ${name}`));
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
    columns(8, (i) => ranges[i]!.unit, ''),
    columns(8, (i) => ranges[i]!.low, -1),
    columns(8, (i) => ranges[i]!.high, 1),
    columns(8, () => DIGITAL_MIN, DIGITAL_MIN),
    columns(8, () => DIGITAL_MAX, DIGITAL_MAX),
    columns(80, () => '', ''),
    columns(8, () => perRecord, listBytes / 2),
    columns(32, () => '', ''),
  ].join('');
}

/** Voltages of the digital limits, in the smallest unit in which eight characters hold them. @throws EcgError RECORDING_FORMAT */
function physicalRange(adcGain: number, baseline: number, from: string): { readonly unit: string; readonly low: string; readonly high: string } {
  for (const [unit, perMillivolt] of UNITS) {
    const [low, high] = [DIGITAL_MIN, DIGITAL_MAX].map((digital) => number8(((digital - baseline) * perMillivolt) / adcGain));
    if (low !== undefined && high !== undefined) return { unit, low, high };
  }
  throw new EcgError('RECORDING_FORMAT', 'EDF cannot hold the range of this lead', { expected: 'voltages of at most eight characters', received: `${adcGain} adu a millivolt`, from });
}

/** A number in eight characters, as precisely as they allow; undefined where its whole part is longer. */
function number8(value: number): string | undefined {
  for (let digits = 15; digits > 0; digits--) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= 8 && !text.includes('e')) return Math.abs(Number(text) - value) <= Math.abs(value) * PRECISION ? text : undefined;
  }
  return undefined;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => (character.charCodeAt(0) < 128 ? character.charCodeAt(0) : 63));
