import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readEdf } from '../../../../ecg/formats/edf.ts';
import { writeEdf } from '../../../../ecg/formats/edf-write.ts';
import { fhirObservation, writeCsv } from '../../../../ecg/formats/text-exports.ts';
import { MISSING_SAMPLE, parseAnnotations, readDigitalRecord, type DigitalRecord } from '../../../../ecg/formats/wfdb.ts';
import { parseHeader } from '../../../../ecg/formats/wfdb-header.ts';
import { packAnnotations, writeWfdb } from '../../../../ecg/formats/wfdb-write.ts';
import { hz } from '../../../../ecg/units.ts';
import { pastBatches, pastRecord } from '../../../../stream/history/import.ts';
import { joinRuns } from '../../../../stream/history/export.ts';
import type { WaveformRun } from '../../../../stream/history/store.ts';
import { toRuns } from '../../../../stream/history/waveform.ts';
import fc from '../../../helpers/properties.ts';

const START_MS = Date.parse('2026-03-01T10:00:00.250Z');
const record: DigitalRecord = {
  name: 'bed-1-20260301', samplingFrequency: hz(360), leads: ['MLII', 'V1'], adcGain: [200, 204.8], baseline: [1024, -3], railAdu: [-32_767, 32_767], comments: ['bed-1'],
  adu: [Int32Array.from({ length: 900 }, (_, i) => Math.round(1024 + 300 * Math.sin(i / 11))), Int32Array.from({ length: 900 }, (_, i) => (i > 400 && i < 410 ? MISSING_SAMPLE : i - 450))],
};
const annotations = [
  { sample: 18, symbol: 'N', aux: '', subtype: 0 },
  { sample: 370, symbol: '+', aux: '(AFIB', subtype: 0 },
  { sample: 899, symbol: 'V', aux: '', subtype: 0 },
];

describe('WFDB', () => {
  it('reads back what was written: samples, gains, leads, time and annotations, checksums included', () => {
    const files = writeWfdb(record, START_MS, annotations);
    const header = Buffer.from(files[`${record.name}.hea`]!).toString();
    const back = readDigitalRecord(header, (name) => files[name]!, 'test', true);
    expect(back).toMatchObject({ name: record.name, samplingFrequency: 360, leads: record.leads, adu: record.adu, adcGain: record.adcGain, baseline: record.baseline });
    expect(header.split('\n')[0]).toBe(`${record.name} 2 360 900 10:00:00.250 01/03/2026`);
    expect(parseHeader(header, 'test')).toMatchObject({ comments: ['bed-1'], startMs: START_MS });
    expect(parseAnnotations(files[`${record.name}.atr`]!, 'test')).toEqual(annotations);
  });

  it('writes annotations that lie further apart than one word can say', () => {
    const far = [{ sample: 5, symbol: 'N', aux: '', subtype: 0 }, { sample: 5_000_000, symbol: 'V', aux: 'odd', subtype: 0 }];
    expect(parseAnnotations(packAnnotations(far), 'test')).toEqual(far);
  });
});

describe('EDF+', () => {
  it('reads back the very samples, the time to its fraction, and the annotations', () => {
    const { record: back, startMs, annotations: marks } = readEdf(writeEdf(record, START_MS, annotations), record.name);
    expect(startMs).toBeCloseTo(START_MS, 6);
    expect(back.leads).toEqual(record.leads);
    back.adu.forEach((adu, lead) => {
      expect(adu.subarray(0, 900)).toEqual(record.adu[lead]);
      expect(adu.subarray(900).every((value) => value === MISSING_SAMPLE)).toBe(true);
    });
    back.adcGain.forEach((gain, lead) => expect(gain / record.adcGain[lead]!).toBeCloseTo(1, 4));
    expect(back.baseline).toEqual(record.baseline);
    expect(marks).toEqual(annotations);
  });

  it('gives the voltages that went in, whatever the gain', () => {
    fc.assert(fc.property(fc.double({ min: -3, max: 5, noNaN: true }).map((exponent) => 10 ** exponent), fc.integer({ min: -30_000, max: 30_000 }), (gain, baseline) => {
      const { record: back } = readEdf(writeEdf({ ...record, adcGain: [gain, 204.8], baseline: [baseline, -3] }, START_MS), record.name);
      expect(Math.abs(back.adcGain[0]! / gain - 1)).toBeLessThan(2e-5);
      expect(Math.abs(back.baseline[0]! - baseline)).toBeLessThanOrEqual(1);
    }));
  });

  it('says what it cannot hold, and what it cannot read', () => {
    expect(() => writeEdf({ ...record, adu: record.adu.map((adu) => adu.map(() => 40_000)) }, START_MS)).toThrow(/does not fit/);
    expect(() => readEdf(new Uint8Array(100), 'short')).toThrow(/not EDF|cut short/);
    expect(() => readEdf(writeEdf(record, START_MS).subarray(0, 800), 'cut')).toThrow(/cut short/);
  });
});

it('CSV has a line for each sample, and nothing where one is missing', () => {
  const lines = writeCsv(record, START_MS).trim().split('\n');
  expect(lines).toHaveLength(901);
  expect(lines[0]).toBe('time_ms,MLII_uV,V1_uV');
  expect(lines[1]).toBe(`${START_MS},0,${(((0 - 450 + 3) * 1000) / 204.8).toFixed(4)}`);
  expect(lines[406]!.endsWith(',')).toBe(true);
});

