/**
 * SimCLR (Chen et al., ICML 2020): two views of one record are told from all other views of the batch. It needs neither reports
 * nor labels. The loss sees a projection and the probe what lies before it: the projection throws away what augmentation changes.
 */
import { UNIT_EPSILON } from '../architecture.ts';
import type { Model } from '../model.ts';
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../tf.ts';
import type { Batch, Objective } from './objective.ts';
import { PROJECTION } from './parameters.ts';

/** In place of a view's similarity with itself: nothing is left of it after the softmax. */
const NEVER = -1e9;

export class ViewsObjective implements Objective {
  readonly views = 2;
  readonly #model: Model;
  readonly #temperature: number;

  /** @param temperature fixed, as in the paper */
  constructor(model: Model, temperature: number) {
    this.#model = model;
    this.#temperature = temperature;
  }

  loss({ embedding, records }: Batch): Scalar {
    return tf.tidy(() => ntXentLoss(this.#project(embedding), records.length, this.#temperature));
  }

  dispose(): void {}

  #project(embedding: Tensor2D): Tensor2D {
    const of = (name: string): Tensor2D => this.#model.variable(name) as unknown as Tensor2D;
    const hidden = tf.matMul(embedding, of(PROJECTION.hidden)).add<Tensor2D>(of(PROJECTION.offset)).relu<Tensor2D>();
    const output = tf.matMul(hidden, of(PROJECTION.output));
    // Under the root, not beside it: where no hidden unit is awake the output is zero, and a root has no slope there.
    return output.div(output.square().sum(1, true).add(UNIT_EPSILON).sqrt());
  }
}

/**
 * Normalised temperature-scaled cross-entropy.
 * @param projected [2n, dimension], unit length: rows i and n + i are views of one record
 */
export function ntXentLoss(projected: Tensor2D, n: number, temperature: number): Scalar {
  return tf.tidy(() => {
    const partner = tf.tensor1d(Int32Array.from({ length: 2 * n }, (_, row) => (row + n) % (2 * n)), 'int32') as Tensor1D;
    const itself = tf.eye(2 * n).mul<Tensor2D>(NEVER);
    const logits = tf.matMul(projected, projected, false, true).div(temperature).add<Tensor2D>(itself);
    return tf.oneHot(partner, 2 * n).mul(tf.logSoftmax(logits)).sum().neg().div<Scalar>(2 * n);
  });
}
