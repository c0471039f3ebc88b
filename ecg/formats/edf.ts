/**
 * EDF and EDF+ (Kemp et al. 1992, 2003): the ECG signals of a file with its time and annotations, gaps of a
 * discontinuous EDF+D kept as gaps. A signal is ECG where its physical dimension is a voltage and its label names a lead.
 */
import { EcgError } from '../errors.ts';
import { canonicalLead } from '../leads.ts';
import type { Annotation } from '../record.ts';
import { hz } from '../units.ts';
import { MISSING_SAMPLE, type DigitalRecord } from './wfdb.ts';

const HEADER_BYTES = 256;
const MAX_SIGNALS = 512;
/** Most missing samples that gaps of an EDF+D may be laid out as, over all leads: more is a damaged time. */
const MAX_MISSING = 20_000_000;
const ANNOTATIONS = 'EDF Annotations';
/** The lowest number stands for no sample, as in WFDB's format 16: EDF itself has no mark for it. */
const NO_SAMPLE = -32_768;
/** Scales are written with eight characters, so a zero this near to a whole number is one. */
const WHOLE_ADU = 0.05;
/** How many of each unit make a millivolt. */
const PER_MILLIVOLT: Readonly<Record<string, number>> = { v: 0.001, mv: 1, uv: 1000, 'µv': 1000, nv: 1e6 };

interface EdfSignal {
  readonly label: string;
  readonly lead: string | undefined;
  readonly adcGain: number;
  readonly baseline: number;
  readonly digital: readonly [number, number];
  /** Samples in one data record, and where they begin in it, in bytes. */
  readonly samples: number;
  readonly offset: number;
}

export interface EdfRecord {
  readonly record: DigitalRecord;
  /** Of the first sample, ms since 1970, taking the file's clock for UTC. */
  readonly startMs: number;
  readonly annotations: readonly Annotation[];
}

/** @throws EcgError RECORDING_FORMAT */
export function readEdf(bytes: Uint8Array, name: string): EdfRecord {
  const refuse = (what: string, expected: string, received: string): EcgError => new EcgError('RECORDING_FORMAT', what, { expected, received, from: name });
  const text = (at: number, length: number): string => {
    if (at + length > bytes.length) throw refuse('the EDF header is cut short', `${at + length} bytes`, `${bytes.length}`);
    return String.fromCharCode(...bytes.subarray(at, at + length)).trim();
  };
  const number = (at: number, length: number, what: string): number => {
    const value = Number(text(at, length));
    if (text(at, length) === '' || !Number.isFinite(value)) throw refuse(`${what} of the EDF header is no number`, 'a number', text(at, length));
    return value;
  };
  if (text(0, 8) !== '0') throw refuse('the file is not EDF', 'version 0', text(0, 8).slice(0, 8));
  const count = number(252, 4, 'the number of signals');
  if (!(Number.isInteger(count) && count >= 1 && count <= MAX_SIGNALS)) throw refuse('the number of EDF signals is impossible', `1 to ${MAX_SIGNALS}`, `${count}`);
  const seconds = number(244, 8, 'the duration of a data record');
  const signals = signalsOf(count, text, number, refuse);
  const recordBytes = signals.reduce((sum, { samples }) => sum + 2 * samples, 0);
  const begin = HEADER_BYTES * (count + 1);
  const records = Math.floor((bytes.length - begin) / recordBytes);
  const announced = number(236, 8, 'the number of data records');
  if (announced >= 0 && announced > records) throw refuse('the EDF file is cut short', `${announced} data records`, `${records}`);

  const voltages = signals.filter(({ lead }) => lead !== undefined);
  const first = voltages[0];
  if (!first || seconds <= 0) throw refuse('the EDF file holds no ECG', 'a signal in V, mV or uV with a lead as its label', signals.map(({ label }) => label).join(', ').slice(0, 200));
  const leads = voltages.filter(({ samples }) => samples === first.samples);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const used = announced >= 0 ? announced : records;
  const notes = signals.filter(({ label }) => label === ANNOTATIONS);
  const stamps = Array.from({ length: used }, (_, record) => notes.flatMap(({ offset, samples }) => {
    const at = begin + record * recordBytes + offset;
    return [...stampsOf(bytes.subarray(at, at + 2 * samples))];
  }));
  const discontinuous = text(192, 44).startsWith('EDF+D');
  const onsets = stamps.map((list, record) => {
    if (!discontinuous || notes.length === 0) return record * first.samples;
    const stamp = list[0]; // each record's first stamp is its own time
    if (!stamp) throw refuse(`data record ${record} of the EDF+D file does not say when it begins`, 'a time-keeping annotation', 'none');
    return Math.round((stamp.onset * first.samples) / seconds);
  });
  const origin = onsets[0] ?? 0;
  const length = Math.max(0, ...onsets.map((onset) => onset - origin + first.samples));
  if (used === 0 || (length - used * first.samples) * leads.length > MAX_MISSING) {
    throw refuse('the EDF file has an impossible length', `data records, and gaps of at most ${MAX_MISSING} samples`, `${used} data records, ${length} samples`);
  }
  const adu = leads.map(({ offset, samples }) => {
    const out = new Int32Array(length).fill(MISSING_SAMPLE);
    onsets.forEach((onset, record) => {
      const at = begin + record * recordBytes + offset;
      for (let i = 0; i < samples; i++) {
        const value = view.getInt16(at + 2 * i, true);
        if (onset >= origin && value !== NO_SAMPLE) out[onset - origin + i] = value;
      }
    });
    return out;
  });
  const samplingFrequency = hz(first.samples / seconds);
  const firstOnset = stamps[0]?.[0]?.onset ?? 0; // EDF's start has no fraction: this carries it
  return {
    startMs: startOf(text(168, 8), text(176, 8)) + firstOnset * 1000,
    annotations: stamps.flat().flatMap(({ onset, texts }) => texts.map((note) => ({ sample: Math.round((onset - firstOnset) * samplingFrequency), ...noteOf(note), subtype: 0 }))),
    record: {
      name,
      samplingFrequency,
      leads: leads.map(({ lead }) => lead!),
      adu,
      adcGain: leads.map(({ adcGain }) => adcGain),
      baseline: leads.map(({ baseline }) => baseline),
      railAdu: [Math.max(NO_SAMPLE + 1, Math.min(...leads.map(({ digital }) => digital[0]))), Math.max(...leads.map(({ digital }) => digital[1]))],
      comments: [],
    },
  };
}

