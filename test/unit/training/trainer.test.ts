import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isEcgError } from '../../../ecg/errors.ts';
import type { TrainConfig } from '../../../training/config.ts';
import { randomOf } from '../../../training/random.ts';
import { RunDirectory } from '../../../training/run-directory.ts';
import { Trainer, type TrainingSet } from '../../../training/trainer.ts';
import { tf } from '../../../training/tf.ts';
import { normaliseRows } from '../../../training/vectors.ts';
import { TINY_CONFIG, tinyTrainingSet, trainSteps } from '../../helpers/tiny-training.ts';

const CONFIG: TrainConfig = {
  ...TINY_CONFIG,
  augmentation: { leadDropout: 0.5, gainSd: 0.1, leadGainSd: 0.05, noiseSd: 0.01, shift: true, wanderSd: 0.05, placement: { axisSdDegrees: 5, chestSd: 0.1 }, crop: { share: 0, shortest: 1 }, ambulatoryNoise: { share: 0, lowestDb: 0, highestDb: 0 }, stretchSd: 0.02 },
};

/** Eight records, each a sine of its own frequency, with a text of its own. */
const tinySet = (): TrainingSet => tinyTrainingSet((record) => ({ microvolts: 800, periods: 1 + record }));

const largestDifference = (a: Float32Array, b: Float32Array): number => a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);

describe('the trainer', () => {
  it('lowers the loss', async () => {
    const trainer = new Trainer(CONFIG, tinySet());
    const losses = await trainSteps(trainer, 30);
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-6))).toBeLessThan(0.6 * mean(losses.slice(0, 6)));
    trainer.dispose();
  }, 180_000); // thirty steps and TensorFlow's start, on a machine that does much else

  it('trains the paper’s network by the paper’s rules, and goes on with BatchNorm’s averages after a stop', async () => {
    const config: TrainConfig = {
      ...CONFIG, model: { ...CONFIG.model, norm: 'batch', leadDescription: false, pooling: 'mean' },
      warmUpSteps: 0, schedule: 'constant', decay: 'coupled', positives: 'pair', augmentation: { ...CONFIG.augmentation, leadDropout: 0 },
    };
    const whole = new Trainer(config, tinySet());
    const before = tf.memory().numTensors;
    const losses = await trainSteps(whole, 12);
    expect(tf.memory().numTensors).toBe(before);
    expect(Math.min(...losses.slice(-4))).toBeLessThan(0.8 * losses[0]!);
    const first = new Trainer(config, tinySet());
    await trainSteps(first, 5);
    const second = new Trainer(config, tinySet(), await first.state());
    (await trainSteps(second, 7)).forEach((loss, i) => expect(loss).toBeCloseTo(losses[5 + i]!, 4));
    expect(largestDifference((await second.state()).parameters, (await whole.state()).parameters)).toBeLessThan(1e-4);
    const average = whole.model.variable('stem.norm.mean').dataSync();
    expect(average.some((value) => value !== 0)).toBe(true);
    for (const trainer of [whole, first, second]) trainer.dispose();
  });

  it('begins with another run’s network at its own first step, and knows that noise was asked for and not given', async () => {
    const before = new Trainer(CONFIG, tinySet());
    await trainSteps(before, 3);
    const { parameters } = await before.state();
    const trainer = new Trainer({ ...CONFIG, seed: CONFIG.seed + 1 }, tinySet(), { parameters });
    expect(trainer.step).toBe(0);
    expect(await trainer.model.flatten()).toEqual(parameters);
    for (const each of [before, trainer]) each.dispose();
    const noisy = { ...CONFIG, augmentation: { ...CONFIG.augmentation, ambulatoryNoise: { share: 0.5, lowestDb: 0, highestDb: 12 } } };
    expect(() => new Trainer(noisy, tinySet())).toThrow(RangeError);
  });

  it('begins another, gentler cycle where one has come to rest, and another', async () => {
    const config: TrainConfig = { ...CONFIG, epochs: 3, restarts: [{ epochs: 2, learningRate: 0.005 }, { epochs: 2, learningRate: 0.005 }] };
    const trainer = new Trainer(config, tinySet());
    expect(trainer.totalSteps).toBe(14); // two batches an epoch
    const change = async (): Promise<number> => {
      const before = (await trainer.state()).parameters;
      await trainer.trainStep();
      return largestDifference((await trainer.state()).parameters, before);
    };
    const changes: number[] = [];
    while (changes.length < 14) changes.push(await change());
    expect(changes[6]!).toBeGreaterThan(3 * changes[5]!);
    expect(changes[9]!).toBeLessThan(changes[6]!);
    expect(changes[10]!).toBeGreaterThan(changes[9]!);
    trainer.dispose();
  });

  it('learns by the sigmoid loss, its offset included', async () => {
    const trainer = new Trainer({ ...CONFIG, loss: 'sigmoid' }, tinySet());
    const losses = await trainSteps(trainer, 12);
    expect(Math.min(...losses.slice(-4))).toBeLessThan(losses[0]!);
    expect(trainer.model.variable('pairOffset').dataSync()[0]).not.toBe(-10);
    trainer.dispose();
  });

  it('learns from statements and more texts, and continues from a checkpoint with them, too', async () => {
    const config: TrainConfig = { ...CONFIG, targetTemperature: 0.1, extraTexts: 3, statements: { weight: 1, minimumRecords: 1 } };
    const random = randomOf(12);
    const statements = {
      texts: ['one', 'two'],
      ofText: Array.from({ length: 8 }, (_, text) => Int32Array.of(text % 2)),
      frequency: Float32Array.of(0.5, 0.5),
      embeddings: normaliseRows(Float32Array.from({ length: 12 }, () => random.normal()), 6),
    };
    const whole = new Trainer(config, { ...tinySet(), statements });
    const before = tf.memory().numTensors;
    const losses = await trainSteps(whole, 6);
    expect(tf.memory().numTensors).toBe(before);
    expect(losses[5]).toBeLessThan(losses[0]!);
    const first = new Trainer(config, { ...tinySet(), statements });
    await trainSteps(first, 3);
    const second = new Trainer(config, { ...tinySet(), statements }, await first.state());
    (await trainSteps(second, 3)).forEach((loss, i) => expect(loss).toBeCloseTo(losses[3 + i]!, 5));
    expect(() => new Trainer(config, tinySet())).toThrow(RangeError);
    for (const trainer of [whole, first, second]) trainer.dispose();
  });

  it('continues from a checkpoint as if it had never stopped, in the middle of an epoch', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'leadwatch-run-'));
    const directoryOfRun = RunDirectory.create(directory, CONFIG, { commit: 'none' });
    const whole = new Trainer(CONFIG, tinySet());
    const losses = await trainSteps(whole, 7);
    const first = new Trainer(CONFIG, tinySet());
    await trainSteps(first, 3);
    directoryOfRun.saveCheckpoint(await first.state());
    const second = new Trainer(CONFIG, tinySet(), directoryOfRun.loadCheckpoint());
    expect(second.step).toBe(3);
    const continued = await trainSteps(second, 4);
    continued.forEach((loss, i) => expect(loss).toBeCloseTo(losses[3 + i]!, 5));
    expect(largestDifference(await second.model.flatten(), await whole.model.flatten())).toBeLessThan(1e-5);
    for (const trainer of [whole, first, second]) trainer.dispose();
    rmSync(directory, { recursive: true });
  });

  it('keeps its memory from step to step', async () => {
    const trainer = new Trainer(CONFIG, tinySet());
    await trainSteps(trainer, 2);
    const before = tf.memory().numTensors;
    await trainSteps(trainer, 5);
    expect(tf.memory().numTensors).toBe(before);
    trainer.dispose();
  });

  it('stops with a clear error where the loss is no number', async () => {
    const set = tinySet();
    set.textEmbeddings.fill(Number.NaN);
    const trainer = new Trainer(CONFIG, set);
    await expect(trainer.trainStep()).rejects.toSatisfy((error) => isEcgError(error) && error.code === 'TRAINING_DIVERGED');
    trainer.dispose();
  });

  it('refuses a set smaller than a batch', () => {
    expect(() => new Trainer({ ...CONFIG, batchSize: 9 }, tinySet())).toThrow(RangeError);
  });
});

