import { expect, it } from 'vitest';
import { LastHour } from '../../stream/labels/last-hour.ts';
import { toUnitLength } from '../../models/text-head.ts';
import { weights } from '../helpers/tiny-model.ts';
import fc from '../helpers/properties.ts';

const DIMENSION = 4;
const HOUR_MS = 3_600_000;
const BINS = 512;
const bin = (cosine: number): number => Math.max(0, Math.min(BINS - 1, Math.floor(((cosine + 1) / 2) * BINS)));
const unit = (seed: number): Float32Array => toUnitLength(weights(DIMENSION, seed));

it('a percentile is the share of the last hour that lies below, counted plainly, whenever the label was first asked for', () => fc.assert(fc.property(
  fc.array(fc.record({ bed: fc.constantFrom('a', 'b'), afterMs: fc.constantFrom(2000, 10_000, 600_000, 1_500_000), seed: fc.nat(500) }), { minLength: 1, maxLength: 60 }),
  fc.nat(60), fc.nat(500), (notes, askedAt, seed) => {
    const hour = new LastHour(DIMENSION);
    const direction = unit(seed);
    const kept: { bed: string; atMs: number; cosine: number }[] = [];
    let atMs = 0;
    for (const [i, note] of notes.entries()) {
      if (i === askedAt) hour.percentiles('label', direction, 'a', 0);
      atMs += note.afterMs;
      const embedding = unit(note.seed);
      const last = kept.findLast(({ bed }) => bed === note.bed);
      if (!last || atMs - last.atMs >= 9000) kept.push({ bed: note.bed, atMs, cosine: embedding.reduce((sum, value, d) => sum + value * direction[d]!, 0) });
      hour.note(note.bed, atMs, embedding);
    }
    const recent = kept.filter((each) => atMs - each.atMs <= HOUR_MS);
    const plain = (of: typeof kept): number | undefined => (of.length < 6 ? undefined
      : (100 * (of.filter(({ cosine }) => bin(cosine) < bin(0.1)).length + of.filter(({ cosine }) => bin(cosine) === bin(0.1)).length / 2)) / of.length);
    expect(hour.percentiles('label', direction, 'a', 0.1)).toEqual({ bed: plain(recent.filter(({ bed }) => bed === 'a')), ward: plain(recent) });
  })));
