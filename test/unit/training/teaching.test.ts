import { afterAll, describe, expect, it } from 'vitest';
import type { TrainConfig } from '../../../training/config.ts';
import { embedRecords, projectTexts } from '../../../training/embed-records.ts';
import { withoutGradient } from '../../../training/objectives/teaching.ts';
import { randomOf } from '../../../training/random.ts';
import type { Teacher } from '../../../training/teachers.ts';
import { tf, type Scalar } from '../../../training/tf.ts';
import { Trainer, type TrainingSet } from '../../../training/trainer.ts';
import { dotRows, normaliseRows } from '../../../training/vectors.ts';
import { STILL, TINY_CONFIG, TINY_RECORDS, tinyTrainingSet, trainSteps } from '../../helpers/tiny-training.ts';

const STATEMENTS = 2;
const TEXT_DIMENSION = 6;
const random = randomOf(21);
const rows = (count: number, dimension: number): Float32Array => normaliseRows(Float32Array.from({ length: count * dimension }, () => random.normal()), dimension);

/** @param right the text it takes each record for */
const teacherOf = (right: (record: number) => number): Teacher => ({
  dimension: TINY_RECORDS,
  ecgs: Float32Array.from({ length: TINY_RECORDS ** 2 }, (_, i) => Number(right(Math.floor(i / TINY_RECORDS)) === i % TINY_RECORDS)),
  texts: Float32Array.from({ length: TINY_RECORDS ** 2 }, (_, i) => Number(Math.floor(i / TINY_RECORDS) === i % TINY_RECORDS)),
  statements: rows(STATEMENTS, TINY_RECORDS),
});
const third = (record: number): number => (record + 3) % TINY_RECORDS;
/** Two say the third text from a record's own, one says the next. */
const TEACHERS = [teacherOf(third), teacherOf((record) => (record + 1) % TINY_RECORDS), teacherOf(third)];

const SET: TrainingSet = {
  ...tinyTrainingSet((record) => ({ microvolts: 300 + 100 * record, periods: 1 + 2 * record })),
  teachers: TEACHERS,
  statements: {
    texts: ['slow', 'fast'], ofText: Array.from({ length: TINY_RECORDS }, (_, text) => Int32Array.of(Number(text >= TINY_RECORDS / 2))),
    frequency: Float32Array.of(0.5, 0.5), embeddings: rows(STATEMENTS, TEXT_DIMENSION),
  },
};
const CONFIG: TrainConfig = { ...TINY_CONFIG, batchSize: TINY_RECORDS, augmentation: STILL, statements: { weight: 1, minimumRecords: 1 } };
const taughtBy = (share: number, afterEpochs = 0): TrainConfig => ({ ...CONFIG, teachers: { models: ['one', 'other'], share, afterEpochs } });

const trainers: Trainer[] = [];
const trainerOf = (config: TrainConfig, set = SET): Trainer => {
  const trainer = new Trainer(config, set);
  trainers.push(trainer);
  return trainer;
};
afterAll(() => trainers.forEach((trainer) => trainer.dispose()));

/** The text that each record lies nearest to. */
async function favourites({ model }: Trainer): Promise<number[]> {
  const { embeddingDimension: dimension } = CONFIG.model;
  const ecgs = await embedRecords(model, SET.signals, [...SET.records], new Uint8Array(12).fill(1));
  const texts = await projectTexts(model, SET.textEmbeddings);
  return Array.from(SET.records, (record) => {
    const cosines = Array.from(SET.records, (text) => dotRows(ecgs, record, texts, text, dimension));
    return cosines.indexOf(Math.max(...cosines));
  });
}

describe('learning from teachers', () => {
  it('is taught by most of them, whatever the reports say', async () => {
    const trainer = trainerOf({ ...taughtBy(1), epochs: 80 });
    await trainSteps(trainer, 80);
    expect(await favourites(trainer)).toEqual(Array.from(SET.records, third));
  }, 180_000);

  it('begins after the epochs before it, and keeps its memory from step to step', async () => {
    const [alone, later, atOnce] = [trainerOf(CONFIG), trainerOf(taughtBy(0.5, 3)), trainerOf(taughtBy(0.5))];
    const losses = await trainSteps(alone, 4);
    const others = await trainSteps(later, 3);
    others.forEach((loss, step) => expect(loss).toBeCloseTo(losses[step]!, 5));
    expect((await trainSteps(atOnce, 1))[0]).not.toBeCloseTo(losses[0]!, 2);
    expect((await trainSteps(later, 1))[0]).not.toBeCloseTo(losses[3]!, 2);
    const before = tf.memory().numTensors;
    await trainSteps(later, 3);
    expect(tf.memory().numTensors).toBe(before);
  }, 180_000);

  it('is refused where the set has no teachers', () => {
    const { teachers: _, ...set } = SET;
    expect(() => new Trainer(taughtBy(0.5), set)).toThrow(RangeError);
  });

  it('moves no temperature through the targets', () => {
    const slope = (of: (x: Scalar) => Scalar): number => tf.grad((x) => of(x as Scalar))(tf.scalar(3)).dataSync()[0]!;
    expect(slope((x) => x.mul(withoutGradient(x)))).toBe(3);
    expect(slope((x) => x.mul(x))).toBe(6);
  });
});
