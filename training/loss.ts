/** The contrastive loss between ECGs and their reports, and what counts as a pair. */
import { tf, type Scalar, type Tensor, type Tensor2D } from './tf.ts';

/** 1 / temperature is kept below this, as CLIP does: beyond it the loss chases single pairs. */
const MAX_SCALE = 100;

/**
 * Which texts of the batch count as right for which ECG. Reports repeat, word for word or nearly, so the diagonal alone
 * would call many right answers wrong.
 * @param text [n, textDimension] frozen embeddings, centred, unit length
 * @param identity one per record, equal for equal texts
 * @param temperature soft targets: softmax over the batch of the text similarity divided by this; 0: equal texts share the target
 * @returns [n, n], rows sum to 1; identical texts get identical columns
 */
export function targetsOf(text: Tensor2D, identity: Int32Array, temperature: number): Tensor2D {
  if (temperature > 0) return tf.tidy(() => tf.softmax(tf.matMul(text, text, false, true).div<Tensor2D>(temperature)));
  return tf.tidy(() => {
    const ids = tf.tensor1d(identity, 'int32');
    const same = tf.equal(ids.expandDims(1), ids.expandDims(0)).toFloat() as Tensor2D;
    return same.div<Tensor2D>(same.sum(1, true));
  });
}

/**
 * InfoNCE both ways: cross-entropy of the targets with the softmax of cosine / temperature, ECG to text and text to ECG.
 * @param ecg [n, dimension], unit length
 * @param text [n, dimension], unit length
 * @param targets [n, n]; symmetric in what it calls alike, so it serves both ways
 */
export function contrastiveLoss(ecg: Tensor2D, text: Tensor2D, logScale: Tensor, targets: Tensor2D): Scalar {
  return tf.tidy(() => {
    const logits = tf.matMul(ecg, text, false, true).mul<Tensor2D>(logScale.minimum(Math.log(MAX_SCALE)).exp());
    const crossEntropy = (scores: Tensor2D): Tensor => targets.mul(tf.logSoftmax(scores)).sum().neg().div(targets.shape[0]);
    return crossEntropy(logits).add(crossEntropy(logits.transpose())).div<Scalar>(2);
  });
}
