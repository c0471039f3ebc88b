/**
 * `leadwatch bench serving`: what the served path costs beside ONNX Runtime alone, and how many beds one core carries.
 * Everything is measured in one run on one machine, rounds of the things compared in turn, and told as medians.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../ecg/clock.ts';
import type { EcgEncoder } from '../../models/encoder.ts';
import { loadLabelBank, type LabelBank } from '../../models/label-bank.ts';
import { loadManifest, type Manifest } from '../../models/manifest.ts';
import { createOnnxEncoder } from '../../models/onnx-encoder.ts';
import { Scorer } from '../../models/scorer.ts';
import { measureOpenVocabulary } from './labels-measures.ts';
import { openPythonPeer, type PythonPeer } from './python-peer.ts';
import { figuresKept, machine, markdownTable, mergeResults, median, rounded, writeResults, type Figures } from './report.ts';
import { measurePrecisions, precisionFigures, precisionPage, precisionTable } from './serving-precision.ts';
import { soak, soakTable, SWAPS } from './serving-soak.ts';
import { openRaw, pacedWard, rawThroughput, servedThroughput, STEP_MS, type PacedResult } from './serving-load.ts';

const SHIPPED_MODEL = fileURLToPath(new URL('../../models/shipped/manifest.json', import.meta.url));
/** One thread each for ONNX Runtime alone and for the encoder process: what one core does. */
const THREADS = 1;
/** A ward counts as carried while 99 of 100 segments have their findings within a tenth of a step, and all have them. */
const CARRIED_P99_MS = STEP_MS / 10;
/** Parts of the saturated throughput that are tried as a ward, from the largest. */
const LOADS = [0.98, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5, 0.4, 0.3];

/** Kept from the last run where this one does not measure it again. */
const MEASURED_APART = ['soak', 'labelLatencyMs', 'search', 'precisions'];

interface Options {
  readonly model: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly wardSeconds: number;
  readonly write: boolean;
  readonly python: boolean;
  readonly precisions: boolean;
  readonly onlyPrecisions?: boolean;
  readonly labels: boolean;
  /** Seconds. */
  readonly soak?: number;
}

interface Path {
  readonly name: string;
  readonly throughput: number[];
  readonly scorer: Scorer;
  ward?: PacedResult | undefined;
}

export async function main(args: string[]): Promise<void> {
  const command = new Command()
    .name('leadwatch bench serving')
    .description('Throughput of the served path beside ONNX Runtime alone, and the beds that one core carries.')
    .option('--model <manifest>', 'the model to serve', SHIPPED_MODEL)
    .option('--rounds <n>', 'rounds of each throughput', positive, 7)
    .option('--seconds <s>', 'length of a round', positive, 3)
    .option('--ward-seconds <s>', 'length of a ward run', positive, 20)
    .option('--no-python', 'without Python\'s onnxruntime and PyTorch (some GB, installed once into the cache)')
    .option('--no-precisions', 'without fp16 and int8, which need PTB-XL')
    .option('--only-precisions', 'fp16 and int8 alone')
    .option('--no-labels', 'without typed labels and search, which `bench labels` measures alone')
    .option('--soak <duration>', `only a soak of so long (30m, 90s) with ${SWAPS} swaps of the model`, duration)
    .option('--no-write', 'do not write docs/results/serving.json');
  await command.parseAsync(args, { from: 'user' });
  const options = command.opts<Options>();
  if (options.soak !== undefined) await measureSoak(options, options.soak);
  else await (options.onlyPrecisions ? measurePrecisionsAlone(options) : measure(options));
}

async function measurePrecisionsAlone({ model: path, rounds, seconds, write }: Pick<Options, 'model' | 'rounds' | 'seconds' | 'write'>): Promise<void> {
  const model = loadManifest(resolve(path));
  const results = await measurePrecisions(model, THREADS, rounds, seconds);
  if (results.length === 0) return;
  console.log(precisionTable(results));
  if (write) console.log(`\nWritten to ${mergeResults('serving', { precisions: precisionFigures(model.id, results) }, 'serving-precisions', precisionPage(model.id, results))}.`);
}

