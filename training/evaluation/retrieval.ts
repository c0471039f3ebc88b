/** From a report to its ECG and back: is one that belongs among the nearest k? */
import { randomOf } from '../random.ts';
import { dotRows } from '../vectors.ts';

export const RECALL_AT = [1, 5, 10] as const;

/** Resamplings of the bootstrap, and its seed. */
const DRAWS = 500;
const BOOTSTRAP_SEED = 6;

export interface Recalls {
  /** Queries asked. */
  readonly n: number;
  /** Things searched. */
  readonly among: number;
  /** One per RECALL_AT. */
  readonly recall: readonly number[];
  /** 95 % bootstrap over patients. What is searched stays the same: it is not a sample of anything. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/**
 * @param queries [n][dimension] and `items` [m][dimension], unit length
 * @param belongs whether the item answers the query; several may (reports repeat word for word)
 * @param patientsOf whose the query is: an ECG is one patient's, a report may have been written for several
 */
export function recallsOf(
  queries: Float32Array, items: Float32Array, dimension: number,
  belongs: (query: number, item: number) => boolean, patientsOf: (query: number) => readonly number[],
): Recalls {
  const n = queries.length / dimension;
  const among = items.length / dimension;
  const ranks = Float64Array.from({ length: n }, (_, query) => bestRank(queries, items, dimension, query, among, belongs));
  const recallsWith = (weights: Float64Array): number[] => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return RECALL_AT.map((k) => weights.reduce((sum, weight, query) => sum + (ranks[query]! < k ? weight : 0), 0) / total);
  };
  const draws = patientDraws(Array.from({ length: n }, (_, query) => patientsOf(query))).map(recallsWith);
  const quantile = (share: number): number[] => RECALL_AT.map((_, index) => draws.map((draw) => draw[index]!).sort((a, b) => a - b)[Math.floor(share * (DRAWS - 1))]!);
  return { n, among, recall: recallsWith(new Float64Array(n).fill(1)), low: quantile(0.025), high: quantile(0.975) };
}

/** Weights of the queries in each resampling: how often their patients were drawn, on average. */
function patientDraws(patients: readonly (readonly number[])[]): Float64Array[] {
  const ids = [...new Set(patients.flat())];
  const index = new Map(ids.map((id, at) => [id, at]));
  const random = randomOf(BOOTSTRAP_SEED);
  return Array.from({ length: DRAWS }, () => {
    const times = new Uint16Array(ids.length);
    for (let i = 0; i < ids.length; i++) {
      const chosen = random.below(ids.length);
      times[chosen] = times[chosen]! + 1;
    }
    return Float64Array.from(patients, (own) => own.reduce((sum, id) => sum + times[index.get(id)!]!, 0) / own.length);
  });
}

/** How many items lie nearer than the nearest that belongs. */
function bestRank(queries: Float32Array, items: Float32Array, dimension: number, query: number, among: number, belongs: (query: number, item: number) => boolean): number {
  const similarity = Float32Array.from({ length: among }, (_, item) => dotRows(queries, query, items, item, dimension));
  let best = -Infinity;
  similarity.forEach((value, item) => {
    if (value > best && belongs(query, item)) best = value;
  });
  return similarity.reduce((nearer, value) => nearer + (value > best ? 1 : 0), 0);
}
