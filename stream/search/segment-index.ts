/**
 * Every embedding of one model that fits, in memory, by the hour: what a sentence is compared with, and what a label that has
 * only now been thought of would have alarmed on. Exact: every segment asked about is looked at. Runs in a thread of its own.
 */
import { dot } from '../../models/vectors.ts';
import { countAlarms, type AlarmTerms, type BedCount } from '../labels/dry-run.ts';

const HOUR_MS = 3_600_000;
const FIRST_ROWS = 1024;
/** Windows overlap, so one moment would fill a page of results: of those that overlap the best stands for all. */
const SAME_MOMENT_MS = 10_000;
/** Windows that one result can stand for, at a hop of 2 s, and a little more. */
const STANDS_FOR = 11;

export interface SegmentQuery {
  /** [dimension], of unit length. */
  readonly embedding: Float32Array;
  readonly bed: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

export interface FoundSegment {
  readonly bed: string;
  /** 0 where it came from history, which does not keep it. */
  readonly epoch: number;
  readonly atMs: number;
  readonly similarity: number;
}

interface Hour {
  bed: Uint16Array;
  epoch: Uint32Array;
  atMs: Float64Array;
  /** [rows][dimension] */
  embeddings: Float32Array;
  count: number;
}

export class SegmentIndex {
  readonly #dimension: number;
  readonly #maxSegments: number;
  readonly #hours = new Map<number, Hour>();
  readonly #beds: string[] = [];
  readonly #bedNumbers = new Map<string, number>();
  #count = 0;
  #evicted = 0;

  constructor(dimension: number, maxSegments: number) {
    this.#dimension = dimension;
    this.#maxSegments = maxSegments;
  }

  get size(): number {
    return this.#count;
  }

