/**
 * Multinomial logistic regression on frozen embeddings, with labels: what the baselines add to an encoder. A random encoder with
 * such a probe matches many pre-trained ones, so it stands beside every table.
 */
/** Short of the minimum, which tells five classes worse and rare labels better, by .02 each (fold 9, 5 % of the labels). */
const STEPS = 400;
const LEARNING_RATE = 0.5;
/** Keeps a probe on few records from learning them by heart. */
const WEIGHT_DECAY = 1e-3;

export interface Probe {
  /** @param embeddings [n][dimension] @returns [classes][n], the highest of which is the class to choose */
  scores(embeddings: Float32Array): Float32Array[];
}

/**
 * @param embeddings [n][dimension]
 * @param classes class of each
 */
export function fitProbe(embeddings: Float32Array, dimension: number, classes: Int32Array, classCount: number): Probe {
  const n = classes.length;
  const { mean, sd } = momentsOfColumns(embeddings, dimension);
  const standardised = (values: Float32Array): Float32Array => values.map((value, i) => (value - mean[i % dimension]!) / sd[i % dimension]!);
  const x = standardised(embeddings);
  // Each class counts alike, however many records it has: the test is balanced.
  const counts = new Array<number>(classCount).fill(0);
  for (const name of classes) counts[name] = counts[name]! + 1;
  const weights = new Float64Array(classCount * (dimension + 1));
  for (let step = 0; step < STEPS; step++) {
    const gradient = weights.map((weight) => WEIGHT_DECAY * weight);
    for (let row = 0; row < n; row++) {
      const share = 1 / (classCount * counts[classes[row]!]!);
      const probabilities = softmax(scoresOf(weights, x, row, dimension, classCount));
      for (let name = 0; name < classCount; name++) {
        const error = share * (probabilities[name]! - (classes[row] === name ? 1 : 0));
        const at = name * (dimension + 1);
        for (let i = 0; i < dimension; i++) gradient[at + i] = gradient[at + i]! + error * x[row * dimension + i]!;
        gradient[at + dimension] = gradient[at + dimension]! + error;
      }
    }
    for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! - LEARNING_RATE * gradient[i]!;
  }
  return {
    scores(values) {
      const rows = standardised(values);
      const n = values.length / dimension;
      const out = Array.from({ length: classCount }, () => new Float32Array(n));
      for (let row = 0; row < n; row++) scoresOf(weights, rows, row, dimension, classCount).forEach((score, name) => (out[name]![row] = score));
      return out;
    },
  };
}

function scoresOf(weights: Float64Array, x: Float32Array, row: number, dimension: number, classCount: number): number[] {
  return Array.from({ length: classCount }, (_, name) => {
    const at = name * (dimension + 1);
    let sum = weights[at + dimension]!;
    for (let i = 0; i < dimension; i++) sum += weights[at + i]! * x[row * dimension + i]!;
    return sum;
  });
}

function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}

function momentsOfColumns(values: Float32Array, dimension: number): { mean: Float64Array; sd: Float64Array } {
  const n = values.length / dimension;
  const mean = new Float64Array(dimension);
  const sd = new Float64Array(dimension);
  values.forEach((value, i) => (mean[i % dimension] = mean[i % dimension]! + value / n));
  values.forEach((value, i) => (sd[i % dimension] = sd[i % dimension]! + (value - mean[i % dimension]!) ** 2 / n));
  return { mean, sd: sd.map((variance) => Math.sqrt(variance) || 1) };
}
