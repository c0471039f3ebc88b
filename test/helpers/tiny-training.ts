/** What trains in seconds: eight records of sines, a text each, and a network of four channels. */
import type { TrainConfig } from '../../training/config.ts';
import { signalsInMemory } from '../../training/data/signals.ts';
import { randomOf } from '../../training/random.ts';
import type { Trainer, TrainingSet } from '../../training/trainer.ts';
import { normaliseRows } from '../../training/vectors.ts';

export const TINY_RECORDS = 8;
const TEXT_DIMENSION = 6;
const VALUES_PER_RECORD = 12_000;
const SAMPLES = 1000;

/** Without augmentation's settings: each test has its own. */
export const TINY_CONFIG: Omit<TrainConfig, 'augmentation'> = {
  name: 'tiny', seed: 3, objective: { kind: 'reports' },
  model: { width: 4, stemKernel: 5, kernel: 3, norm: 'group', groupSize: 4, leadDescription: true, pooling: 'mean+max', embeddingDimension: 8 },
  epochs: 40, batchSize: 4, learningRate: 0.01, warmUpSteps: 2, schedule: 'cosine', restarts: [], weightDecay: 0.01, decay: 'decoupled', loss: 'info-nce',
  temperature: 0.1, positives: 'text', targetTemperature: 0, extraTexts: 0,
  statements: { weight: 0, minimumRecords: 1 }, teachers: { models: [], share: 0, afterEpochs: 0 },
};

/** No augmentation at all. */
export const STILL: TrainConfig['augmentation'] = {
  leadDropout: 0, gainSd: 0, leadGainSd: 0, noiseSd: 0, shift: false, wanderSd: 0, placement: { axisSdDegrees: 0, chestSd: 0 }, crop: { share: 0, shortest: 1 }, ambulatoryNoise: { share: 0, lowestDb: 0, highestDb: 0 }, stretchSd: 0,
};

/** @param wave of a record: its amplitude in microvolts and its periods in 250 samples */
export function tinyTrainingSet(wave: (record: number) => { readonly microvolts: number; readonly periods: number }): TrainingSet {
  const random = randomOf(11);
  const each = Int32Array.from({ length: TINY_RECORDS }, (_, i) => i);
  return {
    signals: signalsInMemory(Int16Array.from({ length: TINY_RECORDS * VALUES_PER_RECORD }, (_, i) => {
      const { microvolts, periods } = wave(Math.floor(i / VALUES_PER_RECORD));
      return microvolts * Math.sin((periods * 2 * Math.PI * (i % SAMPLES)) / 250);
    })),
    records: each,
    textOf: each,
    textDimension: TEXT_DIMENSION,
    textEmbeddings: normaliseRows(Float32Array.from({ length: TINY_RECORDS * TEXT_DIMENSION }, () => random.normal()), TEXT_DIMENSION),
  };
}

/** @returns the losses */
export async function trainSteps(trainer: Trainer, steps: number): Promise<number[]> {
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push(await trainer.trainStep());
  return losses;
}
