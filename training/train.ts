/**
 * `leadwatch train`: the training loop.
 *
 *   npm run train -- --config quick           a new run in runs/quick-<date>
 *   npm run train -- --resume runs/quick-...  goes on from its last checkpoint
 *
 * The knobs and their reasons are in config.ts, their values in config/<name>.json.
 * TensorFlow computes on this thread; the command is a process of its own, and yields between steps so that Ctrl-C is heard.
 */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Command } from 'commander';
import { loadManifest } from '../models/manifest.ts';
import { learnsFromReports, type TrainConfig } from './config.ts';
import { trainEpochs } from './epochs.ts';
import { planRun, resumeRun } from './plan-run.ts';
import { prepare, type Prepared } from './prepare.ts';
import { createProgress } from './progress.ts';
import { RunDirectory } from './run-directory.ts';
import { parametersOf } from './run-parameters.ts';
import { ensureTensorFlow } from './setup-tensorflow.ts';
import type { TrainerState } from './trainer.ts';
import { trainingSetOf } from './training-set.ts';

interface Options {
  readonly config: string;
  readonly resume?: string;
}

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch train')
    .description('Train the ECG encoder against the frozen text encoder, zero labels used, or a baseline that its configuration describes; export and evaluate the best epoch.')
    .option('--config <name>', 'name of a file in training/config, or a path', 'quick')
    .option('--resume <directory>', 'go on with a run from its last checkpoint')
    .action(async (options: Options) => {
      ensureTensorFlow();
      // What is wrong with a configuration is said before minutes are spent on preparing.
      const begin = options.resume === undefined ? planRun(options.config) : resumeRun(options.resume);
      const prepared = await prepare();
      const run = begin(prepared);
      console.log(`run directory: ${run.path}`);
      const { config } = run;
      const finished = await train(run, config, prepared);
      if (!finished) {
        console.log(`stopped and saved; go on with: npm run train -- --resume ${run.path}`);
        return;
      }
      if (!learnsFromReports(config)) {
        console.log(`it has met no sentence, so there is nothing to serve; its figures: npm run evaluate -- arm --run ${run.path}`);
        return;
      }
      const { exportRun } = await import('./onnx/export-run.ts');
      const { Evaluator } = await import('./evaluation/evaluator.ts');
      const { choiceMarkdown, choiceTable } = await import('./evaluation/choice-table.ts');
      const model = join(run.path, 'model');
      await exportRun(run, model, prepared);
      const evaluator = await Evaluator.open(loadManifest(join(model, 'manifest.json')), prepared);
      console.log(choiceMarkdown(await choiceTable(evaluator)));
      await evaluator.close();
      console.log(`to serve this model: npm run export -- --run ${run.path} --out models/shipped`);
    })
    .parseAsync(args, { from: 'user' });
}

/** @returns false where Ctrl-C ended it early */
async function train(run: RunDirectory, config: TrainConfig, prepared: Prepared): Promise<boolean> {
  const { Trainer } = await import('./trainer.ts');
  const { evaluateForChoice } = await import('./choice-evaluation.ts');
  const trainer = new Trainer(config, await trainingSetOf(config, prepared), run.loadCheckpoint() ?? startOf(config));
  let stopping = false;
  const stop = (): void => void (stopping = true);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const progress = createProgress();
  try {
    return await trainEpochs(trainer, {
      run, config, progress, evaluate: () => evaluateForChoice(trainer.model, config, prepared, () => nextTurn()), isStopped: () => stopping });
  } finally {
    progress.stop();
    process.off('SIGINT', stop).off('SIGTERM', stop);
    trainer.dispose();
  }
}

function startOf({ startFrom }: TrainConfig): Pick<TrainerState, 'parameters'> | undefined {
  return startFrom === undefined ? undefined : { parameters: parametersOf(new RunDirectory(startFrom), 'last') };
}
