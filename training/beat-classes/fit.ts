/**
 * Fits weights of ecg/rhythm/beat-features.ts: weighted cross-entropy with a penalty on their squares, whose lowest point
 * Newton's method finds. A step that would go up, as one may where few beats bear on a weight, is halved until it does not.
 */
import { BEAT_FEATURES, type BeatFeature, type BeatWeights } from '../../ecg/rhythm/beat-features.ts';
import { invert, times } from '../matrices.ts';
import type { Example } from './examples.ts';

/** On weights of standardised features, beside the mean cross-entropy in nats; chosen by leaving records of mitdb out and by fold 9 of PTB-XL. */
const PENALTY = 4e-4;
/** A step this short, in weights of standardised features, is the last; and most steps that are taken. */
const SHORTEST_STEP = 1e-9;
const MOST_STEPS = 50;
/** Costs this close, in nats, differ by rounding. */
const SAME_COST = 1e-12;

/** The same examples give the same weights: there is one lowest point. @param names of the features that may count */
export function fitWeights(examples: readonly Example[], names: readonly BeatFeature[]): BeatWeights {
  const inputs = names.map((name) => BEAT_FEATURES.indexOf(name));
  const total = examples.reduce((sum, { weight }) => sum + weight, 0);
  const weights = Float64Array.from(examples, ({ weight }) => weight / total);
  const { mean, spread } = standardOf(examples, inputs, weights);
  const x = examples.map(({ features }) => Float64Array.of(1, ...inputs.map((input, i) => (features[input]! - mean[i]!) / spread[i]!)));
  const truth = Uint8Array.from(examples, ({ ventricular }) => ventricular);
  let theta = new Float64Array(inputs.length + 1);
  let here = penalisedCost(theta, x, truth, weights);
  for (let taken = 0, length = Infinity; taken < MOST_STEPS && length > SHORTEST_STEP; taken++) {
    const step = times(invert(here.curvature), here.slope);
    const from = theta;
    const before = here.cost;
    for (let share = 1; share > 0; share /= 2) {
      length = share * Math.hypot(...step);
      theta = from.map((value, i) => value - share * step[i]!);
      here = penalisedCost(theta, x, truth, weights);
      if (here.cost <= before + SAME_COST) break;
    }
  }
  const own = inputs.map((_, i) => theta[i + 1]! / spread[i]!);
  return {
    constant: theta[0]! - own.reduce((sum, weight, i) => sum + weight * mean[i]!, 0),
    weights: Object.fromEntries(names.map((name, i) => [name, own[i]!])),
  };
}

interface Cost {
  /** Mean cross-entropy in nats, and the penalty. */
  readonly cost: number;
  /** Its first derivatives. */
  readonly slope: Float64Array;
  /** Its second ones. */
  readonly curvature: Float64Array[];
}

/** @param theta bias, then a weight for each input @param x 1 and standardised inputs, a row for each example @param weights adding up to 1 */
function penalisedCost(theta: Float64Array, x: readonly Float64Array[], truth: Uint8Array, weights: Float64Array): Cost {
  const n = theta.length;
  const slope = theta.map((value, i) => (i === 0 ? 0 : PENALTY * value)); // the bias goes free
  const curvature = Array.from({ length: n }, (_, i) => new Float64Array(n).fill(i === 0 ? 0 : PENALTY, i, i + 1));
  let cost = theta.reduce((sum, value, i) => (i === 0 ? 0 : sum + (PENALTY / 2) * value ** 2), 0);
  x.forEach((row, example) => {
    let odds = 0;
    for (let i = 0; i < n; i++) odds += theta[i]! * row[i]!;
    const probability = 1 / (1 + Math.exp(-odds));
    cost += weights[example]! * (Math.max(0, odds) + Math.log1p(Math.exp(-Math.abs(odds))) - truth[example]! * odds);
    const error = weights[example]! * (probability - truth[example]!);
    const bend = weights[example]! * probability * (1 - probability);
    for (let i = 0; i < n; i++) {
      slope[i] = slope[i]! + error * row[i]!;
      for (let j = 0; j < n; j++) curvature[i]![j] = curvature[i]![j]! + bend * row[i]! * row[j]!;
    }
  });
  return { cost, slope, curvature };
}

/** Of each input, every example counting by its weight. @param weights adding up to 1 */
function standardOf(examples: readonly Example[], inputs: readonly number[], weights: Float64Array): { mean: number[]; spread: number[] } {
  const over = (of: (features: Float32Array) => number): number => examples.reduce((sum, { features }, i) => sum + weights[i]! * of(features), 0);
  const mean = inputs.map((input) => over((features) => features[input]!));
  return { mean, spread: inputs.map((input, i) => Math.sqrt(over((features) => (features[input]! - mean[i]!) ** 2)) + 1e-9) };
}
