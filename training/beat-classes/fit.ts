/** Fits the weights of ecg/rhythm/beat-features.ts: weighted cross-entropy with a penalty on their squares. */
import { BEAT_FEATURES, type BeatWeights } from '../../ecg/rhythm/beat-features.ts';
import type { Example } from './examples.ts';
import { minimise } from './lbfgs.ts';

/** On weights of standardised features, beside the mean cross-entropy in nats; chosen by leaving records of mitdb out and by fold 9 of PTB-XL. */
const PENALTY = 4e-4;
const ITERATIONS = 300;
const INPUTS = BEAT_FEATURES.length;

/** The same examples give the same weights: there is one lowest point. */
export function fitWeights(examples: readonly Example[]): BeatWeights {
  const { mean, spread } = standardOf(examples);
  const x = new Float64Array(examples.length * INPUTS);
  examples.forEach(({ features }, row) => {
    for (let i = 0; i < INPUTS; i++) x[row * INPUTS + i] = (features[i]! - mean[i]!) / spread[i]!;
  });
  const total = examples.reduce((sum, { weight }) => sum + weight, 0);
  const weights = Float64Array.from(examples, ({ weight }) => weight / total);
  const truth = Uint8Array.from(examples, ({ ventricular }) => ventricular);
  const at = minimise((theta, gradient) => crossEntropy(theta, gradient, x, truth, weights), new Float64Array(INPUTS + 1), ITERATIONS);
  const own = BEAT_FEATURES.map((_, i) => at[i + 1]! / spread[i]!);
  return {
    constant: at[0]! - own.reduce((sum, weight, i) => sum + weight * mean[i]!, 0),
    weights: Object.fromEntries(BEAT_FEATURES.map((name, i) => [name, own[i]!])) as BeatWeights['weights'],
  };
}

/** @param theta bias, then a weight for each input @param x standardised inputs, one row an example @param weights adding up to 1 @returns mean cross-entropy in nats and penalty */
function crossEntropy(theta: Float64Array, gradient: Float64Array, x: Float64Array, truth: Uint8Array, weights: Float64Array): number {
  let loss = 0;
  gradient.fill(0);
  for (let row = 0; row < truth.length; row++) {
    const from = row * INPUTS;
    let odds = theta[0]!;
    for (let i = 0; i < INPUTS; i++) odds += theta[i + 1]! * x[from + i]!;
    loss += weights[row]! * (Math.max(odds, 0) + Math.log1p(Math.exp(-Math.abs(odds))) - truth[row]! * odds);
    const error = weights[row]! * (1 / (1 + Math.exp(-odds)) - truth[row]!);
    gradient[0] = gradient[0]! + error;
    for (let i = 0; i < INPUTS; i++) gradient[i + 1] = gradient[i + 1]! + error * x[from + i]!;
  }
  for (let i = 1; i <= INPUTS; i++) { // the bias goes free
    loss += 0.5 * PENALTY * theta[i]! ** 2;
    gradient[i] = gradient[i]! + PENALTY * theta[i]!;
  }
  return loss;
}

/** Of each input, every example counting by its weight. */
function standardOf(examples: readonly Example[]): { mean: Float64Array; spread: Float64Array } {
  const mean = new Float64Array(INPUTS);
  const spread = new Float64Array(INPUTS);
  const total = examples.reduce((sum, { weight }) => sum + weight, 0);
  for (const { features, weight } of examples) for (let i = 0; i < INPUTS; i++) mean[i] = mean[i]! + (weight / total) * features[i]!;
  for (const { features, weight } of examples) for (let i = 0; i < INPUTS; i++) spread[i] = spread[i]! + (weight / total) * (features[i]! - mean[i]!) ** 2;
  return { mean, spread: spread.map((variance) => Math.sqrt(variance) + 1e-9) };
}
