import { describe, expect, it } from 'vitest';
import { fitProbe } from '../../../../training/evaluation/linear-probe.ts';
import { randomOf } from '../../../../training/random.ts';

describe('the linear probe', () => {
  it('separates what a plane separates, however unequal the classes', () => {
    const random = randomOf(9);
    const classes = Int32Array.from({ length: 300 }, (_, i) => (i % 10 === 0 ? 1 : i % 10 === 1 ? 2 : 0));
    const embeddings = Float32Array.from({ length: 900 }, (_, i) => (i % 3 === classes[Math.floor(i / 3)] ? 2 : 0) + 0.4 * random.normal());
    const scores = fitProbe(embeddings, 3, classes, 3).scores(embeddings);
    const right = classes.filter((truth, i) => scores.every((values) => values[i]! <= scores[truth]![i]!));
    expect(right.length / 300).toBeGreaterThan(0.97);
  });
});
