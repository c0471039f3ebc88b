/**
 * WFDB headers (`.hea`), as header(5) of the WFDB Applications Guide describes them: one record line, then one line
 * for each signal, or for each segment where the record is made of several records joined end to end.
 */
import { EcgError } from '../errors.ts';
import { hz, type Hz } from '../units.ts';

/** header(5): used where the header gives no gain, or 0 (an uncalibrated signal). In adu/mV. */
export const DEFAULT_ADC_GAIN = 200;
/** header(5): used where the record line gives no sampling frequency. */
const DEFAULT_SAMPLING_FREQUENCY = 250;
/** header(5): resolution where none is given, for amplitude formats. */
const DEFAULT_RESOLUTION_BITS = 12;

/** One signal line. */
export interface WfdbSignal {
  readonly file: string;
  /** WFDB storage format: 16, 212, ... */
  readonly format: number;
  /** Bytes before the first sample in the file. */
  readonly byteOffset: number;
  /** adu per `unit`. */
  readonly adcGain: number;
  /** adu at 0 mV. */
  readonly baseline: number;
  /** Physical unit, `mV` where not given. */
  readonly unit: string;
  readonly resolutionBits: number;
  /** adu in the middle of the converter's range. */
  readonly adcZero: number;
  /** Sum of all samples modulo 2^16, as a signed number; undefined where the header has none. */
  readonly checksum: number | undefined;
  /** Lead name; `signal N` where not given. */
  readonly description: string;
}

/** One line of a multi-segment record; `~` names a stretch without samples. */
export interface WfdbSegment {
  readonly record: string;
  readonly samples: number;
}

export interface WfdbHeader {
  readonly name: string;
  readonly samplingFrequency: Hz;
  /** Samples per signal; undefined where the header leaves it to the file's length. */
  readonly samples: number | undefined;
  readonly signalCount: number;
  /** Base time and date, ms since 1970, taken for UTC; undefined where the header does not give both. */
  readonly startMs: number | undefined;
  /** Empty in a multi-segment record. */
  readonly signals: readonly WfdbSignal[];
  readonly segments: readonly WfdbSegment[];
  /** Without the leading `#`. */
  readonly comments: readonly string[];
}

/**
 * @param text the header, latin1 or ASCII
 * @param from path or name, for the error
 * @throws EcgError WFDB_HEADER
 */
export function parseHeader(text: string, from: string): WfdbHeader {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
  const comments = lines.filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim());
  const [recordLine, ...rest] = lines.filter((line) => !line.startsWith('#'));
  if (recordLine === undefined) throw bad('the header has no record line', 'name, number of signals, ...', 'nothing', from);
  const [nameField = '', countField = '', fsField, samplesField, timeField, dateField] = recordLine.split(/\s+/);
  const [name = '', segmentField] = nameField.split('/');
  const signalCount = wholeNumber(countField, 'number of signals', from);
  const samples = samplesField === undefined ? 0 : wholeNumber(samplesField, 'number of samples', from);
  const segmentCount = segmentField === undefined ? 0 : wholeNumber(segmentField, 'number of segments', from);
  const due = segmentField === undefined ? signalCount : segmentCount;
  if (rest.length < due) throw bad('the header ends early', `${due} lines after the record line`, `${rest.length}`, from);
  const body = rest.slice(0, due);
  return {
    name,
    samplingFrequency: samplingFrequency(fsField, from),
    samples: samples === 0 ? undefined : samples,
    signalCount,
    startMs: startOf(timeField, dateField),
    signals: segmentField === undefined ? body.map((line, index) => parseSignal(line, index, from)) : [],
    segments: segmentField === undefined ? [] : body.map((line) => parseSegment(line, from)),
    comments,
  };
}

function samplingFrequency(field: string | undefined, from: string): Hz {
  if (field === undefined) return hz(DEFAULT_SAMPLING_FREQUENCY);
  // `fs/counterFrequency(baseCounter)`: only the first concerns samples.
  const value = Number(field.split('/')[0]);
  if (!(value > 0 && Number.isFinite(value))) throw bad('the sampling frequency is none', 'a positive number of hertz', field, from);
  return hz(value);
}

/** `hh:mm:ss[.sss] dd/mm/yyyy`; a record without a date has no place in a history. */
function startOf(time: string | undefined, date: string | undefined): number | undefined {
  const [, hours, minutes, seconds] = /^(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(time ?? '') ?? [];
  const [, day, month, year] = /^(\d+)\/(\d+)\/(\d{4})$/.exec(date ?? '') ?? [];
  if (seconds === undefined || year === undefined) return undefined;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hours), Number(minutes)) + Number(seconds) * 1000;
}

// file  format[xN][:skew][+offset]  [gain[(baseline)][/unit]  [resolution  [adcZero  [initial  [checksum  [block  [description]]]]]]]
function parseSignal(line: string, index: number, from: string): WfdbSignal {
  const [file = '', formatField = '', gainField, resolutionField, zeroField, , checksumField, , ...description] = line.split(/\s+/);
  const at = `signal line ${index}`;
  const format = /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/.exec(formatField);
  if (!format) throw bad(`${at} has no storage format`, 'a number such as 16 or 212', formatField || 'nothing', from);
  const [, code, perFrame = '1', skew = '0', offset = '0'] = format;
  if (perFrame !== '1' || skew !== '0') {
    throw new EcgError('WFDB_FORMAT', `${at} has several samples a frame or a skew`, { expected: 'one sample a frame, no skew', received: formatField, from });
  }
  const gain = /^([-+.\deE]+)(?:\((-?\d+)\))?(?:\/(\S+))?$/.exec(gainField ?? '0');
  const adcGain = Number(gain?.[1]);
  if (!gain || !Number.isFinite(adcGain)) throw bad(`${at} has no readable gain`, 'gain(baseline)/unit', gainField ?? 'nothing', from);
  const adcZero = integer(zeroField, 0, `${at}: ADC zero`, from);
  const resolution = integer(resolutionField, 0, `${at}: ADC resolution`, from);
  return {
    file,
    format: Number(code),
    byteOffset: Number(offset),
    adcGain: adcGain === 0 ? DEFAULT_ADC_GAIN : adcGain,
    baseline: gain[2] === undefined ? adcZero : Number(gain[2]),
    unit: gain[3] ?? 'mV',
    resolutionBits: resolution === 0 ? DEFAULT_RESOLUTION_BITS : resolution,
    adcZero,
    checksum: checksumField === undefined ? undefined : integer(checksumField, 0, `${at}: checksum`, from),
    description: description.join(' ') || `signal ${index}`,
  };
}

function parseSegment(line: string, from: string): WfdbSegment {
  const [record = '', samples = ''] = line.split(/\s+/);
  return { record, samples: wholeNumber(samples, `length of segment ${record}`, from) };
}

function wholeNumber(field: string, what: string, from: string): number {
  if (!/^\d+$/.test(field)) throw bad(`the ${what} cannot be read`, 'a whole number', field || 'nothing', from);
  return Number(field);
}

function integer(field: string | undefined, otherwise: number, what: string, from: string): number {
  if (field === undefined) return otherwise;
  if (!/^[-+]?\d+$/.test(field)) throw bad(`${what} cannot be read`, 'a whole number', field, from);
  return Number(field);
}

const bad = (what: string, expected: string, received: string, from: string): EcgError =>
  new EcgError('WFDB_HEADER', what, { expected, received, from });