/** EDF+ time-stamped annotation lists: `+onset[0x15 duration]0x14 text 0x14 ... 0x00`. */
function* stampsOf(bytes: Uint8Array): Generator<{ readonly onset: number; readonly texts: readonly string[] }> {
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0, from);
    const list = bytes.subarray(from, end < 0 ? bytes.length : end);
    from = end < 0 ? bytes.length : end + 1;
    if (list.length === 0) continue;
    const [stamp = '', ...texts] = new TextDecoder().decode(list).split('\x14');
    const onset = Number(stamp.split('\x15')[0]);
    if (/^[+-]/.test(stamp) && Number.isFinite(onset)) yield { onset, texts: texts.filter(Boolean) };
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
  const startMs = Date.UTC(year + (year >= 85 ? 1900 : 2000), month - 1, day, hours, minutes, seconds);
  return Number.isFinite(startMs) ? startMs : 0; // anonymised files hold an X here
}

type Refuse = (what: string, expected: string, received: string) => EcgError;

/** The header's fields stand field by field, each for all signals. */
function signalsOf(count: number, text: (at: number, length: number) => string, number: (at: number, length: number, what: string) => number, refuse: Refuse): EdfSignal[] {
  let offset = 0;
  return Array.from({ length: count }, (_, i) => {
    const field = (place: number, length: number): number => HEADER_BYTES + place * count + length * i;
    const label = text(field(0, 16), 16);
    const perMillivolt = PER_MILLIVOLT[text(field(96, 8), 8).toLowerCase()];
    const samples = number(field(216, 8), 8, `the samples of ${label}`);
    if (!(Number.isInteger(samples) && samples >= 1 && samples < 2 ** 24)) throw refuse(`signal ${label} has an impossible length`, 'at least 1 sample a data record', `${samples}`);
    const place = offset;
    offset += 2 * samples;
    const lead = perMillivolt === undefined ? undefined : canonicalLead(label.replace(/^ECG[ _]+/i, '')); // EDF+ writes `ECG II`
    if (lead === undefined) return { label, lead, adcGain: 1, baseline: 0, digital: [0, 0], samples, offset: place };
    const [low, high] = [number(field(104, 8), 8, `the physical minimum of ${label}`), number(field(112, 8), 8, `the physical maximum of ${label}`)];
    const digital = [number(field(120, 8), 8, `the digital minimum of ${label}`), number(field(128, 8), 8, `the digital maximum of ${label}`)] as const;
    const perUnit = (digital[1] - digital[0]) / (high - low);
    if (!Number.isFinite(perUnit) || perUnit === 0) throw refuse(`signal ${label} has no scale`, 'minimum and maximum that differ', `${low} to ${high}`);
    const zero = digital[0] - low * perUnit;
    const baseline = Math.abs(zero - Math.round(zero)) < WHOLE_ADU ? Math.round(zero) : zero;
    return { label, lead, adcGain: perUnit * perMillivolt!, baseline, digital, samples, offset: place };
  });
}