it('FHIR SampledData gives the microvolts by its own arithmetic', () => {
  const observation = fhirObservation(record, START_MS, 'bed-1') as {
    component: { valueSampledData: { origin: { value: number }; period: number; factor: number; data: string } }[]; effectivePeriod: { start: string } };
  expect(observation.effectivePeriod.start).toBe('2026-03-01T10:00:00.250Z');
  const { origin, period, factor, data } = observation.component[1]!.valueSampledData;
  const values = data.split(' ');
  expect(values).toHaveLength(900);
  expect(values[405]).toBe('E');
  expect(period).toBeCloseTo(1000 / 360, 12);
  expect(Number(values[0]) * factor + origin.value).toBeCloseTo(((-450 + 3) * 1000) / 204.8, 9);
});

it('what was exported as WFDB or EDF is read as a past record, its time and annotations with it', () => {
  const files = { edf: writeEdf(record, START_MS, annotations), zip: zipSync(writeWfdb(record, START_MS, annotations)) };
  for (const bytes of Object.values(files)) {
    const past = pastRecord(bytes, 'test', undefined);
    expect(past.startMs).toBeCloseTo(START_MS, 6);
    expect(past.annotations).toEqual(annotations);
    past.record.adu.forEach((adu, lead) => expect(adu.subarray(0, 900)).toEqual(record.adu[lead]));
  }
  expect(pastRecord(files.edf, 'test', 5000).startMs).toBe(5000);
  const undated = { ...writeWfdb(record, START_MS), [`${record.name}.hea`]: Buffer.from(`${record.name} 0 360\n`) };
  expect(() => pastRecord(zipSync(undated), 'test', undefined)).toThrow(/does not say when it began/);
  expect(() => pastRecord(zipSync({ 'a.txt': new Uint8Array(3) }), 'test', undefined)).toThrow(/no WFDB header/);
  expect(() => pastRecord(files.zip.subarray(0, 200), 'test', undefined)).toThrow(/cannot be unpacked/);
});

it('a past record comes out of the history as it went in, gaps and annotations with it', () => {
  const batches = [...pastBatches('bed-1', { record, startMs: START_MS, annotations })];
  const runs = toRuns(batches.flatMap(({ waveforms }) => waveforms), 0, Infinity);
  expect(runs).toHaveLength(1);
  const joined = joinRuns(runs, { bed: 'bed-1', fromMs: 0, toMs: Infinity });
  expect(joined.record.adu).toEqual(record.adu);
  expect(joined.startMs).toBe(START_MS);
  expect(batches.flatMap(({ events }) => events.map(({ name }) => name))).toEqual(['N', '+', 'V']);
});

describe('an export of what the history holds', () => {
  const run = (change: Partial<WaveformRun['signal']>, startMs: number, samples: Int32Array): WaveformRun => ({
    bed: 'bed-1', epoch: 1, startMs, startIndex: 0, samples: [samples], signal: { samplingFrequencyHz: 250, leads: ['II'], encoding: 'adu', adcGain: [1], baseline: [0], ...change } });
  const bitsOf = (microvolts: readonly number[]): Int32Array => new Int32Array(Float32Array.from(microvolts).buffer);
  const voltages = ({ record: { adu, adcGain, baseline } }: ReturnType<typeof joinRuns>): number[] =>
    [...adu[0]!].map((value) => (value === MISSING_SAMPLE ? NaN : ((value - baseline[0]!) * 1000) / adcGain[0]!));
  const query = { bed: 'bed-1', fromMs: 0, toMs: Infinity };

  it('keeps a flat line of a feed of microvolts, which is stored as whole adu', () => {
    const joined = joinRuns([
      run({ encoding: 'float32' }, 0, bitsOf([10.5, -3.25])), run({}, 8, Int32Array.of(0, 0, 2)), run({ encoding: 'float32' }, 20, bitsOf([7.75]))], query);
    expect(voltages(joined).map((value) => Math.round(value * 10) / 10)).toEqual([10.5, -3.2, 0, 0, 2000, 7.8]);
  });

  it('takes the signal that lasts longest in all, however its gaps cut it, and says what it leaves out', () => {
    const pieces = [0, 1000, 2000].map((startMs) => run({}, startMs, new Int32Array(200).fill(7)));
    const { record: { samplingFrequency, comments } } = joinRuns([...pieces, run({ samplingFrequencyHz: 500 }, 5000, new Int32Array(500).fill(9))], query);
    expect(samplingFrequency).toBe(250);
    expect(comments).toContain('left out: 1.0 s of other leads, another rate or another scale');
  });

  it('holds any microvolts that a frame may, to within half a step, in 16 bits', () => {
    const range = fc.tuple(fc.float({ min: -500_000, max: 500_000, noNaN: true }), fc.float({ min: 0, max: 500_000, noNaN: true }));
    fc.assert(fc.property(range, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }), ([from, width], places) => {
      const values = [...Float32Array.from(places, (place) => Math.min(500_000, from + place * width))];
      const joined = joinRuns([run({ encoding: 'float32' }, 0, bitsOf(values))], query);
      const step = 1000 / joined.record.adcGain[0]!;
      voltages(joined).forEach((value, i) => expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual(step / 2 + 0.05));
      expect(step).toBeLessThanOrEqual(Math.max(0.1, (5.1 * (Math.max(...values) - Math.min(...values)) + 10) / 65_534));
      expect(() => writeEdf(joined.record, START_MS)).not.toThrow();
      expect(() => writeWfdb(joined.record, START_MS)).not.toThrow();
    }));
  });
});
