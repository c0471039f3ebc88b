/**
 * One training run's state and its single step. All that is random is derived from (seed, epoch, step), so parameters,
 * optimiser moments and the step number are a whole checkpoint: a resumed run continues exactly as if never stopped.
 */
import { EcgError } from '../ecg/errors.ts';
import { augment } from './augmentation.ts';
import type { TrainConfig } from './config.ts';
import { INPUT_SPEC } from './data/input-spec.ts';
import { readInput, type Signals } from './data/signals.ts';
import type { EmbeddedStatements } from './data/statements.ts';
import { contrastiveLoss, sigmoidLoss, statementLoss, targetsOf } from './loss.ts';
import { Model, toChannelsLast } from './model.ts';
import { Adam, type OptimiserState } from './optimiser.ts';
import { randomOf, shuffled } from './random.ts';
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from './tf.ts';

const LEADS = INPUT_SPEC.leads.length;
const { length: LENGTH } = INPUT_SPEC;
/** Keys of the random streams. */
const ORDER_STREAM = 1;
const BATCH_STREAM = 2;
const TEXT_STREAM = 3;

/** What there is to learn from: records with their text. */
export interface TrainingSet {
  readonly signals: Signals;
  /** Records to train on, as indices into `signals`; each has a text. */
  readonly records: Int32Array;
  /** Text of a record of `signals`. */
  readonly textOf: Int32Array;
  readonly textDimension: number;
  /** [texts][textDimension], frozen, centred, unit length. */
  readonly textEmbeddings: Float32Array;
  /** Needed where the configuration gives statements a weight. */
  readonly statements?: EmbeddedStatements;
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
  /** Each text of the records once. */
  readonly #texts: Int32Array;
  readonly #statements: { readonly embeddings: Tensor2D; readonly priorLogits: Tensor1D } | undefined;
  #order: { readonly epoch: number; readonly records: Int32Array } | undefined;
  #step: number;

  /** @throws RangeError where the set is smaller than a batch or the state is of another model */
  constructor(config: TrainConfig, set: TrainingSet, state?: TrainerState) {
    this.stepsPerEpoch = Math.floor(set.records.length / config.batchSize);
    if (this.stepsPerEpoch === 0) throw new RangeError(`a batch needs ${config.batchSize} records, the training set has ${set.records.length}`);
    this.#config = config;
    this.#set = set;
    this.model = new Model(config.model, set.textDimension, config.temperature, config.seed, config.loss);
    if (state) this.model.restore(state.parameters);
    this.#optimiser = new Adam(this.model, config, state?.optimiser);
    this.#ecg = new Float32Array(config.batchSize * LEADS * LENGTH);
    this.#presence = new Float32Array(config.batchSize * LEADS);
    this.#texts = Int32Array.from(new Set(set.records.map((record) => set.textOf[record]!)));
    if (config.statements.weight > 0) this.#statements = statementTensors(set);
    this.#step = state?.step ?? 0;
  }

  /** Steps done since the beginning. */
  get step(): number {
    return this.#step;
  }

  get totalSteps(): number {
    return this.stepsPerEpoch * this.#config.epochs;
  }

  get temperature(): number {
    return 1 / Math.exp(this.model.variable('logScale').dataSync()[0]!);
  }

