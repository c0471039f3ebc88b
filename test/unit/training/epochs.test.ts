import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { TrainConfig } from '../../../training/config.ts';
import { trainEpochs } from '../../../training/epochs.ts';
import { RunDirectory } from '../../../training/run-directory.ts';
import { Trainer } from '../../../training/trainer.ts';
import { STILL, TINY_CONFIG, tinyTrainingSet } from '../../helpers/tiny-training.ts';

const directory = mkdtempSync(join(tmpdir(), 'leadwatch-epochs-'));
afterAll(() => rmSync(directory, { recursive: true }));

const SILENT = { update() {}, stop() {} };
/** Two steps each. */
const EPOCHS = 3;
const CONFIG: TrainConfig = { ...TINY_CONFIG, epochs: EPOCHS, augmentation: STILL };
const set = tinyTrainingSet((record) => ({ microvolts: 800, periods: 1 + record }));

const newRun = (name: string): RunDirectory => RunDirectory.create(join(directory, name), CONFIG, { commit: 'none' });

/** Goes on with a run as the command does. @param isStopped by the steps done since its beginning */
async function goOn(run: RunDirectory, isStopped: (step: number) => boolean = () => false): Promise<boolean> {
  const trainer = new Trainer(CONFIG, set, run.loadCheckpoint());
  try {
    return await trainEpochs(trainer, { run, config: CONFIG, progress: SILENT, isStopped: () => isStopped(trainer.step), evaluate: async () => ({ auc: {}, mean: 0.5 + trainer.step / 100 }) });
  } finally {
    trainer.dispose();
  }
}

describe('the epochs of a run', () => {
  const whole = (async () => {
    const run = newRun('whole');
    expect(await goOn(run)).toBe(true);
    return run;
  })();

  it.each([1, 2, 3, 4, 5, 6])('are each logged once, and end where they would have, after a stop at step %i of 6', async (last) => {
    const run = newRun(`stopped-${last}`);
    expect(await goOn(run, (step) => step >= last)).toBe(false);
    expect(run.log).toHaveLength(Math.floor(last / 2));
    expect(await goOn(run)).toBe(true);
    expect(run.log.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    const ended = run.loadBest();
    (await whole).loadBest().forEach((value, i) => expect(ended[i]).toBeCloseTo(value, 4));
  });

  it('are each logged once where an epoch has to be done again, since its checkpoint could not be written', async () => {
    const run = newRun('full');
    const inTheWay = join(run.path, 'checkpoint.bin.partial');
    mkdirSync(inTheWay);
    await expect(goOn(run)).rejects.toThrow();
    expect(run.log).toHaveLength(1);
    rmSync(inTheWay, { recursive: true });
    expect(await goOn(run)).toBe(true);
    expect(run.log.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  });
});
