import { describe, expect, it } from 'vitest';
import { hz } from '../../../ecg/units.ts';
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
