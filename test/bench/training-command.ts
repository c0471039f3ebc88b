/**
 * `leadwatch bench training`: a step of training the paper's network (training/config/mets.json) in tfjs-node and in PyTorch, on
 * this machine's processor: the same parameters, batch, loss, optimiser and threads, in turns. That both compute the same is
 * checked by the loss of the first batch.
 */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { Command } from 'commander';
import { EcgError } from '../../ecg/errors.ts';
import { loadTrainConfig, type TrainConfig } from '../../training/config.ts';
import { INPUT_SPEC } from '../../training/data/input-spec.ts';
import { readInput, signalsInMemory } from '../../training/data/signals.ts';
import { writeTrain } from '../../training/evaluation/arms-file.ts';
import { randomOf } from '../../training/random.ts';
import { ensureTensorFlow } from '../../training/setup-tensorflow.ts';
import type { Trainer, TrainingSet } from '../../training/trainer.ts';
import { normaliseRows } from '../../training/vectors.ts';
import { markdownTable, median, rounded, writeResults } from './report.ts';
import { openTrainingPeer, type StepTime, type TrainingPeer } from './training-peer.ts';

/** Records of PTB-XL's training folds with a report, nearly; an epoch is said to be this many. */
const EPOCH_RECORDS = 17_400;
/** Steps before any is timed: memory is taken, kernels are chosen. */
const WARM_UP = 2;
const TEXT_DIMENSION = 384;
const VALUES_PER_RECORD = INPUT_SPEC.leads.length * INPUT_SPEC.length;
/** Between the two losses of one batch; float32 sums in another order, through BatchNorm. */
const LOSS_TOLERANCE = 1e-3;

interface Options {
  readonly widths: string;
  readonly rounds: string;
  readonly steps: string;
  readonly threads: string;
  readonly write: boolean;
}

interface Candidate {
  readonly config: TrainConfig;
  readonly trainer: Trainer;
  readonly ours: StepTime[];
  readonly theirs: StepTime[];
}

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch bench training')
    .description('A training step in tfjs-node and in PyTorch on the processor, in turns; writes docs/results/training.json and .md, and `train` in mets.json.')
    .option('--widths <list>', 'channels of the first stage; the last is the one whose ratio counts', '16,32,64')
    .option('--rounds <count>', 'turns of each', '7')
    .option('--steps <count>', 'steps a turn', '3')
    .option('--threads <count>', 'of each side', String(availableParallelism()))
    .option('--no-write', 'only print')
    .action(async (options: Options) => {
      const threads = Number(options.threads);
      // Read by TensorFlow when it is loaded, so before.
      Object.assign(process.env, { LEADWATCH_TENSORFLOW: 'cpu', TF_NUM_INTRAOP_THREADS: options.threads, TF_NUM_INTEROP_THREADS: '1' });
      ensureTensorFlow();
      const peer = await openTrainingPeer(threads);
      const candidates: Candidate[] = [];
      for (const width of options.widths.split(',').map(Number)) candidates.push(await candidateOf(width, peer));
      for (let round = 0; round < Number(options.rounds); round++) {
        for (const { config, trainer, ours, theirs } of candidates) {
          ours.push(...await timedSteps(trainer, Number(options.steps)));
          theirs.push(...await peer.step(config.name, Number(options.steps)));
        }
        console.error(`round ${round + 1}: ${candidates.map(({ ours, theirs }) => `${wallOf(ours).toFixed(0)} / ${wallOf(theirs).toFixed(0)} ms`).join(', ')}`);
      }
      peer.close();
      for (const { trainer } of candidates) trainer.dispose();
      report(candidates, threads, peer.version, options.write);
    })
    .parseAsync(args, { from: 'user' });
}

/** Both sides made, found equal, and warmed. @throws EcgError MODEL_MISMATCH where they compute something else */
async function candidateOf(width: number, peer: TrainingPeer): Promise<Candidate> {
  const { Trainer } = await import('../../training/trainer.ts');
  const mets = loadTrainConfig('mets');
  const config: TrainConfig = { ...mets, name: `width ${width}`, model: { ...mets.model, width } };
  const set = randomSet(config.batchSize);
  const trainer = new Trainer(config, set);
  const ecg = new Float32Array(config.batchSize * VALUES_PER_RECORD);
  for (let record = 0; record < config.batchSize; record++) readInput(set.signals, record, ecg.subarray(record * VALUES_PER_RECORD, (record + 1) * VALUES_PER_RECORD));
  const theirs = await peer.make(config, trainer.model.parameters, await trainer.model.flatten(), ecg, set.textEmbeddings);
  const ours = await trainer.trainStep();
  if (!(Math.abs(ours - theirs) < LOSS_TOLERANCE)) {
    throw new EcgError('MODEL_MISMATCH', 'tfjs and PyTorch disagree about the loss of one batch, so their times cannot be compared', {
      expected: `a difference below ${LOSS_TOLERANCE}`, received: `${ours} and ${theirs}`, from: config.name });
  }
  await timedSteps(trainer, WARM_UP);
  await peer.step(config.name, WARM_UP);
  return { config, trainer, ours: [], theirs: [] };
}

