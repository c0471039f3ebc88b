import { describe, expect, it } from 'vitest';
import { STANDARD_LEADS, type StandardLead } from '../../../ecg/leads.ts';
import { addAmbulatoryNoise, loadAmbulatoryNoise, type AmbulatoryNoise } from '../../../training/ambulatory-noise.ts';
import { presenceOf } from '../../../training/augmentation.ts';
import { randomOf } from '../../../training/random.ts';
import fc from '../../helpers/properties.ts';

const LENGTH = 1000;
const ALL = presenceOf(STANDARD_LEADS);

/** White, of unit power: what is asked of its sum can be computed. */
const WHITE: AmbulatoryNoise = [[1, 2].map((seed) => {
  const random = randomOf(seed);
  return Float32Array.from({ length: 50 * LENGTH }, () => random.normal());
})];

/** @returns [12 leads][length]: a sine of unit power in the leads that are there */
const sines = (presence: Uint8Array): Float32Array =>
  Float32Array.from({ length: 12 * LENGTH }, (_, i) => (presence[Math.floor(i / LENGTH)] === 1 ? Math.SQRT2 * Math.sin((2 * Math.PI * 5 * (i % LENGTH)) / LENGTH) : 0));

function noiseOf(presence: Uint8Array, db: number, seed: number): (lead: StandardLead) => Float32Array {
  const input = sines(presence);
  addAmbulatoryNoise(input, presence, WHITE, db, randomOf(seed));
  const before = sines(presence);
  const added = input.map((value, i) => value - before[i]!);
  return (lead) => added.subarray(STANDARD_LEADS.indexOf(lead) * LENGTH, (STANDARD_LEADS.indexOf(lead) + 1) * LENGTH);
}

const power = (samples: Float32Array): number => samples.reduce((sum, value) => sum + value * value, 0) / samples.length;

describe('noise of people who move', () => {
  it('obeys Einthoven’s law and Goldberger’s leads, as what electrodes make does', () => {
    fc.assert(fc.property(fc.integer(), fc.double({ min: -6, max: 24, noNaN: true }), (seed, db) => {
      const lead = noiseOf(ALL, db, seed);
      const [I, II, III] = [lead('I'), lead('II'), lead('III')];
      for (let i = 0; i < LENGTH; i += 97) {
        expect(I[i]! + III[i]!).toBeCloseTo(II[i]!, 4);
        expect(lead('aVR')[i]).toBeCloseTo(-(I[i]! + II[i]!) / 2, 4);
        expect(lead('aVL')[i]).toBeCloseTo((I[i]! - III[i]!) / 2, 4);
        expect(lead('aVF')[i]).toBeCloseTo((II[i]! + III[i]!) / 2, 4);
      }
    }), { numRuns: 20 });
  });

  it('has the power asked for in a limb lead, and less against the mean of three electrodes', () => {
    for (const db of [0, 6, 12]) {
      const lead = noiseOf(ALL, db, 2);
      const expected = 10 ** (-db / 10);
      expect(power(lead('II')) / expected).toBeCloseTo(1, 0);
      expect(power(lead('V3')) / expected).toBeCloseTo((1 + 1 / 3) / 2, 0);
    }
  });

  it('leaves absent leads as they are, and measures the ECG by those that are there', () => {
    const lead = noiseOf(presenceOf(['II', 'V1']), 0, 3);
    for (const absent of STANDARD_LEADS.filter((name) => name !== 'II' && name !== 'V1')) expect(power(lead(absent))).toBe(0);
    expect(power(lead('II'))).toBeGreaterThan(0.8);
    expect(power(lead('II'))).toBeLessThan(1.2);
  });

  it('comes from recordings, one half to learn in and the other to be tested in', async () => {
    const [first, second] = [await loadAmbulatoryNoise('first'), await loadAmbulatoryNoise('second')];
    for (const half of [first, second]) {
      expect(half).toHaveLength(2);
      for (const channel of half.flat()) {
        expect(channel).toHaveLength(90_278); // half of 650,000 samples at 360 Hz, at 100 Hz
        expect(power(channel)).toBeCloseTo(1, 3);
      }
    }
    const alike = first[0]![0]!.filter((value, i) => value === second[0]![0]![i]).length;
    expect(alike).toBeLessThan(100);
  });
});
