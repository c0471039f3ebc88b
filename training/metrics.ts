/** Areas under ROC curves, and how sure they are. */
import { randomOf } from './random.ts';

/** Resamplings of a bootstrap: the 2.5 % and 97.5 % points are then steady in the third digit. */
const DRAWS = 500;
const BOOTSTRAP_SEED = 1;

/** Scores of one label with the truth, sorted once so that every resampling is one pass. */
export interface RankedScores {
  /** Items from the lowest score to the highest. */
  readonly order: Int32Array;
  readonly scores: Float32Array;
  readonly positive: Uint8Array;
}

export function rank(scores: Float32Array, positive: Uint8Array): RankedScores {
  if (scores.length !== positive.length) throw new RangeError(`${scores.length} scores for ${positive.length} truths`);
  const order = Int32Array.from(scores, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  return { order, scores, positive };
}

/**
 * Probability that a positive scores above a negative, ties counting half.
 * @param weights how often each item counts; undefined: once
 * @returns undefined where there is no positive or no negative
 */
export function auc({ order, scores, positive }: RankedScores, weights?: Uint8Array): number | undefined {
  let negativesBelow = 0;
  let positives = 0;
  let wins = 0;
  for (let at = 0; at < order.length; ) {
    let tiedPositives = 0;
    let tiedNegatives = 0;
    const score = scores[order[at]!]!;
    for (; at < order.length && scores[order[at]!] === score; at++) {
      const item = order[at]!;
      const weight = weights ? weights[item]! : 1;
      if (positive[item] === 1) tiedPositives += weight;
      else tiedNegatives += weight;
    }
    wins += tiedPositives * (negativesBelow + tiedNegatives / 2);
    positives += tiedPositives;
    negativesBelow += tiedNegatives;
  }
  return positives === 0 || negativesBelow === 0 ? undefined : wins / (positives * negativesBelow);
}

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Items scored. */
  readonly n: number;
  /** Labels averaged. */
  readonly labels: number;
}

/**
 * Mean AUC over labels with a 95 % percentile bootstrap over groups (patients: their records are no independent draws).
 * Labels without a positive or a negative are left out.
 */
export function macroAuc(labels: readonly RankedScores[], groups: Int32Array): Interval {
  const usable = labels.filter((label) => auc(label) !== undefined);
  return { ...bootstrap((weights) => meanAuc(usable, weights), groups), n: groups.length, labels: usable.length };
}

/**
 * How much higher the second scores' mean AUC is, with a 95 % interval. Both are resampled together: what makes a draw easy makes it so for both.
 * @param tasks of each the labels by the first scores and by the second, in the same order; every task weighs the same
 */
export function pairedDifference(tasks: readonly { readonly first: readonly RankedScores[]; readonly second: readonly RankedScores[] }[], groups: Int32Array): Omit<Interval, 'labels'> {
  const difference = (weights?: Uint8Array): number => meanDefined(tasks.map(({ first, second }) => meanAuc(second, weights) - meanAuc(first, weights)));
  return { ...bootstrap(difference, groups), n: groups.length };
}

/** A statistic and its 95 % percentile interval. @param statistic of items that count as often as their weight, once by default */
function bootstrap(statistic: (weights?: Uint8Array) => number, groups: Int32Array): { value: number; low: number; high: number } {
  const groupIds = [...new Set(groups)];
  const dense = new Map(groupIds.map((id, index) => [id, index]));
  const groupOf = groups.map((id) => dense.get(id)!);
  const random = randomOf(BOOTSTRAP_SEED);
  const draws: number[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    const times = new Uint8Array(groupIds.length);
    for (let i = 0; i < times.length; i++) {
      const chosen = random.below(times.length);
      times[chosen] = times[chosen]! + 1;
    }
    draws.push(statistic(Uint8Array.from(groupOf, (group) => times[group]!)));
  }
  draws.sort((a, b) => a - b);
  return { value: statistic(), low: draws[Math.floor(0.025 * DRAWS)]!, high: draws[Math.ceil(0.975 * DRAWS) - 1]! };
}

/** Mean AUC over the labels that have one, without an interval. @param weights as for `auc` */
export const meanAuc = (labels: readonly RankedScores[], weights?: Uint8Array): number => meanDefined(labels.map((label) => auc(label, weights)));

function meanDefined(values: readonly (number | undefined)[]): number {
  const defined = values.filter((value) => value !== undefined);
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
