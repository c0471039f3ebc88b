/** Heart rates and scores of many hours, as a ward leaves them behind, always the same. */
import { EMPTY_BATCH, type HistoryBatch } from '../../stream/history/store.ts';

const SEGMENT_MS = 2000;
const BATCH_MS = 600_000;
const DIMENSION = 128;

export interface PastScores {
  readonly bed: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly labels: readonly string[];
  /** Nothing is stored from here, up to and without there. */
  readonly gap?: { readonly fromMs: number; readonly toMs: number };
  /** One segment, of the first label alone. */
  readonly episode?: { readonly atMs: number; readonly score: number; readonly heartRateBpm: number };
  /** From segment to segment; as the line makes them where it is not given. */
  readonly everyMs?: number;
  /** Embeddings make rows as long as they are in a ward. */
  readonly embeddings?: boolean;
}

/** Ten minutes a batch. Scores wander slowly between -1 and 1.6, heart rates between 60 and 90. */
export function* pastScores({ bed, fromMs, toMs, labels, gap, episode, everyMs = SEGMENT_MS, embeddings = false }: PastScores): Generator<HistoryBatch> {
  for (let batchMs = fromMs; batchMs < toMs; batchMs += BATCH_MS) {
    const times: number[] = [];
    for (let atMs = batchMs; atMs < Math.min(batchMs + BATCH_MS, toMs); atMs += everyMs) if (!gap || atMs < gap.fromMs || atMs >= gap.toMs) times.push(atMs);
    const isEpisode = (atMs: number): boolean => episode !== undefined && atMs <= episode.atMs && episode.atMs < atMs + everyMs;
    const wave = (atMs: number, i: number): number => Math.sin(atMs / (4 + i) / 1e6 + i) + 0.3 * Math.sin(atMs / 17_000 + i) + 0.3;
    yield {
      ...EMPTY_BATCH,
      numerics: times.map((atMs) => ({ bed, atMs, values: { heartRateBpm: isEpisode(atMs) ? episode!.heartRateBpm : Math.round(75 + 12 * wave(atMs, 40) - 3) } })),
      scores: times.map((atMs) => ({
        bed, atMs, modelId: 'past@1',
        findings: labels.map((label, i) => ({ label, cosine: 0, score: i === 0 && isEpisode(atMs) ? episode!.score : wave(atMs, i) })),
        embedding: embeddings ? Float32Array.from({ length: DIMENSION }, (_, i) => Math.sin(atMs / 1000 + i) / 8) : undefined,
      })),
    };
  }
}
