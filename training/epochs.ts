/** The epochs of a run, one after another: steps, the evaluation that chooses among them, log, parameters and checkpoint. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemClock } from '../ecg/clock.ts';
import { epochsOf, type TrainConfig } from './config.ts';
import type { Progress } from './progress.ts';
import type { EpochLog, RunDirectory } from './run-directory.ts';
import type { Trainer } from './trainer.ts';

/** What an epoch's end is judged by. */
export type Choice = Pick<EpochLog, 'auc' | 'mean' | 'note'>;

export interface EpochsOptions {
  readonly run: RunDirectory;
  readonly config: TrainConfig;
  readonly progress: Progress;
  /** Of the model as it is now. */
  readonly evaluate: () => Promise<Choice>;
  /** Whether somebody wants it to end; asked between steps. */
  readonly isStopped: () => boolean;
}

/**
 * From where the trainer is to the last epoch's end. An epoch whose steps are all done is evaluated and logged even where a stop came with its
 * last one: who goes on from the checkpoint begins with the next epoch.
 * @returns false where it was stopped; a checkpoint is there
 */
export async function trainEpochs(trainer: Trainer, { run, config, progress, evaluate, isStopped }: EpochsOptions): Promise<boolean> {
  let best = Math.max(0, ...run.log.map(({ mean }) => mean));
  while (trainer.step < trainer.totalSteps) {
    const epoch = Math.floor(trainer.step / trainer.stepsPerEpoch);
    const end = (epoch + 1) * trainer.stepsPerEpoch;
    const begun = { step: trainer.step, at: systemClock.now() };
    let sum = 0;
    while (trainer.step < end && !isStopped()) {
      sum += await trainer.trainStep();
      const done = trainer.step - begun.step;
      const seconds = (systemClock.now() - begun.at) / 1000;
      const status = `loss ${(sum / done).toFixed(3)}, ${Math.round((done * config.batchSize) / seconds)} records/s, best AUC ${best.toFixed(3)}`;
      progress.update(`epoch ${epoch + 1}/${epochsOf(config)}`, trainer.step - (end - trainer.stepsPerEpoch), trainer.stepsPerEpoch, status);
      await nextTurn();
    }
    if (trainer.step < end) {
      run.saveCheckpoint(await trainer.state());
      return false;
    }
    const result = await evaluate();
    if (result.mean >= best) run.saveBest(await trainer.model.flatten());
    best = Math.max(best, result.mean);
    run.appendLog({
      epoch: epoch + 1, loss: sum / (trainer.step - begun.step), temperature: await trainer.temperature(),
      seconds: (systemClock.now() - begun.at) / 1000, ...result,
    });
    run.saveCheckpoint(await trainer.state());
    progress.stop();
    console.log(`epoch ${epoch + 1}: ${result.note ?? 'fold-9 AUC'} ${Object.entries(result.auc).map(([leads, auc]) => `${leads} ${Object.values(auc).map((value) => value.toFixed(3)).join(' / ')}`).join(', ')}`);
  }
  return !isStopped();
}