  /** @returns the batch's loss @throws EcgError TRAINING_DIVERGED */
  trainStep(): number {
    const { batchSize, targetTemperature, positives } = this.#config;
    const records = this.#fillBatch();
    const own = Int32Array.from(records, (record) => this.#set.textOf[record]!);
    const texts = Int32Array.of(...own, ...this.#drawTexts());
    const { value, grads } = tf.tidy(() => {
      const ecg = toChannelsLast(this.#ecg, batchSize, LEADS, LENGTH);
      const presence = tf.tensor2d(this.#presence, [batchSize, LEADS]);
      const text = tf.tensor2d(this.#gatherTexts(texts), [texts.length, this.#set.textDimension]);
      const identity = positives === 'pair' ? texts.map((_, index) => index) : texts;
      const targets = targetsOf(text, identity, targetTemperature, batchSize);
      return tf.variableGrads(() => {
        const embedding = this.model.embedEcg(ecg, presence, 'training');
        const loss = this.#lossOfPairs(embedding, this.model.embedText(text), targets);
        return this.#statements ? loss.add(this.#lossOfStatements(embedding, own)) : loss;
      }, this.model.learnedVariables);
    });
    const loss = (value as Scalar).dataSync()[0]!;
    if (Number.isFinite(loss)) this.#optimiser.apply(grads, this.#learningRate());
    tf.dispose([value, ...Object.values(grads)]);
    if (!Number.isFinite(loss)) {
      throw new EcgError('TRAINING_DIVERGED', 'the loss is not finite; lower the learning rate and resume from the last checkpoint', {
        expected: 'a number', received: String(loss), from: `step ${this.#step}` });
    }
    this.#step++;
    return loss;
  }

  state(): TrainerState {
    return { step: this.#step, parameters: this.model.flatten(), optimiser: this.#optimiser.state() };
  }

  dispose(): void {
    this.model.dispose();
    this.#optimiser.dispose();
    if (this.#statements) tf.dispose([this.#statements.embeddings, this.#statements.priorLogits]);
  }

  #fillBatch(): Int32Array {
    const { batchSize, seed, augmentation } = this.#config;
    const epoch = Math.floor(this.#step / this.stepsPerEpoch);
    if (this.#order?.epoch !== epoch) {
      const order = shuffled(this.#set.records.length, randomOf(seed, ORDER_STREAM, epoch));
      this.#order = { epoch, records: order.map((index) => this.#set.records[index]!) };
    }
    const first = (this.#step % this.stepsPerEpoch) * batchSize;
    const records = this.#order.records.subarray(first, first + batchSize);
    const random = randomOf(seed, BATCH_STREAM, this.#step);
    records.forEach((record, row) => {
      const input = this.#ecg.subarray(row * LEADS * LENGTH, (row + 1) * LEADS * LENGTH);
      readInput(this.#set.signals, record, input);
      augment(input, this.#presence.subarray(row * LEADS, (row + 1) * LEADS), augmentation, random, this.#scratch);
    });
    return records;
  }

  /** More training texts for the batch to be told from, drawn anew each step. */
  #drawTexts(): Int32Array {
    const random = randomOf(this.#config.seed, TEXT_STREAM, this.#step);
    return Int32Array.from({ length: this.#config.extraTexts }, () => this.#texts[random.below(this.#texts.length)]!);
  }

  #lossOfPairs(embedding: Tensor2D, text: Tensor2D, targets: Tensor2D): Scalar {
    const logScale = this.model.variable('logScale');
    if (this.#config.loss === 'sigmoid') return sigmoidLoss(embedding, text, logScale, this.model.variable('pairOffset'), targets);
    return contrastiveLoss(embedding, text, logScale, targets);
  }

  #lossOfStatements(embedding: Tensor2D, texts: Int32Array): Tensor {
    const { embeddings, priorLogits } = this.#statements!;
    const count = priorLogits.shape[0];
    const made = new Float32Array(texts.length * count);
    texts.forEach((text, row) => this.#set.statements!.ofText[text]!.forEach((statement) => (made[row * count + statement] = 1)));
    return statementLoss(embedding, this.model.embedText(embeddings), this.model.variable('statementLogScale'), tf.tensor2d(made, [texts.length, count]), priorLogits)
      .mul(this.#config.statements.weight);
  }

  #gatherTexts(texts: Int32Array): Float32Array {
    const { textDimension, textEmbeddings } = this.#set;
    const out = new Float32Array(texts.length * textDimension);
    texts.forEach((text, row) => out.set(textEmbeddings.subarray(text * textDimension, (text + 1) * textDimension), row * textDimension));
    return out;
  }

  #learningRate(): number {
    const { learningRate, warmUpSteps, schedule } = this.#config;
    if (this.#step < warmUpSteps) return (learningRate * (this.#step + 1)) / warmUpSteps;
    if (schedule === 'constant') return learningRate;
    const progress = (this.#step - warmUpSteps) / Math.max(1, this.totalSteps - warmUpSteps);
    return (learningRate * (1 + Math.cos(Math.PI * progress))) / 2;
  }
}

function statementTensors({ statements, textDimension }: TrainingSet): { embeddings: Tensor2D; priorLogits: Tensor1D } {
  if (!statements) throw new RangeError('the configuration gives statements a weight, and the training set has none');
  const { embeddings, frequency } = statements;
  return {
    embeddings: tf.tensor2d(embeddings, [frequency.length, textDimension]),
    priorLogits: tf.tensor1d(frequency.map((share) => Math.log(share / (1 - share)))),
  };
}
