/** What passes between the server and the thread that holds the index of segments. */
import type { Moments } from '../../models/label-direction.ts';
import type { AlarmTerms, DryRun } from '../labels/dry-run.ts';
import type { FoundSegment, SegmentQuery } from './segment-index.ts';

export interface IndexOptions {
  readonly dimension: number;
  readonly maxSegments: number;
}

/** Embeddings as they come from the line. */
export interface LiveSegments {
  readonly beds: readonly string[];
  readonly epochs: readonly number[];
  readonly atMs: Float64Array;
  /** [segments][dimension] */
  readonly embeddings: Float32Array;
}

/** Embeddings of one bed as history keeps them. */
export interface StoredSegments {
  readonly bed: string;
  readonly atMs: Float64Array;
  /** Half precision, [segments][dimension]. */
  readonly halves: Uint16Array;
}

export interface SearchAnswer {
  /** How many were looked at. */
  readonly segments: number;
  readonly tookMs: number;
  readonly results: readonly FoundSegment[];
}

export interface IndexFigures {
  /** Segments in the index now. */
  readonly held: number;
  /** Segments that gave way to newer ones since the thread began. */
  readonly evicted: number;
}

export interface IndexMethods {
  addLive(segments: LiveSegments): IndexFigures;
  /** `fits` is false once there is no room for what is older. */
  addStored(segments: StoredSegments): IndexFigures & { readonly fits: boolean };
  search(query: SegmentQuery): SearchAnswer;
  dryRun(question: { readonly direction: Float32Array; readonly moments: Moments; readonly terms: AlarmTerms }): DryRun;
}