async function measureSoak({ model, write }: Options, seconds: number): Promise<void> {
  const soaked = await soak([loadManifest(resolve(model))], seconds, THREADS);
  console.log(soakTable(soaked));
  const figures = { ...soaked.figures, date: new Date().toISOString().slice(0, 10), machine: machine() };
  if (write) console.log(`\nWritten to ${mergeResults('serving', { soak: figures }, 'serving-soak', `# Soak of serving\n\n\`npm run bench -- serving --soak 30m\`. ${soakTable(soaked)}\n`)}.`);
}

async function measure({ model: path, rounds, seconds, wardSeconds, write, python, precisions: withPrecisions, labels }: Options): Promise<void> {
  const model = loadManifest(resolve(path));
  const { manifest } = model;
  const peer = python ? await openPythonPeer(model, THREADS) : undefined;
  const encoder = await createOnnxEncoder(model, { provider: 'cpu', intraOpThreads: THREADS });
  try {
    const largest = encoder.batchSizes.at(-1)!;
    const bank = loadLabelBank(model);
    const dynamic = servedPath('dynamic batching', encoder, bank);
    const single = servedPath('batch 1', encoder, bank, [1]);
    const session = await openRaw(model, THREADS);
    const raw: number[] = [];
    const rawSingle: number[] = [];
    const pythonOnnxruntime: number[] = [];
    const pytorch: number[] = [];
    for (let round = 0; round < rounds; round++) {
      raw.push(await rawThroughput(session, manifest, largest, seconds));
      // Two batches in flight and a third forming.
      dynamic.throughput.push(await servedThroughput(dynamic.scorer, manifest, 3 * largest, seconds));
      if (peer) {
        pythonOnnxruntime.push(await peer.throughput('onnxruntime', largest, seconds));
        pytorch.push(await peer.throughput('pytorch', largest, seconds));
      }
      rawSingle.push(await rawThroughput(session, manifest, 1, seconds));
      single.throughput.push(await servedThroughput(single.scorer, manifest, 3, seconds));
      const ratio = (dynamic.throughput[round]! / raw[round]!).toFixed(3);
      console.error(`round ${round + 1} of ${rounds}: ${dynamic.throughput[round]!.toFixed(0)} segments/s, ${ratio} of ONNX Runtime alone`);
    }
    await session.release();
    for (const served of [dynamic, single]) {
      served.ward = await largestWard(served, manifest, wardSeconds);
      served.scorer.close();
    }
    const vocabulary = labels ? await measureOpenVocabulary() : undefined;
    const measured = { modelId: model.id, largest, raw, rawSingle, pythonOnnxruntime, pytorch, peer, dynamic, single, rounds };
    console.log(table(measured));
    if (write) console.log(`\nWritten to ${writeResults('serving', {
      ...figures(measured), ...figuresKept('serving', MEASURED_APART), ...(vocabulary && { labelLatencyMs: vocabulary.labelLatencyMs, search: vocabulary.search }) }, `# Serving\n\n\`npm run bench -- serving\`. ${table(measured)}\n`)}.`);
    if (withPrecisions) await measurePrecisionsAlone({ model: path, rounds, seconds, write });
  } finally {
    peer?.close();
    await encoder.close();
  }
}

function servedPath(name: string, encoder: EcgEncoder, bank: LabelBank, batchSizes = encoder.batchSizes): Path {
  // The bound of the default queue is for a ward; a benchmark of thousands of beds needs to see latency, not drops.
  const batching = { batchSizes, capacity: 4096 };
  return { name, throughput: [], scorer: new Scorer({ encoder, bank, clock: systemClock, batching }) };
}

/** @returns the first ward that is carried, or undefined where none is: on a busy machine */
async function largestWard({ name, throughput, scorer }: Path, manifest: Manifest, seconds: number): Promise<PacedResult | undefined> {
  const ceiling = (median(throughput) * STEP_MS) / 1000;
  for (const load of LOADS) {
    const result = await pacedWard(scorer, manifest, Math.floor(load * ceiling), seconds);
    console.error(`${name}: ${result.beds} beds, p99 ${result.p99Ms.toFixed(0)} ms, ${result.unanswered} unanswered`);
    if (result.unanswered === 0 && result.p99Ms <= CARRIED_P99_MS) return result;
  }
  return undefined;
}

interface Measured {
  readonly modelId: string;
  readonly largest: number;
  readonly raw: readonly number[];
  readonly rawSingle: readonly number[];
  /** Empty without Python. */
  readonly pythonOnnxruntime: readonly number[];
  readonly pytorch: readonly number[];
  readonly peer: PythonPeer | undefined;
  readonly dynamic: Path;
  readonly single: Path;
  readonly rounds: number;
}

/** Ratio of each round, whose two halves were measured one after the other. */
const ratios = (served: readonly number[], raw: readonly number[]): number[] => served.map((value, round) => value / raw[round]!);

function table({ modelId, largest, raw, rawSingle, pythonOnnxruntime, pytorch, peer, dynamic, single, rounds }: Measured): string {
  const row = (name: string, throughput: readonly number[], against: readonly number[]): string[] =>
    [name, median(throughput).toFixed(0), median(ratios(throughput, against)).toFixed(3)];
  const noWard = (): string[] => Array<string>(5).fill('');
  const ward = ({ ward: result }: Path): string[] => (result
    ? [`${result.beds}`, result.p50Ms.toFixed(1), result.p99Ms.toFixed(1), result.meanBatchSize.toFixed(1), result.eventLoopP99Ms.toFixed(1)]
    : ['none', ...noWard().slice(1)]);
  const peers = peer ? [[...row('Python: onnxruntime behind a queue', pythonOnnxruntime, raw), ...noWard()], [...row('Python: PyTorch, eager', pytorch, raw), ...noWard()]] : [];
  return `${modelId}, one encoder thread${peer ? `, Python: ${peer.versions}` : ''}, medians of ${rounds} rounds\n\n${markdownTable(
    ['path', 'segments/s', 'of ONNX Runtime alone', 'beds carried', 'p50 ms', 'p99 ms', 'mean batch', 'event loop p99 ms'],
    [
      [...row(`ONNX Runtime alone, batch ${largest}`, raw, raw), ...noWard()],
      [...row(`served, ${dynamic.name}`, dynamic.throughput, raw), ...ward(dynamic)],
      ...peers,
      [...row('ONNX Runtime alone, batch 1', rawSingle, rawSingle), ...noWard()],
      [...row(`served, ${single.name}`, single.throughput, rawSingle), ...ward(single)],
    ])}`;
}

function figures({ modelId, largest, raw, rawSingle, pythonOnnxruntime, pytorch, peer, dynamic, single, rounds }: Measured): Figures {
  const toRaw = ratios(dynamic.throughput, raw);
  const ward = (result: PacedResult): Figures => ({
    beds: result.beds, p50Ms: rounded(result.p50Ms), p99Ms: rounded(result.p99Ms),
    meanBatchSize: rounded(result.meanBatchSize), eventLoopP99Ms: rounded(result.eventLoopP99Ms), n: result.segments,
  });
  return {
    model: modelId,
    executionProvider: 'cpu',
    encoderThreads: THREADS,
    stepMs: STEP_MS,
    ratio: {
      toRawOnnxruntime: rounded(median(toRaw)), low: rounded(Math.min(...toRaw)), high: rounded(Math.max(...toRaw)), n: rounds,
      ...(peer && {
        toPythonOnnxruntime: rounded(median(ratios(dynamic.throughput, pythonOnnxruntime))),
        toPyTorch: rounded(median(ratios(dynamic.throughput, pytorch))),
      }),
    },
    ...(peer && { python: peer.versions, rebuiltNetworkDifference: peer.difference }),
    throughput: {
      batch: largest,
      rawPerSecond: rounded(median(raw)), servedPerSecond: rounded(median(dynamic.throughput)),
      rawBatch1PerSecond: rounded(median(rawSingle)),
      ...(peer && { pythonOnnxruntimePerSecond: rounded(median(pythonOnnxruntime)), pytorchPerSecond: rounded(median(pytorch)) }),
      servedBatch1PerSecond: rounded(median(single.throughput)),
    },
    // What was not measured, because no ward was carried, is left out.
    ...(dynamic.ward && { bedsPerCore: dynamic.ward.beds, eventLoop: { p99Ms: rounded(dynamic.ward.eventLoopP99Ms) } }),
    ward: { ...(dynamic.ward && { dynamic: ward(dynamic.ward) }), ...(single.ward && { batch1: ward(single.ward) }) },
  };
}

/** Seconds of `90s`, `30m` or `1h`. */
function duration(text: string): number {
  const [, number, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('a duration such as 90s, 30m or 1h is expected');
  return Number(number) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'];
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above 0 is expected');
  return value;
}
