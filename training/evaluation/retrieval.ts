/** From a report to its ECG and back: is one that belongs among the nearest k? */
import { dotRows } from '../vectors.ts';

export const RECALL_AT = [1, 5, 10] as const;

export interface Recalls {
  /** Queries asked. */
  readonly n: number;
  /** Things searched. */
  readonly among: number;
  /** One per RECALL_AT. */
  readonly recall: readonly number[];
}

/**
 * @param queries [n][dimension] and `items` [m][dimension], unit length
 * @param belongs whether the item answers the query; several may (reports repeat word for word)
 */
export function recallsOf(queries: Float32Array, items: Float32Array, dimension: number, belongs: (query: number, item: number) => boolean): Recalls {
  const n = queries.length / dimension;
  const among = items.length / dimension;
  const hits = RECALL_AT.map(() => 0);
  for (let query = 0; query < n; query++) {
    const rank = bestRank(queries, items, dimension, query, among, belongs);
    RECALL_AT.forEach((k, index) => (hits[index] = hits[index]! + (rank < k ? 1 : 0)));
  }
  return { n, among, recall: hits.map((count) => count / n) };
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
