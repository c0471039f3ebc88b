/** Learning from statement codes: one yes-or-no question a label. It uses labels, so what it trains is a baseline and never ships by default. */
import type { Model } from '../model.ts';
import { tf, type Scalar, type Tensor2D } from '../tf.ts';
import type { TrainingSet } from '../trainer.ts';
import type { Batch, Objective } from './objective.ts';
import { CLASSES } from './parameters.ts';

export class LabelsObjective implements Objective {
  readonly views = 1;
  readonly #model: Model;
  readonly #labels: NonNullable<TrainingSet['labels']>;

  /** @throws RangeError where the set has no labels */
  constructor(model: Model, { labels }: TrainingSet) {
    if (!labels) throw new RangeError('the configuration learns from labels, and the training set has none');
    this.#model = model;
    this.#labels = labels;
  }

  /** @returns cross-entropy per positive label of the batch, as statements have it: what is common does not outweigh the reports */
  loss({ embedding, records }: Batch): Scalar {
    const { count, positive } = this.#labels;
    const truth = new Float32Array(records.length * count);
    records.forEach((record, row) => truth.set(positive.subarray(record * count, (record + 1) * count), row * count));
    return tf.tidy(() => {
      const right = tf.tensor2d(truth, [records.length, count]);
      const logits = classLogits(this.#model, embedding);
      return tf.softplus(logits).sub(right.mul(logits)).sum().div<Scalar>(right.sum().maximum(1));
    });
  }

  dispose(): void {}
}

/** @param embedding [n, dimension] @returns [n, labels] */
const classLogits = (model: Model, embedding: Tensor2D): Tensor2D => tf.tidy(() =>
  tf.matMul(embedding, model.variable(CLASSES.weight) as unknown as Tensor2D).add(model.variable(CLASSES.offset)).mul<Tensor2D>(model.variable(CLASSES.logScale).exp()));
