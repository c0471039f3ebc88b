import { describe, expect, it } from 'vitest';
import type { LabelBank, LabelDefinition } from '../../models/label-bank.ts';
import { rankFindings, scoreEmbeddings } from '../../models/zero-shot.ts';
import { weights } from '../helpers/tiny-model.ts';
import fc from '../helpers/properties.ts';


function unitRows(rows: number, dimension: number, seed: number): Float32Array {
  const values = weights(rows * dimension, seed);
  for (let row = 0; row < rows; row++) {
    const part = values.subarray(row * dimension, (row + 1) * dimension);
    const length = Math.hypot(...part);
    part.forEach((value, i) => {
      part[i] = value / length;
    });
  }
  return values;
}

const labelled = (means: readonly number[], dimension: number, seed: number): LabelBank => ({
  manifestSha256: '0'.repeat(64),
  labels: means.map((cosineMean, i): LabelDefinition => ({ id: `l${i}`, name: `L${i}`, kind: 'form', prompts: ['x'], method: 'prompt', cosineMean, cosineSd: 0.5 })),
  dimension,
  embeddings: unitRows(means.length, dimension, seed),
});

const shape = fc.record({
  count: fc.integer({ min: 0, max: 9 }), labels: fc.integer({ min: 1, max: 12 }), dimension: fc.integer({ min: 1, max: 70 }), seed: fc.nat(10_000) });

describe('zero-shot scoring, for any embeddings and labels of unit length', () => {
  it('gives the plain dot product of every segment with every label, within [-1, 1]', () => fc.assert(fc.property(shape, ({ count, labels, dimension, seed }) => {
    const bank = labelled(Array.from({ length: labels }, () => 0), dimension, seed);
    const embeddings = unitRows(count, dimension, seed + 1);
    const cosines = scoreEmbeddings(embeddings, count, bank);
    expect(cosines).toHaveLength(count * labels);
    for (let row = 0; row < count; row++) {
      for (let label = 0; label < labels; label++) {
        let naive = 0;
        for (let i = 0; i < dimension; i++) naive += embeddings[row * dimension + i]! * bank.embeddings[label * dimension + i]!;
        const cosine = cosines[row * labels + label]!;
        expect(Math.abs(cosine - naive)).toBeLessThan(1e-6);
        expect(Math.abs(cosine)).toBeLessThanOrEqual(1);
      }
    }
  })));

  it('gives a label 1 for its own embedding', () => fc.assert(fc.property(shape, ({ labels, dimension, seed }) => {
    const bank = labelled(Array.from({ length: labels }, () => 0), dimension, seed);
    const cosines = scoreEmbeddings(bank.embeddings, labels, bank);
    for (let label = 0; label < labels; label++) expect(cosines[label * labels + label]).toBeCloseTo(1, 6);
  })));

  it('ranks every label once by falling score, equal scores in the bank\'s order', () => fc.assert(fc.property(
    // Few distinct values, so that ties are common.
    fc.array(fc.record({ cosine: fc.constantFrom(-0.5, 0, 0.25, 0.5), mean: fc.constantFrom(0, 0.25) }), { minLength: 1, maxLength: 20 }), (rows) => {
      const bank = labelled(rows.map((row) => row.mean), 1, 1);
      const findings = rankFindings(Float32Array.from(rows.map((row) => row.cosine)), bank);
      expect(findings.map((finding) => finding.label).sort()).toEqual(bank.labels.map((label) => label.id).sort());
      const place = (label: string): number => bank.labels.findIndex(({ id }) => id === label);
      for (let i = 1; i < findings.length; i++) {
        const [before, after] = [findings[i - 1]!, findings[i]!];
        expect(before.score > after.score || (before.score === after.score && place(before.label) < place(after.label))).toBe(true);
      }
      for (const { label, cosine, score } of findings) {
        const row = rows[place(label)]!;
        expect([cosine, score]).toEqual([row.cosine, (row.cosine - row.mean) / 0.5]);
      }
    })));
});
