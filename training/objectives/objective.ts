/** What a step learns from: an objective has a loss on the embeddings of a batch and, beside the model's own, parameters of its own. */
import type { Scalar, Tensor2D } from '../tf.ts';

export interface Batch {
  /** [views * records, dimension], unit length: the first view of every record, then the second of every one. */
  readonly embedding: Tensor2D;
  /** Indices into the training set's signals. */
  readonly records: Int32Array;
  /** Whatever is drawn for the batch is drawn from this and the seed, so that a resumed run draws the same. */
  readonly step: number;
  /** From 0. */
  readonly epoch: number;
}

export interface Objective {
  /** How often each record is in a batch, each time augmented anew. */
  readonly views: number;
  /** Called while gradients are watched. */
  loss(batch: Batch): Scalar;
  dispose(): void;
}
