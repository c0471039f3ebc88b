import { describe, expect, it } from 'vitest';
import { SIMULATED_RHYTHMS } from '../../ecg/simulator/course.ts';
import { PatientSimulator } from '../../ecg/simulator/simulator.ts';
import { hz } from '../../ecg/units.ts';
import fc from '../helpers/properties.ts';

const course = fc.array(fc.record({ rhythm: fc.constantFrom(...SIMULATED_RHYTHMS), seconds: fc.integer({ min: 1, max: 4 }) }), { minLength: 1, maxLength: 5 });

describe('the patient simulator', () => {
  it('gives the same samples, beats and changes however many are asked for at a time', () => {
    fc.assert(fc.property(course, fc.nat(1e6), fc.constantFrom(100, 360, 500), fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 12 }), (steps, seed, fs, cuts) => {
      const options = { samplingFrequency: hz(fs), seed, course: steps };
      const whole = new PatientSimulator(options).next(cuts.reduce((sum, cut) => sum + cut, 0));
      const pieces = new PatientSimulator(options);
      const blocks = cuts.map((cut) => pieces.next(cut));
      for (const [lead, samples] of whole.samplesUv.entries()) expect(blocks.flatMap((block) => [...block.samplesUv[lead]!])).toEqual([...samples]);
      expect(blocks.flatMap((block) => block.beats)).toEqual(whole.beats);
      expect(blocks.flatMap((block) => block.changes)).toEqual(whole.changes);
    }), { numRuns: 30 });
  });

  it('gives finite samples that an electrode could have, at any sampling frequency a feed may have', () => {
    fc.assert(fc.property(course, fc.nat(1e6), fc.integer({ min: 50, max: 4000 }), (steps, seed, fs) => {
      const { samplesUv } = new PatientSimulator({ samplingFrequency: hz(fs), seed, course: steps }).next(2 * fs);
      expect(samplesUv.every((lead) => lead.every((value) => Math.abs(value) < 6000))).toBe(true);
    }), { numRuns: 30 });
  });
});
