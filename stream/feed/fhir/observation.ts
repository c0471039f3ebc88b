/**
 * The ECG of a FHIR Observation with SampledData (R4 and R5): one component a lead, or a single lead in the Observation
 * itself. A sample is `origin + factor * data` in the unit of `origin`; whole numbers are kept as they came, so gain
 * and baseline are exact.
 */
import { z } from 'zod';
import { EcgError } from '../../../ecg/errors.ts';
import { MISSING_ADU } from '../../../ecg/frame.ts';
import { canonicalLead, type Lead } from '../../../ecg/leads.ts';
import { leadOfMdc } from '../mdc.ts';
import type { Waveform } from '../waveform.ts';

const concept = z.object({ coding: z.array(z.object({ code: z.string().optional(), display: z.string().optional() })).default([]), text: z.string().optional() });
const sampledData = z.object({
  origin: z.object({ value: z.number().default(0), unit: z.string().optional(), code: z.string().optional() }),
  /** R4: milliseconds between samples. */
  period: z.number().positive().optional(),
  /** R5: the same, in `intervalUnit`. */
  interval: z.number().positive().optional(),
  intervalUnit: z.string().optional(),
  factor: z.number().positive().default(1),
  dimensions: z.number().int().positive(),
  data: z.string().min(1),
});
const observationSchema = z.object({
  resourceType: z.literal('Observation'),
  code: concept.optional(),
  effectiveDateTime: z.string().optional(),
  effectiveInstant: z.string().optional(),
  effectivePeriod: z.object({ start: z.string().optional() }).optional(),
  valueSampledData: sampledData.optional(),
  component: z.array(z.object({ code: concept, valueSampledData: sampledData.optional() })).max(64).default([]),
});

/** UCUM codes of a voltage, and how many make a millivolt. */
const PER_MILLIVOLT: Readonly<Record<string, number>> = { V: 0.001, mV: 1, uV: 1000, 'µV': 1000, nV: 1e6 };
const MILLISECONDS: Readonly<Record<string, number>> = { s: 1000, ms: 1, us: 0.001 };
/** Samples with decimals are kept in steps of one microvolt. */
const GAIN_OF_MICROVOLTS = 1000;
/** Ten seconds at 4,000 Hz. */
const MAX_SAMPLES = 40_000;

/**
 * @param unit of a sender whose `origin` names none
 * @returns undefined where the Observation holds no ECG; leads of another rate or length than the first are left out
 * @throws EcgError FHIR_INVALID
 */
export function waveformOfObservation(resource: unknown, unit: string | undefined, from: string): Waveform | undefined {
  const parsed = observationSchema.safeParse(resource);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new EcgError('FHIR_INVALID', `Observation${issue.path.map((key) => `.${String(key)}`).join('')} cannot be used`, { expected: issue.message, from });
  }
  const observation = parsed.data;
  const parts = [...(observation.code && observation.valueSampledData ? [{ code: observation.code, valueSampledData: observation.valueSampledData }] : []), ...observation.component];
  const found = parts.flatMap(({ code, valueSampledData: data }) => {
    const lead = leadOf(code);
    return lead === undefined || data === undefined ? [] : [readLead(lead, data, unit, from)];
  });
  const first = found[0];
  if (!first) return undefined;
  const together = found.filter(({ lead, fs, samples }, i) => fs === first.fs && samples.length === first.samples.length && found.findIndex((other) => other.lead === lead) === i);
  const at = observation.effectiveDateTime ?? observation.effectiveInstant ?? observation.effectivePeriod?.start;
  const startMs = at === undefined ? NaN : Date.parse(at);
  return {
    samplingFrequencyHz: first.fs,
    leads: together.map(({ lead }) => lead),
    adcGain: together.map(({ adcGain }) => adcGain),
    baseline: together.map(({ baseline }) => baseline),
    samples: together.map(({ samples }) => samples),
    startMs: Number.isNaN(startMs) ? undefined : startMs,
  };
}

function leadOf({ coding, text = '' }: z.output<typeof concept>): Lead | undefined {
  for (const name of [...coding.flatMap(({ display = '', code = '' }) => [display, code]), text]) {
    const lead = leadOfMdc(name) ?? canonicalLead(name);
    if (lead !== undefined) return lead;
  }
  return undefined;
}

interface LeadSamples {
  readonly lead: Lead;
  readonly fs: number;
  readonly adcGain: number;
  readonly baseline: number;
  readonly samples: Int16Array;
}

function readLead(lead: Lead, { origin, period, interval, intervalUnit = 'ms', factor, dimensions, data }: z.output<typeof sampledData>, unit: string | undefined, from: string): LeadSamples {
  const refuse = (what: string, expected: string, received: string): EcgError => new EcgError('FHIR_INVALID', `lead ${lead} ${what}`, { expected, received: received.slice(0, 80), from });
  if (dimensions !== 1) throw refuse('has several dimensions', '1', `${dimensions}`);
  const periodMs = period ?? (interval === undefined ? undefined : interval * (MILLISECONDS[intervalUnit] ?? NaN));
  if (periodMs === undefined || !(periodMs > 0)) throw refuse('has no sampling period', 'period in ms, or interval with intervalUnit s, ms or us', interval === undefined ? 'none' : intervalUnit);
  const named = origin.code ?? origin.unit ?? unit;
  const perMillivolt = named === undefined ? undefined : PER_MILLIVOLT[named];
  if (perMillivolt === undefined) throw refuse('has no voltage as its unit', 'origin.code V, mV or uV, or ?unit= in the address', named ?? 'none');
  const texts = data.trim().split(/\s+/);
  if (texts.length > MAX_SAMPLES) throw refuse('is too long', `at most ${MAX_SAMPLES} samples`, `${texts.length}`);
  // E: error, U and L: beyond what can be measured; none of them is a voltage.
  const values = texts.map((text, i) => {
    if (text === 'E' || text === 'U' || text === 'L') return NaN;
    const value = Number(text);
    if (!Number.isFinite(value)) throw refuse(`has a sample that is no number at ${i}`, 'a decimal, E, U or L', text);
    return value;
  });
  const exact = values.every((value) => Number.isNaN(value) || (Number.isInteger(value) && Math.abs(value) <= 32_767));
  const samples = Int16Array.from(values, (value, i) => {
    if (Number.isNaN(value)) return MISSING_ADU;
    if (exact) return value;
    const microvolts = Math.round(((origin.value + value * factor) / perMillivolt) * GAIN_OF_MICROVOLTS);
    if (Math.abs(microvolts) > 32_767) throw refuse(`has a sample beyond this range at ${i}`, '+-32.767 mV', `${microvolts} uV`);
    return microvolts;
  });
  const fs = 1000 / periodMs;
  return exact
    ? { lead, fs, adcGain: perMillivolt / factor, baseline: origin.value === 0 ? 0 : -origin.value / factor, samples }
    : { lead, fs, adcGain: GAIN_OF_MICROVOLTS, baseline: 0, samples };
}