  /** Segments that gave way to newer ones, of whole hours. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Whole hours go where there is no more room, the oldest first. @returns false where this segment is older than all that fits */
  add(bed: string, epoch: number, atMs: number, embedding: ArrayLike<number>): boolean {
    const key = Math.floor(atMs / HOUR_MS);
    while (this.#count >= this.#maxSegments) {
      const oldest = Math.min(...this.#hours.keys());
      if (key <= oldest) return false;
      const { count } = this.#hours.get(oldest)!;
      this.#count -= count;
      this.#evicted += count;
      this.#hours.delete(oldest);
    }
    const hour = this.#hours.get(key) ?? this.#begin(key);
    if (hour.count === hour.atMs.length) this.#grow(hour);
    const row = hour.count++;
    hour.bed[row] = this.#numberOf(bed);
    hour.epoch[row] = epoch;
    hour.atMs[row] = atMs;
    hour.embeddings.set(embedding, row * this.#dimension);
    this.#count++;
    return true;
  }

  search({ embedding, bed, fromMs, toMs, limit }: SegmentQuery): { readonly segments: number; readonly results: readonly FoundSegment[] } {
    const wanted = bed === undefined ? undefined : this.#bedNumbers.get(bed) ?? -1;
    const best = new Best(limit * STANDS_FOR);
    let segments = 0;
    for (const [key, hour] of this.#hours) {
      if ((key + 1) * HOUR_MS <= fromMs || key * HOUR_MS >= toMs) continue;
      const { atMs, embeddings } = hour;
      for (let row = 0; row < hour.count; row++) {
        if ((wanted !== undefined && hour.bed[row] !== wanted) || atMs[row]! < fromMs || atMs[row]! >= toMs) continue;
        segments++;
        const similarity = dot(embeddings, row * this.#dimension, embedding, 0, this.#dimension);
        if (similarity > best.least) best.add(similarity, hour, row);
      }
    }
    return { segments, results: this.#distinct(best.sorted(), limit) };
  }

  /** One count for each bed. @param score of a cosine */
  countAlarms(direction: Float32Array, score: (cosine: number) => number, terms: AlarmTerms): BedCount[] {
    const ofBeds = new Map<number, { readonly atMs: number[]; readonly cosines: number[] }>();
    for (const key of [...this.#hours.keys()].sort((a, b) => a - b)) {
      const hour = this.#hours.get(key)!;
      // History may have been loaded after newer segments came, so rows of an hour are not in order.
      for (const row of orderOf(hour)) {
        const bed = ofBeds.get(hour.bed[row]!) ?? { atMs: [], cosines: [] };
        ofBeds.set(hour.bed[row]!, bed);
        bed.atMs.push(hour.atMs[row]!);
        bed.cosines.push(score(dot(hour.embeddings, row * this.#dimension, direction, 0, this.#dimension)));
      }
    }
    return [...ofBeds.values()].map(({ atMs, cosines }) => countAlarms(atMs, cosines, terms));
  }

  #distinct(ranked: readonly Candidate[], limit: number): FoundSegment[] {
    const found: FoundSegment[] = [];
    for (const { hour, row, similarity } of ranked) {
      const bed = this.#beds[hour.bed[row]!]!;
      const atMs = hour.atMs[row]!;
      if (found.some((other) => other.bed === bed && Math.abs(other.atMs - atMs) < SAME_MOMENT_MS)) continue;
      found.push({ bed, epoch: hour.epoch[row]!, atMs, similarity });
      if (found.length === limit) break;
    }
    return found;
  }

  #numberOf(bed: string): number {
    const known = this.#bedNumbers.get(bed);
    if (known !== undefined) return known;
    this.#bedNumbers.set(bed, this.#beds.length);
    return this.#beds.push(bed) - 1;
  }

  #begin(key: number): Hour {
    const hour = { bed: new Uint16Array(FIRST_ROWS), epoch: new Uint32Array(FIRST_ROWS), atMs: new Float64Array(FIRST_ROWS), embeddings: new Float32Array(FIRST_ROWS * this.#dimension), count: 0 };
    this.#hours.set(key, hour);
    return hour;
  }

  #grow(hour: Hour): void {
    const rows = 2 * hour.atMs.length;
    const larger = <T extends Uint16Array | Uint32Array | Float64Array | Float32Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    hour.bed = larger(new Uint16Array(rows), hour.bed);
    hour.epoch = larger(new Uint32Array(rows), hour.epoch);
    hour.atMs = larger(new Float64Array(rows), hour.atMs);
    hour.embeddings = larger(new Float32Array(rows * this.#dimension), hour.embeddings);
  }
}

interface Candidate {
  readonly similarity: number;
  readonly hour: Hour;
  readonly row: number;
}

/** The best so many, as a heap with the least of them on top. */
class Best {
  readonly #capacity: number;
  readonly #heap: Candidate[] = [];
  /** What a candidate must exceed. */
  least = -Infinity;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(similarity: number, hour: Hour, row: number): void {
    const heap = this.#heap;
    const candidate = { similarity, hour, row };
    if (heap.length < this.#capacity) {
      let at = heap.push(candidate) - 1;
      for (let parent = (at - 1) >> 1; at > 0 && heap[parent]!.similarity > similarity; at = parent, parent = (at - 1) >> 1) heap[at] = heap[parent]!;
      heap[at] = candidate;
    } else {
      let at = 0;
      for (let child = 1; child < heap.length; child = 2 * at + 1) {
        if (child + 1 < heap.length && heap[child + 1]!.similarity < heap[child]!.similarity) child++;
        if (heap[child]!.similarity >= similarity) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = candidate;
    }
    if (heap.length === this.#capacity) this.least = heap[0]!.similarity;
  }

  sorted(): Candidate[] {
    return this.#heap.toSorted((a, b) => b.similarity - a.similarity || a.hour.atMs[a.row]! - b.hour.atMs[b.row]!);
  }
}

function orderOf({ atMs, count }: Hour): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, row) => row);
  return order.sort((a, b) => atMs[a]! - atMs[b]!);
}
