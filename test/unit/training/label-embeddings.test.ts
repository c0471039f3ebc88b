import { describe, expect, it } from 'vitest';
import { ecgPrototypes } from '../../../training/ecg-prototypes.ts';
import { labelEmbedding, projectedTexts, promptSetOf, says } from '../../../training/label-embeddings.ts';
import { meanOfRows, normaliseRows } from '../../../training/vectors.ts';
import fc from '../../helpers/properties.ts';

// Forty reports on a circle; six of them say "block", and lie together.
const texts = Array.from({ length: 40 }, (_, i) => (i < 6 ? `sinus rhythm, block ${i}` : `sinus rhythm ${i}`));
const frozen = Float32Array.from({ length: 80 }, (_, i) => {
  const angle = ((i >> 1) * 2 * Math.PI) / 40;
  return i % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
});
const candidates = Int32Array.from({ length: 40 }, (_, i) => i);
const promptVectors = Float32Array.of(1, 0, 0, 1);
const set = promptSetOf(['block', 'never written'], promptVectors, { texts, textDimension: 2, frozen, candidates });
const projected = projectedTexts(promptVectors, frozen, 2, candidates);

describe('a label’s embedding', () => {
  it('is the mean of its prompts, at unit length', () => {
    const embedding = labelEmbedding(set, projected, ['block', 'never written'], { from: 'prompt', contrast: 0 });
    expect(embedding[0]).toBeCloseTo(Math.SQRT1_2, 6);
    expect(embedding[1]).toBeCloseTo(Math.SQRT1_2, 6);
  });

  it('is the mean of the reports that hold the phrase', () => {
    const embedding = labelEmbedding(set, projected, ['block'], { from: 'phrase', contrast: 0 });
    expect([...embedding]).toEqual([...normaliseRows(meanOfRows(frozen, 2, [0, 1, 2, 3, 4, 5]), 2)]);
  });

  it('falls back to the nearest reports where hardly any holds the phrase', () => {
    expect(set.phrase[1]).toEqual(set.nearest[1]);
    expect(set.nearest[1]![0]).toBe(10); // straight up
  });

  it('loses as much of the mean report as contrast says', () => {
    const shifted = { ...projected, meanReport: Float32Array.of(0.5, 0) };
    const embedding = labelEmbedding(set, shifted, ['block'], { from: 'prompt', contrast: 1 });
    expect([...embedding]).toEqual([1, 0]);
    expect(labelEmbedding(set, { ...projected, meanReport: Float32Array.of(1, 1) }, ['block'], { from: 'prompt', contrast: 1 })[1]).toBe(-1);
  });

  it('is what tells the ECGs whose reports hold the phrase from the others', () => {
    // One record per report; those that say "block" lie to the right, the others to the left.
    const ecg = Float32Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? (i >> 1 < 6 ? 1 : -1) : i % 3 - 1));
    const withEcgs = { ...projected, ecgs: ecgPrototypes(ecg, 2, candidates, 40) };
    const ecgs = labelEmbedding(set, withEcgs, ['block', 'never written'], { from: 'ecgs', contrast: 0 });
    expect(ecgs[0]).toBeGreaterThan(0.95);
    const phrase = labelEmbedding(set, withEcgs, ['block'], { from: 'phrase', contrast: 0 });
    const both = labelEmbedding(set, withEcgs, ['block'], { from: 'both', contrast: 0 });
    const alone = labelEmbedding(set, withEcgs, ['block'], { from: 'ecgs', contrast: 0 });
    expect([...both]).toEqual([...normaliseRows(alone.map((value, i) => value + phrase[i]!), 2)]);
    expect(() => labelEmbedding(set, projected, ['block'], { from: 'ecgs', contrast: 0 })).toThrow(RangeError);
  });

  it('refuses a prompt that has not been embedded', () => {
    expect(() => labelEmbedding(set, projected, ['flutter'], { from: 'prompt', contrast: 0 })).toThrow(RangeError);
  });
});

describe('a report that says a phrase', () => {
  it('holds it from the beginning of a word on, its last word in any form', () => {
    expect(says('sinus rhythm, complete right bundle branch block', 'complete right bundle branch block')).toBe(true);
    expect(says('ventricular extrasystoles', 'ventricular extrasystole')).toBe(true);
    expect(says('normal ecg', 'normal ecg')).toBe(true);
  });

  it('does not hold it in the middle of a word alone', () => {
    expect(says('incomplete right bundle branch block', 'complete right bundle branch block')).toBe(false);
    expect(says('abnormal ecg', 'normal ecg')).toBe(false);
    expect(says('anterolateral infarct', 'lateral infarct')).toBe(false);
    expect(says('ünormal ecg', 'normal ecg')).toBe(false);
  });

  it('is found behind words that only end like it', () => {
    expect(says('anterolateral infarct, old lateral infarct', 'lateral infarct')).toBe(true);
  });

  it('finds what a pattern of words finds, in any text', () => {
    const text = fc.array(fc.constantFrom('a', 'b', ' ', '-'), { maxLength: 30 }).map((letters) => letters.join(''));
    fc.assert(fc.property(text, fc.constantFrom('a', 'ab', 'a b', 'aba'), (written, phrase) => {
      expect(says(written, phrase)).toBe(new RegExp(`(?<!\\p{L})${phrase}`, 'u').test(written));
    }));
  });
});
