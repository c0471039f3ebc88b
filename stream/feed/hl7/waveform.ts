/**
 * ECG waveforms of an ORU^R01 (IHE PCD WCM) or ORU^W01: OBX of type NA whose identifier names a lead; sampling frequency
 * and resolution stand in OBX that hang below it by OBX-4.
 */
import { EcgError } from '../../../ecg/errors.ts';
import { MISSING_ADU } from '../../../ecg/frame.ts';
import { leadOfMdc } from '../mdc.ts';
import type { Waveform } from '../waveform.ts';
import type { Hl7Message, Hl7Segment } from './message.ts';

const PER_MILLIVOLT: Readonly<Record<string, number>> = { MDC_DIM_VOLT: 0.001, MDC_DIM_X_VOLT: 0.001, MDC_DIM_MILLI_VOLT: 1, MDC_DIM_MICRO_VOLT: 1000 };
/** Samples given in millivolts are kept in steps of one microvolt. */
const GAIN_OF_MILLIVOLTS = 1000;

/**
 * @param unscaled adu per millivolt of a device that sends plain numbers without a resolution
 * @returns undefined where the message holds no ECG; leads of another rate than the first are left out
 * @throws EcgError HL7_INVALID
 */
export function waveformOf(message: Hl7Message, unscaled: number | undefined, from: string): Waveform | undefined {
  const observations = message.segments.filter(({ name }) => name === 'OBX');
  const found = observations.flatMap((obx) => {
    const lead = leadOf(obx);
    return lead === undefined ? [] : [readLead(obx, lead, observations, unscaled, from)];
  });
  const first = found[0];
  if (!first) return undefined;
  const together = found.filter(({ fs, samples }, i) => fs === first.fs && samples.length === first.samples.length && found.findIndex(({ lead }) => lead === found[i]!.lead) === i);
  return {
    samplingFrequencyHz: first.fs,
    leads: together.map(({ lead }) => lead),
    adcGain: together.map(({ adcGain }) => adcGain),
    baseline: together.map(() => 0),
    samples: together.map(({ samples }) => samples),
    startMs: first.startMs ?? parseTime(message.first('OBR')?.field(7) ?? ''),
  };
}

function leadOf(obx: Hl7Segment): string | undefined {
  if (obx.field(2) !== 'NA') return undefined;
  return leadOfMdc(obx.components(3)[1] ?? '');
}

interface LeadSamples {
  readonly lead: string;
  readonly fs: number;
  readonly adcGain: number;
  readonly samples: Int16Array;
  readonly startMs: number | undefined;
}

function readLead(obx: Hl7Segment, lead: string, observations: readonly Hl7Segment[], unscaled: number | undefined, from: string): LeadSamples {
  const refuse = (what: string, expected: string, received: string): EcgError => new EcgError('HL7_INVALID', `lead ${lead} ${what}`, { expected, received: received.slice(0, 80), from });
  const attribute = (name: string): Hl7Segment | undefined =>
    observations.find((other) => other.field(4).startsWith(`${obx.field(4)}.`) && other.components(3)[1] === name);
  const fs = Number(attribute('MDC_ATTR_SAMP_RATE')?.field(5) || NaN);
  if (!(fs > 0)) throw refuse('has no sampling frequency', 'an OBX MDC_ATTR_SAMP_RATE below it', attribute('MDC_ATTR_SAMP_RATE')?.field(5) ?? 'none');
  const resolution = attribute('MDC_ATTR_NU_MSMT_RES');
  const unit = (resolution ?? obx).components(6)[1] ?? '';
  const perMillivolt = PER_MILLIVOLT[unit];
  const adcGain = resolution ? perMillivolt! / Number(resolution.field(5)) : perMillivolt === undefined ? unscaled : GAIN_OF_MILLIVOLTS;
  if (adcGain === undefined || !(adcGain > 0 && Number.isFinite(adcGain))) {
    throw refuse('has no scale', 'millivolts, a resolution in volts, or adcGain in the configuration of the bed', unit || 'no unit');
  }
  const scale = resolution || perMillivolt === undefined ? 1 : GAIN_OF_MILLIVOLTS / perMillivolt;
  const values = obx.components(5);
  const samples = Int16Array.from(values, (text, i) => {
    if (text.trim() === '') return MISSING_ADU;
    const value = Number(text);
    if (!Number.isFinite(value)) throw refuse(`has a sample that is no number at ${i}`, 'a number', text);
    const adu = Math.round(value * scale);
    if (Math.abs(adu) > 32_767) throw refuse(`has a sample that no electrode gives at ${i}`, 'within +-32767 steps', text);
    return adu;
  });
  return { lead, fs, adcGain, samples, startMs: parseTime(obx.field(14)) };
}

/** HL7's DTM: `20150617120000.000+0800`. Without an offset it is taken as UTC. */
export function parseTime(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d(?:\.\d{1,4})?|\d\d\d{3})?([+-]\d{4})?$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, seconds = '0', offset = '+0000'] = match;
  // One vendor writes milliseconds without their point: 20260124131539000.
  const second = seconds.length === 5 && !seconds.includes('.') ? Number(seconds) / 1000 : Number(seconds);
  const offsetMinutes = (offset[0] === '-' ? -1 : 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3, 5)));
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)) + second * 1000 - offsetMinutes * 60_000;
}
