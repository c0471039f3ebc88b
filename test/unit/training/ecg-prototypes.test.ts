import { describe, expect, it } from 'vitest';
import { directionOf, ecgPrototypes } from '../../../training/ecg-prototypes.ts';
import { randomOf } from '../../../training/random.ts';

// Two dimensions: the first varies wildly and says nothing, the second a little and tells text 1 from text 0.
const random = randomOf(2);
const textOf = Int32Array.from({ length: 2000 }, (_, i) => i % 2);
const ecg = Float32Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? 3 * random.normal() + (textOf[i >> 1] === 1 ? 1 : 0) : 0.3 * random.normal() + (textOf[i >> 1] === 1 ? 1 : 0)));

describe('a label by the ECGs whose reports say so', () => {
  const prototypes = ecgPrototypes(ecg, 2, textOf, 3);

  it('weighs what varies anyway less than what tells them apart', () => {
    const [noisy, telling] = directionOf(prototypes, [1]);
    expect(telling!).toBeGreaterThan(1.5 * noisy!);
    expect(noisy!).toBeGreaterThan(0);
  });

  it('points the other way for the rest', () => {
    const [one, two] = [directionOf(prototypes, [1]), directionOf(prototypes, [0])];
    one.forEach((value, i) => expect(two[i]).toBeCloseTo(-value, 4));
  });

  it('is nothing where no record has the text', () => expect([...directionOf(prototypes, [2])]).toEqual([0, 0]));
});
