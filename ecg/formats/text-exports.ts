/** A record as text: comma-separated microvolts, and a FHIR R4 Observation with one SampledData a lead. */
import { aduToMicrovolts, MICROVOLTS_PER_MILLIVOLT } from '../units.ts';
import { MISSING_SAMPLE } from './wfdb-signal.ts';
import type { DigitalRecord } from './wfdb.ts';

/** First column: ms since 1970; a missing sample is empty. */
export function writeCsv({ samplingFrequency, leads, adu, adcGain, baseline }: DigitalRecord, startMs: number): string {
  const lines = [`time_ms,${leads.map((lead) => `${lead}_uV`).join()}`];
  for (let i = 0; i < (adu[0]?.length ?? 0); i++) {
    const values = adu.map((samples, lead) => (samples[i] === MISSING_SAMPLE ? '' : round(aduToMicrovolts(samples[i]!, adcGain[lead]!, baseline[lead]!))));
    lines.push(`${round(startMs + (i * 1000) / samplingFrequency)},${values.join()}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A ten-thousandth of a microvolt, or of a millisecond, is finer than anything that is measured. */
const round = (value: number): number => Math.round(value * 1e4) / 1e4;

const UCUM = 'http://unitsofmeasure.org';
/** ISO/IEEE 11073-10101, as FHIR names it. */
const MDC = 'urn:oid:2.16.840.1.113883.6.24';

/** `value = data * factor + origin`; `E` stands for a missing sample, as FHIR has it for a value that could not be measured. */
export function fhirObservation(record: DigitalRecord, startMs: number, bed: string): object {
  const { samplingFrequency: fs, leads, adu, adcGain, baseline, comments } = record;
  const length = adu[0]?.length ?? 0;
  const microvolts = { unit: 'uV', system: UCUM, code: 'uV' };
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'procedure', display: 'Procedure' }] }],
    code: { coding: [{ system: MDC, code: '131328', display: 'MDC_ECG_ELEC_POTL' }], text: 'ECG waveform' },
    subject: { display: bed },
    device: { display: 'Leadwatch' },
    ...(comments.length > 0 && { note: comments.map((text) => ({ text })) }),
    effectivePeriod: { start: iso(startMs), end: iso(startMs + (length * 1000) / fs) },
    component: leads.map((lead, i) => ({
      code: { text: `ECG lead ${lead}` },
      valueSampledData: {
        origin: { value: (-baseline[i]! * MICROVOLTS_PER_MILLIVOLT) / adcGain[i]!, ...microvolts },
        period: 1000 / fs,
        factor: MICROVOLTS_PER_MILLIVOLT / adcGain[i]!,
        dimensions: 1,
        data: Array.from(adu[i]!, (value) => (value === MISSING_SAMPLE ? 'E' : value)).join(' '),
      },
    })),
  };
}

const iso = (timeMs: number): string => new Date(Math.round(timeMs)).toISOString();
