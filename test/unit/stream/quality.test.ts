import { describe, expect, it } from 'vitest';
import { hz } from '../../../ecg/units.ts';
import { DisplayFilter } from '../../../stream/filter.ts';
import { judgeLeads } from '../../../stream/quality.ts';
import { PatientSimulator } from '../../../ecg/simulator/simulator.ts';
import { seededRandom } from '../../../ecg/simulator/random.ts';

const FS = hz(100);
const options = { samplingFrequency: FS, railUv: undefined };
const simulated = (): Float32Array => new PatientSimulator({ samplingFrequency: FS, seed: 3, course: [{ rhythm: 'sinus', seconds: 60 }] }).next(1000).samplesUv[1]!;
const judge = (samples: Float32Array, leadOffMask = 0, railUv?: [number, number]) =>
  judgeLeads([samples], leadOffMask, { ...options, railUv: railUv ? [railUv] : undefined })[0];

describe('the quality of a lead', () => {
  it('is good for a patient', () => expect(judge(simulated())).toBe('ok'));
  it('is lead off where the device says so, whatever the signal', () => expect(judge(simulated(), 1)).toBe('leadOff'));
  it('is missing where a single sample is', () => {
    const samples = simulated();
    samples[500] = NaN;
    expect(judge(samples)).toBe('missing');
  });
  it('is flat within 50 uV', () => expect(judge(Float32Array.from({ length: 1000 }, (_, i) => (i % 2) * 40))).toBe('flat'));
  it('is saturated at an announced rail, and at a level that repeats where none was announced', () => {
    const clipped = simulated().map((value) => Math.min(value, 60));
    expect(judge(clipped, 0, [-5000, 60])).toBe('saturated');
    expect(judge(simulated().map((value, i) => (i % 10 === 0 ? 5000 : value)))).toBe('saturated');
  });
  it('is noisy where muscle drowns the heart', () => {
    const random = seededRandom(5);
    expect(judge(simulated().map((value) => value * 0.2 + 2000 * (random.uniform() - 0.5)))).toBe('noisy');
  });
});

describe('the display filter', () => {
  it('shows no transient when a signal with an offset begins, also after a gap', () => {
    const filter = new DisplayFilter(hz(250), 1);
    const steady = new Float32Array(250).fill(4000);
    expect(Math.max(...filter.push([steady]).samplesUv[0]!.map(Math.abs))).toBeLessThan(1);
    filter.skip(500);
    const after = filter.push([steady]);
    expect(after.startIndex).toBe(750);
    expect(Math.max(...after.samplesUv[0]!.map(Math.abs))).toBeLessThan(1);
  });
  it('keeps missing samples missing', () => {
    const out = new DisplayFilter(hz(250), 1).push([Float32Array.of(1, NaN, 1)]).samplesUv[0]!;
    expect([...out].map(Number.isNaN)).toEqual([false, true, false]);
  });
  it('thins a fast feed to at most 500 Hz on one axis, however it is cut', () => {
    const signal = Float32Array.from({ length: 4000 }, (_, i) => 1000 * Math.sin(i / 50));
    const whole = new DisplayFilter(hz(2000), 1).push([signal]).samplesUv[0]!;
    const filter = new DisplayFilter(hz(2000), 1);
    const parts = [signal.subarray(0, 333), signal.subarray(333, 334), signal.subarray(334)].map((part) => filter.push([part]));
    expect(parts.map(({ startIndex }) => startIndex)).toEqual([0, 84, 84]);
    expect(parts.flatMap(({ samplesUv }) => [...samplesUv[0]!])).toEqual([...whole]);
    expect(whole).toHaveLength(1000);
  });
});