/** One batch of noise, each record with a text of its own: what is in it does not change how long a step takes. */
function randomSet(batch: number): TrainingSet {
  const random = randomOf(1);
  const each = Int32Array.from({ length: batch }, (_, i) => i);
  return {
    signals: signalsInMemory(Int16Array.from({ length: batch * VALUES_PER_RECORD }, () => 300 * random.normal())),
    records: each, textOf: each, textDimension: TEXT_DIMENSION,
    textEmbeddings: normaliseRows(Float32Array.from({ length: batch * TEXT_DIMENSION }, () => random.normal()), TEXT_DIMENSION),
  };
}

/** Batch, forward, backward and optimiser, as training does them. */
async function timedSteps(trainer: Trainer, steps: number): Promise<StepTime[]> {
  const times: StepTime[] = [];
  while (times.length < steps) {
    const [begun, busy] = [performance.now(), process.cpuUsage()];
    await trainer.trainStep();
    const { user, system } = process.cpuUsage(busy);
    times.push({ wallMs: performance.now() - begun, cpuMs: (user + system) / 1000 });
  }
  return times;
}

const wallOf = (steps: readonly StepTime[]): number => median(steps.map(({ wallMs }) => wallMs));
const cpuOf = (steps: readonly StepTime[]): number => median(steps.map(({ cpuMs }) => cpuMs));

function report(candidates: readonly Candidate[], threads: number, version: string, write: boolean): void {
  const rows = candidates.map(({ config: { model: { width }, batchSize }, ours, theirs }) => {
    const [tfjs, torch] = [wallOf(ours), wallOf(theirs)];
    const minutes = (milliseconds: number): number => ((EPOCH_RECORDS / batchSize) * milliseconds) / 60_000;
    return { width, batchSize, steps: ours.length, tfjs, torch, recordsPerSecond: (1000 * batchSize) / tfjs, minutesPerEpoch: minutes(tfjs), torchMinutesPerEpoch: minutes(torch), ratio: tfjs / torch, cpuRatio: cpuOf(ours) / cpuOf(theirs) };
  });
  const markdown = [
    '# Training step: tfjs-node beside PyTorch',
    `ResNet1d-18 of \`training/config/mets.json\` (BatchNorm, InfoNCE both ways, Adam with coupled decay), 12 leads x 1000 samples, ${threads} thread${threads === 1 ? '' : 's'} a side, ${version} on the processor. Both begin with the same parameters and find the same loss in the first batch. Medians of steps taken in turns, after a warm-up; ours contains the reading of the batch, PyTorch's does not. An epoch is ${EPOCH_RECORDS.toLocaleString('en')} records.`,
    markdownTable(['width', 'batch', 'steps', 'tfjs-node, ms', 'PyTorch, ms', 'records/s', 'minutes an epoch', 'PyTorch\'s', 'ratio', 'ratio of processor time'], rows.map((row) => [
      `${row.width}`, `${row.batchSize}`, `${row.steps}`, row.tfjs.toFixed(0), row.torch.toFixed(0), row.recordsPerSecond.toFixed(0), row.minutesPerEpoch.toFixed(1), row.torchMinutesPerEpoch.toFixed(1), row.ratio.toFixed(2), row.cpuRatio.toFixed(2)])),
    '',
  ].join('\n\n');
  console.log(markdown);
  if (!write) return;
  const figures = Object.fromEntries(rows.map(({ width, ...row }) => [`width${width}`, Object.fromEntries(Object.entries(row).map(([name, value]) => [name, rounded(value)]))]));
  writeResults('training', { threads, versions: version, ...figures }, markdown);
  const paper = rows.at(-1)!;
  writeTrain('docs/results/mets.json', { ratioToPyTorch: rounded(paper.ratio), processorTimeRatio: rounded(paper.cpuRatio), minutesPerEpoch: rounded(paper.minutesPerEpoch), width: paper.width, threads });
}
