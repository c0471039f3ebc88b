import { describe, expect, it } from 'vitest';
import { augment, MONITOR_LEADS, presenceOf } from '../../../training/augmentation.ts';
import { randomOf } from '../../../training/random.ts';
import { STILL } from '../../helpers/tiny-training.ts';

const LENGTH = 50;
const ramp = (): Float32Array => Float32Array.from({ length: 12 * LENGTH }, (_, i) => 1 + i);

function augmented(settings: Partial<typeof STILL>, seed: number): { input: Float32Array; presence: Float32Array } {
  const input = ramp();
  const presence = new Float32Array(12);
  augment(input, presence, { ...STILL, ...settings }, randomOf(seed), new Float32Array(LENGTH));
  return { input, presence };
}

describe('augmentation', () => {
  it('changes nothing where all of it is off', () => {
    const { input, presence } = augmented({}, 1);
    expect(input).toEqual(ramp());
    expect([...presence]).toEqual(Array(12).fill(1));
  });

  it('makes dropped leads zero, as serving does with absent ones, and says so in the mask', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { input, presence } = augmented({ leadDropout: 1 }, seed);
      expect(presence.some((value) => value === 1)).toBe(true);
      presence.forEach((present, lead) => {
        const samples = input.subarray(lead * LENGTH, (lead + 1) * LENGTH);
        expect(samples.every((value, i) => value === (present === 1 ? 1 + lead * LENGTH + i : 0))).toBe(true);
      });
    }
  });

  it('meets every monitor’s lead set', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 400; seed++) seen.add(augmented({ leadDropout: 1 }, seed).presence.join(''));
    for (const leads of MONITOR_LEADS) expect(seen).toContain(presenceOf(leads).join(''));
  });

  it('shifts all leads by the same amount, around the end', () => {
    const { input } = augmented({ shift: true }, 3);
    const shift = input[0]! - 1;
    expect(shift).toBeGreaterThan(0);
    for (let lead = 0; lead < 12; lead++) {
      for (let i = 0; i < LENGTH; i++) expect(input[lead * LENGTH + i]).toBe(1 + lead * LENGTH + ((i + shift) % LENGTH));
    }
  });

  it('crops to one part of at least the shortest length, the same in all leads, and leaves the rest flat', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { input } = augmented({ crop: { share: 1, shortest: 0.4 } }, seed);
      const of = (lead: number): number[] => [...input.subarray(lead * LENGTH, (lead + 1) * LENGTH)];
      const first = of(0).findIndex((value) => value !== 0);
      const end = of(0).findLastIndex((value) => value !== 0) + 1;
      expect(end - first).toBeGreaterThanOrEqual(0.4 * LENGTH);
      for (let lead = 0; lead < 12; lead++) expect(of(lead)).toEqual(Array.from({ length: LENGTH }, (_, i) => (i >= first && i < end ? 1 + lead * LENGTH + i : 0)));
    }
  });

  it('keeps the ratio of amplitudes under a common gain', () => {
    const { input } = augmented({ gainSd: 0.3 }, 4);
    const gain = input[0]!;
    expect(gain).not.toBe(1);
    input.forEach((value, i) => expect(value / (1 + i)).toBeCloseTo(gain, 5));
  });

  it('adds noise to the share of records that the settings say, and only to leads that are there', () => {
    const noise = [[Float32Array.from({ length: 500 }, (_, i) => Math.sin(i))]];
    const noisy = Array.from({ length: 200 }, (_, seed) => {
      const [input, presence] = [ramp(), new Float32Array(12)];
      augment(input, presence, { ...STILL, leadDropout: 0.5, ambulatoryNoise: { share: 0.3, lowestDb: 0, highestDb: 12 } }, randomOf(seed), new Float32Array(LENGTH), noise);
      presence.forEach((present, lead) => {
        if (present === 0) expect(input.subarray(lead * LENGTH, (lead + 1) * LENGTH).every((value) => value === 0)).toBe(true);
      });
      return input.some((value, i) => value !== 0 && value !== 1 + i);
    }).filter(Boolean).length;
    expect(noisy).toBeGreaterThan(0.2 * 200);
    expect(noisy).toBeLessThan(0.4 * 200);
  });

  it('is the same for the same seed and different for another', () => {
    const settings = { leadDropout: 0.5, gainSd: 0.2, leadGainSd: 0.1, noiseSd: 0.1, shift: true, wanderSd: 0.1, placement: { axisSdDegrees: 10, chestSd: 0.2 }, crop: { share: 0.5, shortest: 0.3 }, stretchSd: 0.1 };
    expect(augmented(settings, 5)).toEqual(augmented(settings, 5));
    expect(augmented(settings, 5)).not.toEqual(augmented(settings, 6));
  });

  it('turns the frontal axis without breaking Einthoven’s law, and leaves the chest leads alone', () => {
    const { input } = augmented({ placement: { axisSdDegrees: 20, chestSd: 0 } }, 7);
    const at = (lead: number, i: number): number => input[lead * LENGTH + i]!;
    for (let i = 0; i < LENGTH; i++) {
      expect(at(0, i) + at(2, i)).toBeCloseTo(at(1, i), 2);
      expect(at(3, i)).toBeCloseTo(-(at(0, i) + at(1, i)) / 2, 2);
      expect(at(4, i)).toBeCloseTo((at(0, i) - at(2, i)) / 2, 2);
      expect(at(5, i)).toBeCloseTo((at(1, i) + at(2, i)) / 2, 2);
    }
    expect(input[0]).not.toBe(1);
    expect(input.subarray(6 * LENGTH)).toEqual(ramp().subarray(6 * LENGTH));
  });

  it('slides each chest electrode towards a neighbour, never beyond', () => {
    const { input } = augmented({ placement: { axisSdDegrees: 0, chestSd: 5 } }, 8);
    const before = ramp();
    for (let lead = 6; lead < 12; lead++) {
      const value = input[lead * LENGTH]!;
      expect(value).toBeGreaterThanOrEqual(before[Math.max(6, lead - 1) * LENGTH]!);
      expect(value).toBeLessThanOrEqual(before[Math.min(11, lead + 1) * LENGTH]!);
    }
    expect(input.subarray(0, 6 * LENGTH)).toEqual(before.subarray(0, 6 * LENGTH));
  });

  it('adds a slow wave of its own to every lead', () => {
    const { input } = augmented({ wanderSd: 0.5 }, 9);
    const wander = input.map((value, i) => value - ramp()[i]!);
    for (let lead = 0; lead < 12; lead++) {
      const wave = wander.subarray(lead * LENGTH, (lead + 1) * LENGTH);
      // Half a second of a wave under 1 Hz turns at most twice.
      const turns = wave.slice(2).filter((value, i) => (value - wave[i + 1]!) * (wave[i + 1]! - wave[i]!) < -1e-6).length;
      expect(turns).toBeLessThanOrEqual(2);
      expect(Math.max(...wave.map(Math.abs))).toBeGreaterThan(0);
    }
  });
});
