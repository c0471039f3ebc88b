import { describe, expect, it } from 'vitest';
import { augment, MONITOR_LEADS, presenceOf } from '../../../training/augmentation.ts';
import { randomOf } from '../../../training/random.ts';

const LENGTH = 50;
const QUIET = { leadDropout: 0, gainSd: 0, leadGainSd: 0, noiseSd: 0, shift: false, stretchSd: 0 };
const ramp = (): Float32Array => Float32Array.from({ length: 12 * LENGTH }, (_, i) => 1 + i);

function augmented(settings: Partial<typeof QUIET>, seed: number): { input: Float32Array; presence: Float32Array } {
  const input = ramp();
  const presence = new Float32Array(12);
  augment(input, presence, { ...QUIET, ...settings }, randomOf(seed), new Float32Array(LENGTH));
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

  it('keeps the ratio of amplitudes under a common gain', () => {
    const { input } = augmented({ gainSd: 0.3 }, 4);
    const gain = input[0]!;
    expect(gain).not.toBe(1);
    input.forEach((value, i) => expect(value / (1 + i)).toBeCloseTo(gain, 5));
  });

  it('is the same for the same seed and different for another', () => {
    const settings = { leadDropout: 0.5, gainSd: 0.2, leadGainSd: 0.1, noiseSd: 0.1, shift: true, stretchSd: 0.1 };
    expect(augmented(settings, 5)).toEqual(augmented(settings, 5));
    expect(augmented(settings, 5)).not.toEqual(augmented(settings, 6));
  });
});
