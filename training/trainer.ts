/**
 * One training run's state and its single step. All that is random is derived from (seed, epoch, step), so parameters,
 * optimiser moments and the step number are a whole checkpoint: a resumed run continues exactly as if never stopped.
 */
import { EcgError } from '../ecg/errors.ts';
import type { AmbulatoryNoise } from './ambulatory-noise.ts';
import { augment } from './augmentation.ts';
import { epochsOf, type TrainConfig } from './config.ts';
import { INPUT_SPEC } from './data/input-spec.ts';
import { readInput, type Signals } from './data/signals.ts';
import type { EmbeddedStatements } from './data/statements.ts';
import { Model, toChannelsLast } from './model.ts';
import { createObjective } from './objectives/create-objective.ts';
import type { Objective } from './objectives/objective.ts';
import { objectiveParameters } from './objectives/parameters.ts';
import { Adam, type OptimiserState } from './optimiser.ts';
import { randomOf, shuffled } from './random.ts';
import type { Teacher } from './teachers.ts';
import { tf } from './tf.ts';

const LEADS = INPUT_SPEC.leads.length;
const { length: LENGTH } = INPUT_SPEC;
/** Keys of the random streams; an objective's own are others. */
const ORDER_STREAM = 1;
const BATCH_STREAM = 2;

/** What there is to learn from: records with their text, or with their labels. */
export interface TrainingSet {
  readonly signals: Signals;
  /** Records to train on, as indices into `signals`; each has a text where reports are learnt from. */
  readonly records: Int32Array;
  /** Text of a record of `signals`. */
  readonly textOf: Int32Array;
  readonly textDimension: number;
  /** [texts][textDimension], frozen, centred, unit length. */
  readonly textEmbeddings: Float32Array;
  /** Needed where the configuration gives statements a weight. */
  readonly statements?: EmbeddedStatements;
  /** Needed where the configuration gives teachers a share. */
  readonly teachers?: readonly Teacher[];
  /** Needed where the configuration gives ambulatory noise a share. */
  readonly noise?: AmbulatoryNoise;
  /** Needed where labels are learnt from: [records of `signals`][count], 1 where the label is positive. */
  readonly labels?: { readonly count: number; readonly positive: Uint8Array };
}

export interface TrainerState {
  readonly step: number;
  readonly parameters: Float32Array;
  readonly optimiser: OptimiserState;
}

export class Trainer {
  readonly model: Model;
  readonly stepsPerEpoch: number;
  readonly #config: TrainConfig;
  readonly #set: TrainingSet;
  readonly #optimiser: Adam;
  readonly #ecg: Float32Array;
  readonly #presence: Float32Array;
  readonly #scratch = new Float32Array(LENGTH);
  readonly #objective: Objective;
  #order: { readonly epoch: number; readonly records: Int32Array } | undefined;
  #step: number;

  /**
   * @param start a checkpoint to go on from, or only parameters to begin with
   * @throws RangeError where the set is smaller than a batch or lacks what the configuration needs; EcgError MODEL_MISMATCH where the start is of another network
   */
  constructor(config: TrainConfig, set: TrainingSet, start: Partial<TrainerState> = {}) {
    this.stepsPerEpoch = Math.floor(set.records.length / config.batchSize);
    if (this.stepsPerEpoch === 0) throw new RangeError(`a batch needs ${config.batchSize} records, the training set has ${set.records.length}`);
    if (config.augmentation.ambulatoryNoise.share > 0 && !set.noise) throw new RangeError('the configuration gives noise a share, and the training set has none');
    this.#config = config;
    this.#set = set;
    this.model = new Model(config.model, set.textDimension, config.temperature, config.seed, objectiveParameters(config, set.labels?.count ?? 0));
    if (start.parameters) this.model.restore(start.parameters);
    this.#optimiser = new Adam(this.model, config, start.optimiser);
    this.#objective = createObjective(config, this.model, set);
    const inputs = config.batchSize * this.#objective.views;
    this.#ecg = new Float32Array(inputs * LEADS * LENGTH);
    this.#presence = new Float32Array(inputs * LEADS);
    this.#step = start.step ?? 0;
  }

