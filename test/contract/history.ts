/** What every history store must do, whichever it is; run against each of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MISSING_SAMPLE } from '../../ecg/formats/wfdb-signal.ts';
import { fromHalves } from '../../stream/history/float16.ts';
import type { HistoryStore, WaveformRun } from '../../stream/history/store.ts';
import { alarmEvent, batchOf, block, blocks, signalOf, START_MS } from '../helpers/history-samples.ts';

/** An influxd that has to be built first: a quarter of an hour on a busy machine. */
export const OPEN_TIMEOUT_MS = 25 * 60_000;

const at = (second: number): number => START_MS + second * 1000;
const interval = (bed: string, from: number, to: number): { bed: string; fromMs: number; toMs: number } => ({ bed, fromMs: at(from), toMs: at(to) });
const joined = (run: WaveformRun, lead: number): number[] => [...run.samples[lead]!];

export function historyContract(name: string, open: () => Promise<{ store: HistoryStore; remove: () => Promise<void> }>): void {
  describe(`history store ${name}`, () => {
    let store: HistoryStore;
    let remove: () => Promise<void>;
    beforeAll(async () => ({ store, remove } = await open()), OPEN_TIMEOUT_MS);
    afterAll(() => remove());

    it('gives back exactly the samples that were stored, as one run', async () => {
      const stored = blocks('exact', 0, 12);
      await store.append(batchOf({ waveforms: stored }));
      const runs = await store.waveform(interval('exact', 0, 12));
      expect(runs).toHaveLength(1);
      expect(runs[0]).toMatchObject({ bed: 'exact', epoch: 1, startMs: at(0), startIndex: 0, signal: signalOf(2) });
      for (const lead of [0, 1]) expect(joined(runs[0]!, lead)).toEqual(stored.flatMap(({ samples }) => [...samples.subarray(lead * 250, (lead + 1) * 250)]));
    });

    it('cuts to the samples of the interval and to no other', async () => {
      await store.append(batchOf({ waveforms: blocks('cut', 0, 4) }));
      const [run] = await store.waveform({ bed: 'cut', fromMs: at(0) + 1500, toMs: at(0) + 2600 });
      expect(run).toMatchObject({ startMs: at(0) + 1500, startIndex: 375 });
      expect(run!.samples[0]).toHaveLength(275);
    });

    it('keeps a gap a gap, and a missing sample missing', async () => {
      const torn = block('gap', 2);
      torn.samples.fill(MISSING_SAMPLE, 100, 150);
      await store.append(batchOf({ waveforms: [block('gap', 0), torn, block('gap', 5)] }));
      const runs = await store.waveform(interval('gap', 0, 10));
      expect(runs.map(({ startMs }) => (startMs - at(0)) / 1000)).toEqual([0, 2, 5]);
      expect([...runs[1]!.samples[0]!.subarray(95, 155)].filter((sample) => sample === MISSING_SAMPLE)).toHaveLength(50);
    });

    it('keeps both where a clock stepped back and stored one time twice', async () => {
      const second = { ...block('twice', 3, { seed: 9 }), epoch: 2, startIndex: 0 };
      await store.append(batchOf({ waveforms: [...blocks('twice', 2, 5), second] }));
      const runs = await store.waveform(interval('twice', 0, 10));
      expect(runs.map(({ epoch, samples }) => [epoch, samples[0]!.length])).toEqual(expect.arrayContaining([[1, 750], [2, 250]]));
      expect(runs).toHaveLength(2);
    });

    it('stores nothing twice where a batch is given again', async () => {
      const batch = batchOf({ waveforms: [block('again', 0)], events: [alarmEvent('again', 0, 'a1')], beats: [{ bed: 'again', atMs: at(0) + 400, class: 'normal', rrMs: 800 }] });
      await store.append(batch);
      await store.append(batch);
      expect(await store.waveform(interval('again', 0, 1))).toHaveLength(1);
      expect(await store.events({ bed: 'again', fromMs: at(0), toMs: at(10) })).toHaveLength(1);
      expect(await store.beats(interval('again', 0, 1))).toHaveLength(1);
    });

    it('keeps microvolts of feeds that have no adu, bit for bit', async () => {
      const values = Float32Array.from({ length: 250 }, (_, i) => Math.sin(i) * 123.456);
      const signal = { ...signalOf(1), encoding: 'float32' as const };
      await store.append(batchOf({ waveforms: [{ ...block('floats', 0, { signal }), samples: new Int32Array(values.buffer) }] }));
      const [run] = await store.waveform(interval('floats', 0, 1));
      expect(run!.signal.encoding).toBe('float32');
      expect(run!.samples[0]).toEqual(new Int32Array(values.buffer));
    });

    it('shows at any zoom the lowest and highest of every column', async () => {
      const stored = blocks('zoom', 0, 200);
      for (let i = 0; i < stored.length; i += 50) await store.append(batchOf({ waveforms: stored.slice(i, i + 50) }));
      const uv = (second: number): number[] => [...stored[second]!.samples.subarray(0, 250)].map((adu) => Math.fround(((adu - 1024) * 1000) / 200));
      for (const { columns, seconds } of [{ columns: 20, seconds: 200 }, { columns: 400, seconds: 40 }]) {
        const overview = await store.overview({ ...interval('zoom', 0, seconds), lead: 'II', columns });
        const all = Array.from({ length: seconds }, (_, second) => uv(second)).flat();
        const samples = (seconds * 250) / columns;
        for (let column = 0; column < columns; column++) {
          const part = all.slice(column * samples, (column + 1) * samples);
          expect([column, overview.lowUv[column], overview.highUv[column]]).toEqual([column, Math.min(...part), Math.max(...part)]);
        }
      }
      const empty = await store.overview({ ...interval('zoom', 1000, 1200), lead: 'II', columns: 10 });
      expect(empty.lowUv.every(Number.isNaN)).toBe(true);
    });

    it('averages a trend, keeps its extremes, and leaves a hole where nothing was known', async () => {
      const numerics = Array.from({ length: 180 }, (_, second) => second).filter((second) => second < 60 || second >= 120)
        .map((second) => ({ bed: 'trend', atMs: at(second), values: { heartRateBpm: second < 60 ? 60 + (second % 2) : 120 } }));
      await store.append(batchOf({ numerics }));
      const trend = await store.trend({ ...interval('trend', 0, 180), name: 'heartRateBpm', points: 3 });
      expect([...trend.mean]).toEqual([60.5, NaN, 120]);
      expect([...trend.low]).toEqual([60, NaN, 120]);
      expect([...trend.high]).toEqual([61, NaN, 120]);
      expect((await store.numerics(interval('trend', 58, 122))).map(({ atMs, values }) => [(atMs - at(0)) / 1000, values.heartRateBpm])).toEqual([[58, 60], [59, 61], [120, 120], [121, 120]]);
    });

    it('keeps scores and embeddings to half precision', async () => {
      const findings = [{ label: 'atrial-fibrillation', cosine: 0.31, score: 2.4 }, { label: 'normal', cosine: -0.02, score: -0.7 }];
      const embedding = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i) / 8);
      await store.append(batchOf({ scores: [{ bed: 'scores', atMs: at(4) + 500, modelId: 'tiny@12345678', findings, embedding }] }));
      const [point] = await store.scores(interval('scores', 0, 10));
      expect(point).toMatchObject({ atMs: at(4) + 500, modelId: 'tiny@12345678' });
      expect(point!.findings.map(({ label }) => label)).toEqual(['atrial-fibrillation', 'normal']);
      point!.findings.forEach(({ score, cosine }, i) => {
        expect(Math.abs(score - findings[i]!.score)).toBeLessThan(2 ** -9);
        expect(Math.abs(cosine - findings[i]!.cosine)).toBeLessThan(2 ** -11);
      });
      point!.embedding!.forEach((value, i) => expect(Math.abs(value - embedding[i]!)).toBeLessThan(2 ** -13));
    });

    it('gathers the findings of hours: a single high score stays the highest of its part, and where nothing was scored is a hole', async () => {
      const episode = 7011;
      const scores = Array.from({ length: 5400 }, (_, i) => 2 * i + 1).filter((second) => second < 3000 || second >= 5000).map((second) => ({
        bed: 'findings', atMs: at(second) + 0.5, modelId: second < 9000 ? 'one@1' : 'two@2',
        findings: [{ label: 'normal', cosine: 0, score: second === episode ? -4.5 : 1 + (second % 7) / 8 }, { label: second < 9000 ? 'vt' : 'af', cosine: 0, score: second === episode ? 4.5 : Math.sin(second) / 4 }] }));
      for (let i = 0; i < scores.length; i += 600) await store.append(batchOf({ scores: scores.slice(i, i + 600) }));
      // Ten minutes a part, and parts that begin and end in the middle of minutes.
      for (const query of [{ ...interval('findings', 0, 10_800), points: 18 }, { ...interval('findings', 17.25, 10_500), points: 23 }, { ...interval('findings', 6990, 7110), points: 60 }]) {
        const { fromMs, toMs, points } = query;
        const trends = await store.findingTrends(query);
        const labels = toMs > at(9000) ? ['af', 'normal', 'vt'] : ['normal', 'vt'];
        expect(trends.map(({ name }) => name)).toEqual(labels);
        for (const { name, pointMs, mean, low, high } of trends) {
          expect([pointMs, mean.length]).toEqual([(toMs - fromMs) / points, points]);
          for (let point = 0; point < points; point++) {
            const [first, last] = [fromMs + point * pointMs, fromMs + (point + 1) * pointMs];
            const part = scores.filter(({ atMs }) => atMs >= first && atMs < last).flatMap(({ findings }) => findings.filter(({ label }) => label === name).map(({ score }) => score));
            const wanted = part.length === 0 ? [NaN, NaN, NaN] : [part.reduce((sum, score) => sum + score, 0) / part.length, Math.min(...part), Math.max(...part)];
            [mean, low, high].forEach((values, i) => {
              if (part.length === 0) expect([name, point, values[point]]).toEqual([name, point, NaN]);
              else expect(Math.abs(values[point]! - wanted[i]!), `${name} ${point} ${i}`).toBeLessThan(2 ** -8);
            });
          }
        }
        expect(Math.max(...trends.find(({ name }) => name === 'vt')!.high.filter((value) => !Number.isNaN(value)))).toBe(4.5);
      }
      expect(await store.findingTrends({ ...interval('findings', 3200, 4900), points: 5 })).toEqual([]);
      expect(await store.findingTrends({ ...interval('nobody', 0, 100), points: 5 })).toEqual([]);
    });

    it('gives embeddings alone, one run for each model, in order of time', async () => {
      const scores = [[3, 'one@1'], [1, 'one@1'], [2, 'two@2']].map(([second, modelId]) => ({
        bed: 'runs', atMs: at(second as number), modelId: modelId as string, findings: [{ label: 'x', cosine: 0, score: 0 }], embedding: Float32Array.of(second as number, 0.5) }));
      await store.append(batchOf({ scores }));
      const runs = (await store.embeddings(interval('runs', 0, 10))).toSorted((a, b) => (a.modelId < b.modelId ? -1 : 1));
      expect(runs.map(({ modelId, atMs, halves }) => ({ modelId, atMs: [...atMs], values: [...fromHalves(halves)] }))).toEqual([
        { modelId: 'one@1', atMs: [at(1), at(3)], values: [1, 0.5, 3, 0.5] }, { modelId: 'two@2', atMs: [at(2)], values: [2, 0.5] }]);
    });

    it('finds beats and events by bed, time and kind, in order', async () => {
      const beats = [{ bed: 'found', atMs: at(1) + 100, class: 'normal' as const, rrMs: 800 }, { bed: 'found', atMs: at(1) + 900, class: 'ventricular' as const, rrMs: undefined }];
      const note = { bed: 'found', atMs: at(2), kind: 'annotation' as const, name: 'N', id: 'n1', detail: { text: 'seen by a person' } };
      const events = [alarmEvent('found', 3, 'a2'), note, alarmEvent('found', 1, 'a1'), alarmEvent('elsewhere', 2, 'b1')];
      await store.append(batchOf({ beats, events }));
      expect(await store.beats(interval('found', 0, 10))).toEqual(beats);
      expect(await store.beats(interval('found', 1.5, 10))).toEqual([beats[1]]);
      const found = await store.events({ bed: 'found', fromMs: at(0), toMs: at(10) });
      expect(found).toEqual([alarmEvent('found', 1, 'a1'), note, alarmEvent('found', 3, 'a2')]);
      expect(await store.events({ bed: 'found', fromMs: at(0), toMs: at(10), kinds: ['alarm'], limit: 1 })).toEqual([alarmEvent('found', 3, 'a2')]);
      expect((await store.events({ fromMs: at(0), toMs: at(10), kinds: ['alarm'] })).map(({ bed }) => bed)).toContain('elsewhere');
      expect(await store.events({ bed: 'found', fromMs: at(1), toMs: at(3) })).toHaveLength(2);
    });

    it('names the beds it has, and knows nothing of others', async () => {
      await store.append(batchOf({ waveforms: [block('named', 20_000)] }));
      expect(await store.beds(at(20_000), at(20_010))).toContain('named');
      expect(await store.beds(at(20_100), at(20_110))).not.toContain('named');
      expect(await store.waveform(interval('nobody', 0, 100))).toEqual([]);
      expect(await store.beats(interval('nobody', 0, 100))).toEqual([]);
    });

    it('is without a fault after all that', () => {
      expect(store.stats().fault).toBeNull();
    });
  });
}
