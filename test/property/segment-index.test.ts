import { describe, expect, it } from 'vitest';
import { SegmentIndex } from '../../stream/search/segment-index.ts';
import { weights } from '../helpers/tiny-model.ts';
import fc from '../helpers/properties.ts';

const DIMENSION = 5;
const HOUR_MS = 3_600_000;
const row = (seed: number): Float32Array => weights(DIMENSION, seed);
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Beds, hours and seconds few enough to collide. */
const segments = fc.array(fc.record({
  bed: fc.constantFrom('a', 'b', 'c'), atMs: fc.integer({ min: 0, max: 3 * 1800 }).map((hop) => hop * 2000), seed: fc.nat(1000) }), { maxLength: 200 });

describe('the index of segments, for any segments in any order', () => {
  it('finds what a plain search over all of them finds, each moment of a bed once', () => fc.assert(fc.property(
    segments, fc.option(fc.constantFrom('a', 'b', 'z'), { nil: undefined }), fc.integer({ min: 0, max: HOUR_MS }), fc.integer({ min: 1, max: 20 }), fc.nat(1000),
    (all, bed, fromMs, limit, seed) => {
      const toMs = fromMs + 1.5 * HOUR_MS;
      const index = new SegmentIndex(DIMENSION, 1000);
      // As the line gives them: one segment of a bed at a time.
      const known = new Map(all.map((segment) => [`${segment.bed} ${segment.atMs}`, segment]));
      for (const { bed: of, atMs, seed: s } of known.values()) index.add(of, 1, atMs, row(s));
      const embedding = row(seed);
      const asked = [...known.values()].filter((segment) => (bed === undefined || segment.bed === bed) && segment.atMs >= fromMs && segment.atMs < toMs);
      const ranked = asked.map((segment) => ({ ...segment, similarity: dot(row(segment.seed), embedding) })).sort((x, y) => y.similarity - x.similarity);
      const { segments: looked, results } = index.search({ embedding, bed, fromMs, toMs, limit });
      expect(looked).toBe(asked.length);
      const expected: typeof ranked = [];
      for (const each of ranked) if (!expected.some((other) => other.bed === each.bed && Math.abs(other.atMs - each.atMs) < 10_000)) expected.push(each);
      expect(results.map(({ similarity }) => similarity.toFixed(5))).toEqual(expected.slice(0, limit).map(({ similarity }) => similarity.toFixed(5)));
    })));

  it('never holds more than its bound, and lets the oldest hours go', () => fc.assert(fc.property(segments, fc.integer({ min: 1, max: 50 }), (all, bound) => {
    const index = new SegmentIndex(DIMENSION, bound);
    for (const { bed, atMs, seed } of all) {
      index.add(bed, 1, atMs, row(seed));
      expect(index.size).toBeLessThanOrEqual(bound);
    }
    const { segments: looked } = index.search({ embedding: row(1), bed: undefined, fromMs: -Infinity, toMs: Infinity, limit: 1 });
    expect(looked).toBe(index.size);
  })));

  it('counts alarms of a bed in order of time, however the segments came', () => {
    const index = new SegmentIndex(1, 1000);
    const ofBed = Array.from({ length: 40 }, (_, i) => ({ atMs: i * 2000, cosine: i >= 10 && i < 30 ? 1 : 0 }));
    for (const { atMs, cosine } of [...ofBed.slice(20), ...ofBed.slice(0, 20)]) index.add('a', 1, atMs, [cosine]);
    expect(index.countAlarms(Float32Array.of(1), (cosine) => cosine, { threshold: 1, dwellMs: 30_000 })).toEqual([{ scoredMs: 78_000, alarms: 1 }]);
    expect(index.countAlarms(Float32Array.of(1), (cosine) => cosine, { threshold: 1, dwellMs: 40_000 })).toEqual([{ scoredMs: 78_000, alarms: 0 }]);
  });
});
