/** The contrastive loss between ECGs and their reports, and what counts as a pair. */
import { tf, type Scalar, type Tensor, type Tensor2D } from './tf.ts';

/** 1 / temperature is kept below this, as CLIP does: beyond it the loss chases single pairs. */
const MAX_SCALE = 100;

/**
 * Which texts of the batch count as right for which ECG. Reports repeat, word for word or nearly, so the diagonal alone
 * would call many right answers wrong.
 * @param text [m, textDimension] frozen embeddings, centred, unit length; the first n are the ECGs' own
 * @param identity one per text, equal for equal texts
 * @param temperature soft targets: softmax over the texts of the similarity divided by this; 0: equal texts share the target
 * @returns [n, m], rows sum to 1; identical texts get identical columns
 */
export function targetsOf(text: Tensor2D, identity: Int32Array, temperature: number, n = identity.length): Tensor2D {
  return tf.tidy(() => {
    if (temperature > 0) {
      const own = text.slice<Tensor2D>([0, 0], [n, text.shape[1]]);
      return tf.softmax(tf.matMul(own, text, false, true).div<Tensor2D>(temperature));
    }
    const ids = tf.tensor1d(identity, 'int32');
    const same = tf.equal(ids.slice([0], [n]).expandDims(1), ids.expandDims(0)).toFloat() as Tensor2D;
    return same.div<Tensor2D>(same.sum(1, true));
  });
}

/** What is right in both directions; rows sum to 1. */
export interface Targets {
  /** [n, m]: per ECG, which texts. */
  readonly toText: Tensor2D;
  /** [n, n]: per own text, which ECGs. */
  readonly toEcg: Tensor2D;
}

/** @param targets [n, m] of `targetsOf`: among the ECGs' own texts symmetric in what it calls alike, so it serves both ways */
export function bothWays(targets: Tensor2D): Targets {
  const own = ownTexts(targets);
  return { toText: targets, toEcg: own.div<Tensor2D>(own.sum(1, true)) };
}

/** What teachers call right, both ways. @param logits [n, m], their cosines over the temperature */
export const taughtTargets = (logits: Tensor2D): Targets => ({ toText: tf.softmax(logits), toEcg: tf.softmax(ownTexts(logits).transpose<Tensor2D>()) });

/** Of a matrix [n, m], the columns of the ECGs' own texts. */
const ownTexts = (matrix: Tensor2D): Tensor2D => matrix.slice<Tensor2D>([0, 0], [matrix.shape[0], matrix.shape[0]]);

/** 1 / temperature. @param logScale its logarithm, as it is learned */
export const scaleOf = (logScale: Tensor): Tensor => logScale.minimum(Math.log(MAX_SCALE)).exp();

/**
 * InfoNCE both ways: cross-entropy of the targets with the softmax of cosine / temperature, ECG to text and text to ECG.
 * @param ecg [n, dimension], unit length
 * @param text [m, dimension], unit length; the first n are the ECGs' own, the others more texts to compare with
 */
export function contrastiveLoss(ecg: Tensor2D, text: Tensor2D, logScale: Tensor, { toText, toEcg }: Targets): Scalar {
  return tf.tidy(() => {
    const logits = tf.matMul(ecg, text, false, true).mul<Tensor2D>(scaleOf(logScale));
    const crossEntropy = (right: Tensor2D, scores: Tensor2D): Tensor => right.mul(tf.logSoftmax(scores)).sum().neg().div(ecg.shape[0]);
    return crossEntropy(toText, logits).add(crossEntropy(toEcg, ownTexts(logits).transpose())).div<Scalar>(2);
  });
}

/**
 * SigLIP: every pair of an ECG and a text is a yes-or-no question of its own, so no softmax ties a batch together.
 * @param same [n, m], above 0 where the text says what the ECG's own report says
 * @param offset added to every scaled cosine
 */
export function sigmoidLoss(ecg: Tensor2D, text: Tensor2D, logScale: Tensor, offset: Tensor, same: Tensor2D): Scalar {
  return tf.tidy(() => {
    const logits = tf.matMul(ecg, text, false, true).mul(scaleOf(logScale)).add<Tensor2D>(offset);
    const yes = same.greater(0).toFloat();
    return tf.softplus(logits).sub(yes.mul(logits)).sum().div<Scalar>(ecg.shape[0]);
  });
}

/**
 * Which statements an ECG's report makes, as independent yes-or-no questions: the cosine, scaled, is what the ECG adds to how
 * often the statement is made anyway. So a cosine of zero means "as likely as in any record", for common and rare alike.
 * @param ecg [n, dimension], unit length
 * @param statements [m, dimension], unit length
 * @param made [n, m], 1 where the report makes the statement, or how likely it is to
 * @param priorLogits [m], logit of each statement's frequency
 * @returns cross-entropy per statement made
 */
export function statementLoss(ecg: Tensor2D, statements: Tensor2D, logScale: Tensor, made: Tensor2D, priorLogits: Tensor): Scalar {
  return tf.tidy(() => {
    const logits = tf.matMul(ecg, statements, false, true).mul(scaleOf(logScale)).add<Tensor2D>(priorLogits);
    const crossEntropy = tf.softplus(logits).sub(made.mul(logits)).sum();
    return crossEntropy.div<Scalar>(made.sum().maximum(1));
  });
}
