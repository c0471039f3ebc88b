/** Fits probabilities to scores, per label, and tells how far probabilities can be believed. */
import { logistic, type Platt } from '../../models/platt.ts';

/** Bins of equal width; the calibration error is their mean gap, weighted by how many fall into each. */
const BINS = 10;
/** Newton's steps: a fit of two numbers has long settled by then. */
const STEPS = 30;
/** Of a Newton step: below this no smaller one helps, the fit has settled. */
const SMALLEST_STEP = 1e-4;
/** Keeps a fit on separable scores finite. */
const RIDGE = 1e-3;

/**
 * Maximum likelihood by Newton's method, with a trace of ridge. A step that would make the fit worse is halved until it does not:
 * without that, scores that tell the truth well throw it into the millions.
 */
export function fitPlatt(scores: Float32Array, positive: Uint8Array): Platt {
  let fit: Platt = { slope: 1, offset: 0 };
  let loss = lossOf(scores, positive, fit);
  for (let step = 0; step < STEPS; step++) {
    const { slope, offset } = fit;
    let [g0, g1, h00, h01, h11] = [-RIDGE * offset, -RIDGE * slope, RIDGE, 0, RIDGE];
    scores.forEach((score, i) => {
      const p = logistic(slope * score + offset);
      const error = positive[i]! - p;
      const weight = p * (1 - p);
      g0 += error;
      g1 += error * score;
      h00 += weight;
      h01 += weight * score;
      h11 += weight * score * score;
    });
    const determinant = h00 * h11 - h01 * h01;
    const [toOffset, toSlope] = [(h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant];
    let better: { readonly fit: Platt; readonly loss: number } | undefined;
    for (let size = 1; !better && size > SMALLEST_STEP; size /= 2) {
      const tried = { slope: slope + size * toSlope, offset: offset + size * toOffset };
      const triedLoss = lossOf(scores, positive, tried);
      if (triedLoss < loss) better = { fit: tried, loss: triedLoss };
    }
    if (!better) break;
    ({ fit, loss } = better);
  }
  return fit;
}

/** Negative log likelihood with the ridge. */
function lossOf(scores: Float32Array, positive: Uint8Array, { slope, offset }: Platt): number {
  let loss = (RIDGE * (slope ** 2 + offset ** 2)) / 2;
  scores.forEach((score, i) => {
    const x = slope * score + offset;
    // log(1 + e^x), safe for large x.
    loss += Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - positive[i]! * x;
  });
  return loss;
}

export interface Bin {
  readonly count: number;
  readonly meanProbability: number;
  readonly shareTrue: number;
}

/** A reliability diagram's bins, empty ones left out. */
export function reliability(probabilities: Float32Array, positive: Uint8Array): Bin[] {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, sum: 0, hits: 0 }));
  probabilities.forEach((probability, i) => {
    const bin = bins[Math.min(BINS - 1, Math.floor(probability * BINS))]!;
    bin.count++;
    bin.sum += probability;
    bin.hits += positive[i]!;
  });
  return bins.filter(({ count }) => count > 0).map(({ count, sum, hits }) => ({ count, meanProbability: sum / count, shareTrue: hits / count }));
}

/** Expected calibration error. */
export function calibrationError(bins: readonly Bin[]): number {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  return bins.reduce((sum, { count, meanProbability, shareTrue }) => sum + (count / total) * Math.abs(meanProbability - shareTrue), 0);
}

export interface AbstentionPoint {
  /** Share of items answered, the surest first. */
  readonly answered: number;
  readonly accuracy: number;
}

/** Accuracy among the surest, for tenths of all items. */
export function abstentionCurve(items: readonly { readonly confidence: number; readonly right: boolean }[]): AbstentionPoint[] {
  const sorted = [...items].sort((a, b) => b.confidence - a.confidence);
  return Array.from({ length: 10 }, (_, tenth) => {
    const answered = (tenth + 1) / 10;
    const chosen = sorted.slice(0, Math.max(1, Math.round(answered * sorted.length)));
    return { answered, accuracy: chosen.filter(({ right }) => right).length / chosen.length };
  });
}
