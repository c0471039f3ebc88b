/** What stored history says of a label that has only now been thought of: its embeddings are scored as they were when they were new. */
import type { Moments } from '../../models/label-direction.ts';
import type { HistoryStore } from '../history/store.ts';
import { countAlarms, summed, type AlarmTerms, type BedCount, type DryRun } from './dry-run.ts';

/** How far back is looked. */
const LOOK_BACK_MS = 24 * 3_600_000;
/** Read at one go, so that a page's query need not wait long behind it. */
const SLICE_MS = 3_600_000;

/** @param modelId only embeddings of this model can be compared with `direction` */
export async function dryRunOn(store: HistoryStore, modelId: string, direction: Float32Array, { cosineMean, cosineSd }: Moments, terms: AlarmTerms, nowMs: number): Promise<DryRun> {
  const fromMs = nowMs - LOOK_BACK_MS;
  const counts: BedCount[] = [];
  for (const bed of await store.beds(fromMs, nowMs)) {
    const atMs: number[] = [];
    const scores: number[] = [];
    for (let from = fromMs; from < nowMs; from += SLICE_MS) {
      for (const point of await store.scores({ bed, fromMs: from, toMs: Math.min(nowMs, from + SLICE_MS) })) {
        if (point.modelId !== modelId || !point.embedding) continue;
        atMs.push(point.atMs);
        scores.push((point.embedding.reduce((sum, value, i) => sum + value * direction[i]!, 0) - cosineMean) / cosineSd);
      }
    }
    if (atMs.length > 0) counts.push(countAlarms(atMs, scores, terms));
  }
  return summed(counts);
}