describe('a run’s directory', () => {
  const directory = mkdtempSync(join(tmpdir(), 'leadwatch-run-'));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('keeps configuration, log and best parameters, and draws the curves', () => {
    const runDirectory = RunDirectory.create(directory, CONFIG, { commit: 'abc' });
    expect(runDirectory.config).toEqual(CONFIG);
    expect(runDirectory.facts).toEqual({ commit: 'abc', labelsMet: false });
    const entry = { epoch: 1, loss: 2, temperature: 0.07, seconds: 3, auc: { 'II': { superclass: 0.7, subclass: 0.6, form: 0.5, rhythm: 0.9 } }, mean: 0.675 };
    runDirectory.appendLog(entry);
    runDirectory.appendLog({ ...entry, epoch: 2 });
    expect(runDirectory.log.map(({ epoch }) => epoch)).toEqual([1, 2]);
    runDirectory.saveBest(Float32Array.of(1, 2, 3));
    expect([...runDirectory.loadBest()]).toEqual([1, 2, 3]);
  });

  it('says which of its files is damaged, and that parameters are of another network', () => {
    const run = RunDirectory.create(directory, CONFIG, { commit: 'abc' });
    const refusal = (of: () => unknown): string => {
      try {
        of();
      } catch (error) {
        return isEcgError(error) ? `${error.code} ${error.from ?? ''}` : String(error);
      }
      return 'none';
    };
    const damage = (name: string, content: string): string => {
      const path = join(directory, name);
      writeFileSync(path, content);
      return path;
    };
    expect(refusal(() => run.log)).toBe('none');
    const [log, checkpoint, best] = [damage('log.jsonl', '{"epoch":1,"lo'), damage('checkpoint.bin', 'too short'), damage('best.bin', 'no floats')];
    expect(refusal(() => run.log)).toBe(`DATA_CORRUPT ${log}`);
    expect(refusal(() => run.loadCheckpoint())).toBe(`DATA_CORRUPT ${checkpoint}`);
    expect(refusal(() => run.loadBest())).toBe(`DATA_CORRUPT ${best}`);
    const config = damage('config.json', JSON.stringify({ ...CONFIG, epochs: 'many', commit: 'abc' }));
    expect(refusal(() => run.config)).toBe(`CONFIG_INVALID ${config}`);
    damage('config.json', '{');
    expect(refusal(() => run.config)).toBe(`CONFIG_INVALID ${config}`);
    expect(refusal(() => new Trainer(CONFIG, tinySet(), { parameters: new Float32Array(5) }))).toMatch(/^MODEL_MISMATCH/);
  });
});
