/**
 * What an open vocabulary costs: from a typed label to its score at every bed, and a search over a million segments. Run by
 * itself (`leadwatch bench labels`) or as part of the table of serving.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { seededRandom } from '../../ecg/simulator/random.ts';
import { loadConfig } from '../../config.ts';
import { systemClock } from '../../ecg/clock.ts';
import { textEncoderDirectory } from '../../models/text-encoder.ts';
import { toUnitLength } from '../../models/text-head.ts';
import { startServer } from '../../serve.ts';
import { toHalves } from '../../stream/history/float16.ts';
import type { HistoryReader } from '../../stream/history/store.ts';
import type { LabelView } from '../../stream/labels/label-view.ts';
import { SegmentSearch } from '../../stream/search/segment-search.ts';
import { feed, simulatedRecord } from '../helpers/feeding.ts';
import { median, quantile, rounded, type Figures } from './report.ts';

const BEDS = 8;
const LABELS = 20;
const SEGMENTS = 1_000_000;
const SEARCHES = 21;
const DIMENSION = 128;
const PER_HOUR = 1800;
const HOUR_MS = 3_600_000;

/** Numbers in [-1, 1), the same for a seed. */
function weights(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
}

/** Times in ms with the event loop's delay meanwhile, which is what the line feels. */
async function timed(times: number, run: (i: number) => Promise<void>): Promise<{ tookMs: number[]; loopP99Ms: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const tookMs: number[] = [];
  for (let i = 0; i < times; i++) {
    const startMs = performance.now();
    await run(i);
    tookMs.push(performance.now() - startMs);
  }
  delay.disable();
  return { tookMs: tookMs.sort((a, b) => a - b), loopP99Ms: delay.percentile(99) / 1e6 };
}

/** From the request to a score at every bed, sentences never seen before; the text encoder's process runs already. */
async function measureLabels(): Promise<Figures> {
  const directory = mkdtempSync(join(tmpdir(), 'leadwatch-bench-labels-'));
  // A cache of its own, so that no sentence is known from an earlier run.
  process.env['LEADWATCH_TEXT_ENCODER'] = textEncoderDirectory();
  process.env['LEADWATCH_CACHE'] = directory;
  const server = await startServer(loadConfig({ port: 0, logLevel: 'fatal', stateDirectory: directory, executionProvider: 'cpu' }, {}));
  const names = Array.from({ length: BEDS }, (_, i) => `bed-${i + 1}`);
  const feeds = names.map((bed, i) => feed(simulatedRecord([{ rhythm: 'sinus', seconds: 300 }], 120, i + 1), server.url, { bed }));
  const scored = (id?: string): boolean => names.every((bed) => server.ward.bed(bed)?.findings.some(({ label }) => id === undefined || label === id));
  const until = (id?: string): Promise<void> => new Promise((resolve) => {
    const look = (): void => void (scored(id) ? resolve() : setImmediate(look));
    look();
  });
  const type = async (name: string): Promise<string> => {
    const response = await fetch(`${server.url}/labels`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name }) });
    if (response.status !== 201) throw new Error(`expected 201, received ${response.status}: ${await response.text()}`);
    return ((await response.json()) as LabelView).id;
  };
  try {
    while (!scored()) await new Promise((resolve) => void systemClock.after(100 as never, () => resolve(undefined)));
    await type('warm-up');
    const { tookMs, loopP99Ms } = await timed(LABELS, async (i) => until(await type(`flutter with ${i + 2} to 1 conduction`)));
    return { medianMs: rounded(median(tookMs)), maxMs: rounded(tookMs.at(-1)!), eventLoopP99Ms: rounded(loopP99Ms), beds: BEDS, labels: LABELS };
  } finally {
    feeds.forEach((each) => each.stop());
    await server.close();
    rmSync(directory, { recursive: true });
  }
}

/** Loaded the way history is; what the vectors are makes no difference to an exact search. */
async function measureSearch(): Promise<Figures> {
  const beds = Array.from({ length: BEDS }, (_, i) => `bed-${i + 1}`);
  const runs = Array.from({ length: BEDS }, (_, i) => toHalves(weights(PER_HOUR * DIMENSION, i)));
  const history: Pick<HistoryReader, 'beds' | 'embeddings'> = {
    beds: async () => beds,
    embeddings: async ({ bed, toMs }) => [{
      modelId: 'bench', halves: runs[beds.indexOf(bed)]!, atMs: Float64Array.from({ length: PER_HOUR }, (_, i) => toMs - HOUR_MS + 2000 * i) }],
  };
  const search = new SegmentSearch({ modelId: 'bench', dimension: DIMENSION, maxSegments: SEGMENTS, clock: systemClock, warn: (message) => console.error(message) });
  search.load(history);
  const query = (seed: number): Parameters<typeof search.search>[0] => (
    { embedding: toUnitLength(weights(DIMENSION, seed)), bed: undefined, fromMs: -Infinity, toMs: Infinity, limit: 20 });
  const { segments } = await search.search(query(0)); // waits for the load, and compiles
  const { tookMs, loopP99Ms } = await timed(SEARCHES, async (i) => void (await search.search(query(i))));
  const oneBed = await timed(SEARCHES, async (i) => void (await search.search({ ...query(i), bed: beds[0] })));
  await search.close();
  return {
    p50Ms: rounded(median(tookMs)), p99Ms: rounded(quantile(tookMs, 0.99)), segments, eventLoopP99Ms: rounded(loopP99Ms),
    oneBed: { p50Ms: rounded(median(oneBed.tookMs)) }, plainLoop: { p50Ms: rounded(plainLoopMs(segments)) },
  };
}

/** The same products without the index: one sum, one array, and all similarities sorted. What the search is compared with. */
function plainLoopMs(segments: number): number {
  const rows = weights(segments, 1);
  const embeddings = new Float32Array(segments * DIMENSION);
  for (let i = 0; i < embeddings.length; i++) embeddings[i] = rows[i % segments]!;
  const once = (seed: number): number => {
    const vector = toUnitLength(weights(DIMENSION, seed));
    const startMs = performance.now();
    const similarity = new Float32Array(segments);
    for (let row = 0; row < segments; row++) {
      let sum = 0;
      for (let i = 0; i < DIMENSION; i++) sum += embeddings[row * DIMENSION + i]! * vector[i]!;
      similarity[row] = sum;
    }
    similarity.sort();
    return performance.now() - startMs;
  };
  return median([1, 2, 3, 4, 5].map(once));
}

export interface LabelFigures {
  readonly labelLatencyMs: number;
  readonly labels: Figures;
  readonly search: Figures;
}

export async function measureOpenVocabulary(): Promise<LabelFigures> {
  const labels = await measureLabels();
  return { labelLatencyMs: labels['medianMs'] as number, labels, search: await measureSearch() };
}