  /** Steps done since the beginning. */
  get step(): number {
    return this.#step;
  }

  /** From 0. */
  get #epoch(): number {
    return Math.floor(this.#step / this.stepsPerEpoch);
  }

  get totalSteps(): number {
    return this.stepsPerEpoch * epochsOf(this.#config);
  }

  async temperature(): Promise<number> {
    return 1 / Math.exp((await this.model.variable('logScale').data())[0]!);
  }

  /** @returns the batch's loss @throws EcgError TRAINING_DIVERGED */
  async trainStep(): Promise<number> {
    const records = this.#fillBatch();
    const inputs = records.length * this.#objective.views;
    const epoch = this.#epoch;
    const { value, grads } = tf.tidy(() => {
      const ecg = toChannelsLast(this.#ecg, inputs, LEADS, LENGTH);
      const presence = tf.tensor2d(this.#presence, [inputs, LEADS]);
      return tf.variableGrads(() => this.#objective.loss({ embedding: this.model.embedEcg(ecg, presence, 'training'), records, step: this.#step, epoch }), this.model.learnedVariables);
    });
    const loss = (await value.data())[0]!;
    if (Number.isFinite(loss)) this.#optimiser.apply(grads, this.#learningRate());
    tf.dispose([value, ...Object.values(grads)]);
    if (!Number.isFinite(loss)) {
      throw new EcgError('TRAINING_DIVERGED', 'the loss is not finite; lower the learning rate and resume from the last checkpoint', {
        expected: 'a number', received: String(loss), from: `step ${this.#step}` });
    }
    this.#step++;
    return loss;
  }

  async state(): Promise<TrainerState> {
    return { step: this.#step, parameters: await this.model.flatten(), optimiser: await this.#optimiser.state() };
  }

  dispose(): void {
    this.model.dispose();
    this.#optimiser.dispose();
    this.#objective.dispose();
  }

  #fillBatch(): Int32Array {
    const { batchSize, seed, augmentation } = this.#config;
    const epoch = this.#epoch;
    if (this.#order?.epoch !== epoch) {
      const order = shuffled(this.#set.records.length, randomOf(seed, ORDER_STREAM, epoch));
      this.#order = { epoch, records: order.map((index) => this.#set.records[index]!) };
    }
    const first = (this.#step % this.stepsPerEpoch) * batchSize;
    const records = this.#order.records.subarray(first, first + batchSize);
    const random = randomOf(seed, BATCH_STREAM, this.#step);
    for (let row = 0; row < records.length * this.#objective.views; row++) {
      const input = this.#ecg.subarray(row * LEADS * LENGTH, (row + 1) * LEADS * LENGTH);
      readInput(this.#set.signals, records[row % records.length]!, input);
      augment(input, this.#presence.subarray(row * LEADS, (row + 1) * LEADS), augmentation, random, this.#scratch, this.#set.noise);
    }
    return records;
  }

  #learningRate(): number {
    const { learningRate, warmUpSteps, schedule, epochs, restarts } = this.#config;
    if (this.#step < warmUpSteps) return (learningRate * (this.#step + 1)) / warmUpSteps;
    if (schedule === 'constant') return learningRate;
    let begun = warmUpSteps;
    let end = epochs * this.stepsPerEpoch;
    let peak = learningRate;
    for (const cycle of restarts) {
      if (this.#step < end) break;
      begun = end;
      end += cycle.epochs * this.stepsPerEpoch;
      peak = cycle.learningRate;
    }
    return cosine(peak, (this.#step - begun) / Math.max(1, end - begun));
  }
}

/** From the peak to zero. */
const cosine = (peak: number, progress: number): number => (peak * (1 + Math.cos(Math.PI * progress))) / 2;
