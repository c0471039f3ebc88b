import { describe, expect, it } from 'vitest';
import { classMatrixOf } from '../../../training/class-matrix.ts';
import type { TrainConfig } from '../../../training/config.ts';
import { embedRecords } from '../../../training/embed-records.ts';
import { ntXentLoss } from '../../../training/objectives/views.ts';
import { randomOf } from '../../../training/random.ts';
import type { Task, TaskLabel } from '../../../training/tasks.ts';
import { tf } from '../../../training/tf.ts';
import { Trainer, type TrainingSet } from '../../../training/trainer.ts';
import { normaliseRows } from '../../../training/vectors.ts';
import { STILL, TINY_CONFIG, TINY_RECORDS, tinyTrainingSet, trainSteps } from '../../helpers/tiny-training.ts';

const CONFIG: TrainConfig = {
  ...TINY_CONFIG, extraTexts: 2,
  augmentation: { ...STILL, leadDropout: 0.3, gainSd: 0.1, leadGainSd: 0.05, noiseSd: 0.01, shift: true },
};

/** Eight records, each a sine of its own frequency and strength; the label "fast" is true of the last four, "odd" of every second one. */
function tinySet(): TrainingSet {
  return {
    ...tinyTrainingSet((record) => ({ microvolts: record % 2 === 0 ? 300 : 1200, periods: 1 + 2 * record })),
    labels: { count: 2, positive: Uint8Array.from({ length: 2 * TINY_RECORDS }, (_, i) => (i % 2 === 0 ? Number(i / 2 >= TINY_RECORDS / 2) : Math.floor(i / 2) % 2)) },
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const OBJECTIVES: readonly TrainConfig['objective'][] = [{ kind: 'labels', share: 1 }, { kind: 'views' }, { kind: 'reports+labels' }];

describe.each(OBJECTIVES)('learning from $kind', (objective) => {
  const config: TrainConfig = { ...CONFIG, objective };

  it('lowers the loss and keeps its memory from step to step', async () => {
    const trainer = new Trainer(config, tinySet());
    const losses = await trainSteps(trainer, 4);
    const before = tf.memory().numTensors;
    losses.push(...await trainSteps(trainer, 20));
    expect(tf.memory().numTensors).toBe(before);
    expect(mean(losses.slice(-6))).toBeLessThan(0.8 * mean(losses.slice(0, 6)));
    trainer.dispose();
  }, 180_000);

  it('continues from a checkpoint as if it had never stopped, in the middle of an epoch', async () => {
    const whole = new Trainer(config, tinySet());
    const losses = await trainSteps(whole, 6);
    const first = new Trainer(config, tinySet());
    await trainSteps(first, 3);
    const second = new Trainer(config, tinySet(), await first.state());
    (await trainSteps(second, 3)).forEach((loss, i) => expect(loss).toBeCloseTo(losses[3 + i]!, 5));
    for (const trainer of [whole, first, second]) trainer.dispose();
  }, 180_000);
});

describe('objectives', () => {
  it('leave the parameters of a run that learns from reports as they were: what they add stands behind', async () => {
    const names = async (objective: TrainConfig['objective']): Promise<string[]> => {
      const trainer = new Trainer({ ...CONFIG, objective }, tinySet());
      const { parameters } = trainer.model;
      const values = await trainer.model.flatten();
      trainer.dispose();
      return [...parameters.map(({ name }) => name), ...[...values.slice(0, 100)].map(String)];
    };
    const plain = await names({ kind: 'reports' });
    const count = plain.length - 100;
    for (const objective of OBJECTIVES) {
      const others = await names(objective);
      expect(others.length).toBeGreaterThan(plain.length);
      expect(others.slice(0, count)).toEqual(plain.slice(0, count));
      expect(others.slice(-100)).toEqual(plain.slice(-100));
    }
  });

  it('leave a class matrix that tells the labels apart without TensorFlow', async () => {
    const set = tinySet();
    const trainer = new Trainer({ ...CONFIG, objective: { kind: 'labels', share: 1 }, augmentation: { ...CONFIG.augmentation, leadDropout: 0 } }, set);
    await trainSteps(trainer, 25);
    const label = (id: string): TaskLabel => ({ id, prompts: [], isPositive: () => false });
    const task: Task = { name: 'form', labels: [label('fast'), label('odd')] };
    const ecg = await embedRecords(trainer.model, set.signals, [...set.records], new Uint8Array(12).fill(1));
    const classes = classMatrixOf(trainer.model.parameters, await trainer.model.flatten(), [task]);
    const scores = classes.scores(ecg, task.labels[1]!);
    const [of, others] = [1, 0].map((odd) => scores.filter((_, record) => record % 2 === odd));
    expect(Math.min(...of!)).toBeGreaterThan(Math.max(...others!));
    expect(() => classes.scores(ecg, label('odd'))).toThrow(RangeError);
    trainer.dispose();
  }, 180_000);

  it('that learn from labels refuse a set without them', () => {
    const { labels: _, ...set } = tinySet();
    expect(() => new Trainer({ ...CONFIG, objective: { kind: 'labels', share: 1 } }, set)).toThrow(RangeError);
  });
});

describe('the loss between views', () => {
  it('is the mean cross-entropy of each view with its partner among all but itself', () => {
    const random = randomOf(4);
    const [n, dimension, temperature] = [3, 5, 0.2];
    const z = normaliseRows(Float32Array.from({ length: 2 * n * dimension }, () => random.normal()), dimension);
    const dot = (i: number, j: number): number => Array.from({ length: dimension }, (_, k) => z[i * dimension + k]! * z[j * dimension + k]!).reduce((sum, value) => sum + value, 0);
    const rows = Array.from({ length: 2 * n }, (_, i) => i);
    const expected = mean(rows.map((i) => {
      const others = rows.filter((j) => j !== i).map((j) => Math.exp(dot(i, j) / temperature));
      return -Math.log(Math.exp(dot(i, (i + n) % (2 * n)) / temperature) / others.reduce((sum, value) => sum + value, 0));
    }));
    const loss = tf.tidy(() => ntXentLoss(tf.tensor2d(z, [2 * n, dimension]), n, temperature).dataSync()[0]!);
    expect(loss).toBeCloseTo(expected, 4);
  });
});
