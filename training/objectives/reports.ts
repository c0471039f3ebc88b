/** Learning from reports: each ECG is told from others by its report's text, and asked which statements the report makes. */
import type { TrainConfig } from '../config.ts';
import { bothWays, contrastiveLoss, scaleOf, sigmoidLoss, statementLoss, targetsOf, taughtTargets } from '../loss.ts';
import type { Model } from '../model.ts';
import { randomOf } from '../random.ts';
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '../tf.ts';
import type { TrainingSet } from '../trainer.ts';
import { gatherRows } from '../vectors.ts';
import type { Batch, Objective } from './objective.ts';
import { PAIR_OFFSET } from './parameters.ts';
import { Teaching, withoutGradient } from './teaching.ts';

/** Key of the random stream of more texts; the batches' own streams are trainer.ts's. */
const TEXT_STREAM = 3;

export class ReportsObjective implements Objective {
  readonly views = 1;
  readonly #config: TrainConfig;
  readonly #model: Model;
  readonly #set: TrainingSet;
  /** Each text of the records once. */
  readonly #texts: Int32Array;
  readonly #statements: { readonly embeddings: Tensor2D; readonly priorLogits: Tensor1D } | undefined;
  readonly #teaching: Teaching | undefined;

  /** @throws RangeError where statements have a weight or teachers a share, and the set has none */
  constructor(config: TrainConfig, model: Model, set: TrainingSet) {
    this.#config = config;
    this.#model = model;
    this.#set = set;
    this.#texts = Int32Array.from(new Set(set.records.map((record) => set.textOf[record]!)));
    if (config.statements.weight > 0) this.#statements = statementTensors(set);
    if (config.teachers.share > 0) this.#teaching = new Teaching(set);
  }

  loss({ embedding, records, step, epoch }: Batch): Scalar {
    const own = Int32Array.from(records, (record) => this.#set.textOf[record]!);
    const texts = Int32Array.of(...own, ...this.#drawTexts(step));
    const { afterEpochs } = this.#config.teachers;
    const teaching = epoch >= afterEpochs ? this.#teaching : undefined;
    return tf.tidy(() => {
      const { textDimension, textEmbeddings } = this.#set;
      const text = tf.tensor2d(gatherRows(textEmbeddings, textDimension, texts), [texts.length, textDimension]);
      const identity = this.#config.positives === 'pair' ? texts.map((_, index) => index) : texts;
      const written = targetsOf(text, identity, this.#config.targetTemperature, own.length);
      const loss = this.#lossOfPairs(embedding, this.#model.embedText(text), written, teaching?.ofTexts(records, texts));
      return this.#statements ? loss.add<Scalar>(this.#lossOfStatements(embedding, own, teaching?.ofStatements(records))) : loss;
    });
  }

  dispose(): void {
    if (this.#statements) tf.dispose([this.#statements.embeddings, this.#statements.priorLogits]);
    this.#teaching?.dispose();
  }

  /** More training texts for the batch to be told from, drawn anew each step. */
  #drawTexts(step: number): Int32Array {
    const random = randomOf(this.#config.seed, TEXT_STREAM, step);
    return Int32Array.from({ length: this.#config.extraTexts }, () => this.#texts[random.below(this.#texts.length)]!);
  }

  /** @param taught cosines of the teachers */
  #lossOfPairs(embedding: Tensor2D, text: Tensor2D, written: Tensor2D, taught: Tensor2D | undefined): Scalar {
    const logScale = this.#model.variable('logScale');
    if (this.#config.loss === 'sigmoid') return sigmoidLoss(embedding, text, logScale, this.#model.variable(PAIR_OFFSET), written);
    const targets = bothWays(written);
    if (!taught) return contrastiveLoss(embedding, text, logScale, targets);
    const { toText, toEcg } = taughtTargets(taught.mul(withoutGradient(scaleOf(logScale))));
    return contrastiveLoss(embedding, text, logScale, { toText: this.#mixed(targets.toText, toText), toEcg: this.#mixed(targets.toEcg, toEcg) });
  }

  /** @param taught cosines of the teachers */
  #lossOfStatements(embedding: Tensor2D, texts: Int32Array, taught: Tensor2D | undefined): Tensor {
    const { embeddings, priorLogits } = this.#statements!;
    const count = priorLogits.shape[0];
    const written = new Float32Array(texts.length * count);
    texts.forEach((text, row) => this.#set.statements!.ofText[text]!.forEach((statement) => (written[row * count + statement] = 1)));
    const logScale = this.#model.variable('statementLogScale');
    const made = tf.tensor2d(written, [texts.length, count]);
    const likely = taught && this.#mixed(made, tf.sigmoid(taught.mul(withoutGradient(scaleOf(logScale))).add(priorLogits)));
    return statementLoss(embedding, this.#model.embedText(embeddings), logScale, likely ?? made, priorLogits).mul(this.#config.statements.weight);
  }

  /** What the reports say and what the teachers say, by the teachers' share. */
  #mixed(written: Tensor2D, taught: Tensor2D): Tensor2D {
    const { share } = this.#config.teachers;
    return written.mul<Tensor2D>(1 - share).add<Tensor2D>(taught.mul(share));
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
