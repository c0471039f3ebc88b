/** Gathers embeddings into runs: one for each model and dimension. */
import { toHalves } from './float16.ts';
import type { EmbeddingRun, ScorePoint } from './store.ts';

export interface HalfEmbedding {
  readonly modelId: string;
  readonly atMs: number;
  readonly halves: Uint16Array;
}

/** @param embeddings in any order */
export function embeddingRuns(embeddings: Iterable<HalfEmbedding>): EmbeddingRun[] {
  const runs = new Map<string, HalfEmbedding[]>();
  for (const embedding of embeddings) {
    const { modelId, halves } = embedding;
    if (halves.length === 0) continue;
    const key = `${halves.length} ${modelId}`;
    const run = runs.get(key);
    if (run) run.push(embedding);
    else runs.set(key, [embedding]);
  }
  return [...runs.values()].map((run) => {
    run.sort((a, b) => a.atMs - b.atMs);
    const dimension = run[0]!.halves.length;
    const halves = new Uint16Array(run.length * dimension);
    run.forEach((each, row) => halves.set(each.halves, row * dimension));
    return { modelId: run[0]!.modelId, atMs: Float64Array.from(run, ({ atMs }) => atMs), halves };
  });
}

/** For a store that has no shorter way. */
export const runsOfScores = (points: readonly ScorePoint[]): EmbeddingRun[] =>
  embeddingRuns(points.map(({ modelId, atMs, embedding }) => ({ modelId, atMs, halves: toHalves(embedding ?? []) })));
