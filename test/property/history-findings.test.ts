import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedStore } from '../../stream/history/embedded/store.ts';
import { EMPTY_BATCH, type ScorePoint } from '../../stream/history/store.ts';
import { TrendBuilder } from '../../stream/history/trend.ts';
import { batchOf, START_MS } from '../helpers/history-samples.ts';
import fc from '../helpers/properties.ts';

const MINUTES = 20;
const LABELS = ['a', 'b', 'c'] as const;
/** Batches without news after which every minute was counted, eight with each. */
const UNTIL_COUNTED = 60;

const score = fc.record({ atMs: fc.integer({ min: 0, max: MINUTES * 60_000 * 8 - 1 }).map((eighths) => START_MS + eighths / 8), label: fc.constantFrom(...LABELS), score: fc.integer({ min: -6000, max: 6000 }).map((thousandths) => thousandths / 1000) });
const question = fc.record({ from: fc.integer({ min: -90_000, max: MINUTES * 60_000 }), length: fc.integer({ min: 1, max: MINUTES * 60_000 }), whole: fc.boolean(), points: fc.integer({ min: 1, max: 200 }) });

describe('trends of findings', () => {
  let directory: string;
  let store: EmbeddedStore;
  let bed = 0;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'leadwatch-findings-'));
    store = await EmbeddedStore.open({ directory });
  });
  afterAll(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });

  it('say of every part exactly what its scores say, counted or not, and whatever came late', async () => {
    await fc.assert(fc.asyncProperty(fc.array(score, { maxLength: 60 }), fc.array(score, { maxLength: 5 }), fc.boolean(), fc.array(question, { minLength: 1, maxLength: 4 }), async (early, late, counted, questions) => {
      const name = `bed-${bed++}`;
      const pointsOf = (all: typeof early): ScorePoint[] => all.map(({ atMs, label, score: value }) => ({ bed: name, atMs, modelId: 'm@1', findings: [{ label, cosine: 0, score: value }] }));
      await store.append(batchOf({ scores: pointsOf(early) }));
      if (counted) for (let i = 0; i < UNTIL_COUNTED; i++) await store.append(EMPTY_BATCH);
      await store.append(batchOf({ scores: pointsOf([...late, ...early.slice(0, 2)]) })); // and some again
      const stored = await store.scores({ bed: name, fromMs: START_MS - 1, toMs: START_MS + MINUTES * 60_000 });
      for (const { from, length, whole, points } of questions) {
        // Whole minutes, as the page asks, or any times.
        const query = whole ? { bed: name, fromMs: START_MS + Math.floor(from / 60_000) * 60_000, toMs: START_MS + (Math.floor(from / 60_000) + MINUTES) * 60_000, points: Math.min(points, MINUTES) }
          : { bed: name, fromMs: START_MS + from, toMs: START_MS + from + length, points };
        const trends = await store.findingTrends(query);
        const within = stored.filter(({ atMs }) => atMs >= query.fromMs && atMs < query.toMs);
        expect(trends.map((trend) => trend.name)).toEqual(LABELS.filter((label) => within.some(({ findings }) => findings[0]!.label === label)));
        for (const trend of trends) {
          const raw = new TrendBuilder(trend.name, query);
          const own = within.filter(({ findings }) => findings[0]!.label === trend.name);
          for (const { atMs, findings } of own) raw.add(atMs, findings[0]!.score);
          expect(trend).toEqual(raw.finish());
          expect(Math.max(...trend.high.filter((value) => !Number.isNaN(value)))).toBe(Math.max(...own.map(({ findings }) => findings[0]!.score)));
        }
      }
    }), { numRuns: 60 });
  }, 60_000);
});

describe('a trend', () => {
  it('lies between the lowest and the highest of each part, has every part that has a value, and invents none', () => {
    const value = fc.record({ atMs: fc.double({ min: 0, max: 1000, noNaN: true }), value: fc.oneof(fc.double({ min: -1e4, max: 1e4 }), fc.constantFrom(0.1, -0.3, NaN)) });
    fc.assert(fc.property(fc.array(value, { maxLength: 200 }), fc.integer({ min: 1, max: 40 }), (values, points) => {
      const query = { bed: 'b', fromMs: 0, toMs: 1000, points };
      const builder = new TrendBuilder('n', query);
      for (const { atMs, value: v } of values) builder.add(atMs, v);
      const { mean, low, high } = builder.finish();
      for (let point = 0; point < points; point++) {
        const part = values.filter(({ atMs, value: v }) => Math.floor(atMs / (1000 / points)) === point && !Number.isNaN(v)).map(({ value: v }) => v);
        // Adding 0 takes the sign off -0: which of the two zeros is the lower is nobody's business.
        expect([low[point]! + 0, high[point]! + 0]).toEqual(part.length === 0 ? [NaN, NaN] : [Math.fround(Math.min(...part)) + 0, Math.fround(Math.max(...part)) + 0]);
        if (part.length === 0) expect(mean[point]).toBeNaN();
        else expect(low[point]! <= mean[point]! && mean[point]! <= high[point]!).toBe(true);
      }
    }));
  });
});
