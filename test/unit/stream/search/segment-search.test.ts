import { expect, it } from 'vitest';
import { ManualClock } from '../../../../ecg/clock.ts';
import { epochMs } from '../../../../ecg/units.ts';
import { SegmentSearch } from '../../../../stream/search/segment-search.ts';
import { toHalves } from '../../../../stream/history/float16.ts';

const NOW = 1_795_000_000_000;
const everything = { bed: undefined, fromMs: -Infinity, toMs: Infinity, limit: 5 };
const X = Float32Array.of(1, 0);

it('holds what history kept and what the line scores, of one model, and begins anew with another', async () => {
  const search = new SegmentSearch({ modelId: 'one', dimension: 2, maxSegments: 5000, clock: new ManualClock(epochMs(NOW)), warn: () => undefined });
  const stored = (modelId: string) => ({ modelId, atMs: Float64Array.of(NOW - 60_000), halves: toHalves([0.5, 0]) });
  search.load({ beds: async (fromMs) => (fromMs > NOW - 2 * 3_600_000 || fromMs === NOW - 24 * 3_600_000 ? ['a'] : []),
    embeddings: async ({ toMs }) => (toMs === NOW ? [stored('one'), stored('two')] : []) });
  const live = (modelId: string) => search.add({ bed: 'b', epoch: 2, atMs: epochMs(NOW), modelId, embedding: X });
  live('one');
  live('two');
  expect((await search.search({ embedding: X, ...everything })).results).toEqual([
    { bed: 'b', epoch: 2, atMs: NOW, similarity: 1 }, { bed: 'a', epoch: 0, atMs: NOW - 60_000, similarity: 0.5 }]);
  expect(await search.dryRun(X, { cosineMean: 0, cosineSd: 1 }, { threshold: 0.4, dwellMs: 0 })).toMatchObject({ beds: 2, alarms: 2 });
  expect(search.counters).toMatchObject({ added: 1, loaded: 1, leftOut: 0, held: 2, evicted: 0, rebuilt: 0 });

  search.begin('two', 2);
  live('two');
  expect(search.counters).toMatchObject({ held: 0, rebuilt: 1 });
  expect((await search.search({ embedding: X, ...everything })).segments).toBe(1);
  expect(search.counters).toMatchObject({ added: 2, held: 1, rebuilt: 1 });
  await search.close();
  await expect(search.search({ embedding: X, ...everything })).rejects.toMatchObject({ code: 'HISTORY_READ' });
});

it('counts what gives way to newer segments, and goes on counting when it is begun anew', async () => {
  const search = new SegmentSearch({ modelId: 'one', dimension: 2, maxSegments: 3, clock: new ManualClock(epochMs(NOW)), warn: () => undefined });
  const add = (hours: readonly number[], modelId: string): void => hours.forEach((hour) => search.add({ bed: 'b', epoch: 1, atMs: epochMs(NOW + hour * 3_600_000), modelId, embedding: X }));
  add([0, 0, 1, 2], 'one');
  // Whole hours go: both segments of the first.
  expect((await search.search({ embedding: X, ...everything })).segments).toBe(2);
  expect(search.counters).toMatchObject({ held: 2, evicted: 2 });
  search.begin('two', 2);
  add([0, 1, 2, 3], 'two');
  await search.search({ embedding: X, ...everything });
  expect(search.counters).toMatchObject({ added: 8, held: 3, evicted: 3, rebuilt: 1 });
  await search.close();
});
