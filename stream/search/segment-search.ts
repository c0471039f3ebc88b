/**
 * The index of segments, seen from the server: what the line scores goes in once a second, history is loaded at the start
 * (newest first, until the bound is reached), questions are answered in turn. Nothing here ever makes the line wait.
 */
import type { Clock } from '../../ecg/clock.ts';
import { EcgError } from '../../ecg/errors.ts';
import { ms } from '../../ecg/units.ts';
import type { Moments } from '../../models/label-direction.ts';
import type { ScoredSegment } from '../bed-findings.ts';
import type { HistoryReader } from '../history/store.ts';
import { HistoryThread } from '../history/thread/thread.ts';
import type { AlarmTerms, DryRun } from '../labels/dry-run.ts';
import type { IndexFigures, IndexMethods, IndexOptions, LiveSegments, SearchAnswer, StoredSegments } from './protocol.ts';
import type { SegmentQuery } from './segment-index.ts';

const HAND_OVER_EVERY = ms(1000);
/** Segments that wait to be handed over, and batches that the thread has not taken: beyond, the newest are left out and counted. */
const MAX_WAITING_SEGMENTS = 4096;
const MAX_WAITING_BATCHES = 30;
const MAX_WAITING_QUESTIONS = 8;
const HOUR_MS = 3_600_000;
/** History older than this is not looked for. */
const LOAD_BACK_HOURS = 7 * 24;

export interface SegmentSearchOptions extends IndexOptions {
  /** Embeddings of other models are of another space. */
  readonly modelId: string;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
}

/** What of the history is read. */
type StoredEmbeddings = Pick<HistoryReader, 'beds' | 'embeddings'>;

export class SegmentSearch {
  /**
   * Since the start: segments added from the line, left out because the thread did not keep up, loaded from history, evicted for
   * newer ones; questions; how often the index was begun anew (another model, or its thread had ended). `held` is now.
   */
  readonly counters = { added: 0, leftOut: 0, loaded: 0, held: 0, evicted: 0, rebuilt: 0, searches: 0 };
  /** What the thread of now has evicted, as far as it has told. */
  #evicted = 0;
  #options: SegmentSearchOptions;
  /** Since then segments come from the line. */
  #startedMs: number;
  readonly #stopTicking: () => void;
  #thread: HistoryThread | undefined;
  #batches = 0;
  #questions = 0;
  #live: ScoredSegment[] = [];
  #loading: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: SegmentSearchOptions) {
    this.#options = options;
    this.#startedMs = options.clock.now();
    this.#stopTicking = options.clock.every(HAND_OVER_EVERY, () => this.#handOver());
  }

  /** A segment has been scored. */
  add(segment: ScoredSegment): void {
    if (segment.modelId !== this.#options.modelId) return;
    if (this.#live.length >= MAX_WAITING_SEGMENTS) this.counters.leftOut++;
    else this.#live.push(segment);
  }

  /** Another model: what its predecessor embedded is not compared. */
  begin(modelId: string, dimension: number): void {
    this.#options = { ...this.#options, modelId, dimension };
    this.#startedMs = this.#options.clock.now();
    this.#live = [];
    void this.#thread?.end();
    if (this.#thread) this.#beginAnew();
    this.#thread = undefined;
  }

  /**
   * Reads what was scored before the server started, in the background; questions asked meanwhile wait for it.
   * @param loaded told of every piece that was read
   */
  load(store: StoredEmbeddings, loaded: (segments: StoredSegments) => void = () => undefined): void {
    this.#loading = this.#load(store, loaded).catch((error: Error) => this.#options.warn(`history could not be made searchable: ${error.message}`));
  }

  /** @throws EcgError INFERENCE_OVERLOAD */
  async search(query: SegmentQuery): Promise<SearchAnswer> {
    this.counters.searches++;
    return this.#question('search', query);
  }

  /** How often a label would have alarmed. @throws EcgError INFERENCE_OVERLOAD */
  async dryRun(direction: Float32Array, { cosineMean, cosineSd }: Moments, { threshold, dwellMs }: AlarmTerms): Promise<DryRun> {
    return this.#question('dryRun', { direction, moments: { cosineMean, cosineSd }, terms: { threshold, dwellMs } });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTicking();
    await this.#thread?.end();
  }

  async #question<M extends 'search' | 'dryRun'>(method: M, argument: Parameters<IndexMethods[M]>[0]): Promise<ReturnType<IndexMethods[M]>> {
    if (this.#questions >= MAX_WAITING_QUESTIONS) {
      throw new EcgError('INFERENCE_OVERLOAD', 'too many searches wait', { expected: `at most ${MAX_WAITING_QUESTIONS}` });
    }
    this.#questions++;
    try {
      await this.#loading;
      this.#handOver();
      return await this.#call(method, argument);
    } finally {
      this.#questions--;
    }
  }

  #handOver(): void {
    if (this.#live.length === 0) return;
    if (this.#batches >= MAX_WAITING_BATCHES) {
      this.counters.leftOut += this.#live.length;
      this.#live = [];
      return;
    }
    const { dimension, modelId } = this.#options;
    const segments = this.#live;
    this.#live = [];
    const batch: LiveSegments = {
      beds: segments.map(({ bed }) => bed),
      epochs: segments.map(({ epoch }) => epoch),
      atMs: Float64Array.from(segments, ({ atMs }) => atMs),
      embeddings: new Float32Array(segments.length * dimension),
    };
    segments.forEach(({ embedding }, row) => batch.embeddings.set(embedding, row * dimension));
    this.#batches++;
    this.#call('addLive', batch, true).then(
      (figures) => {
        this.counters.added += segments.length;
        this.#told(figures, modelId);
      },
      () => (this.counters.leftOut += segments.length),
    ).finally(() => this.#batches--);
  }

  async #load(store: StoredEmbeddings, loaded: (segments: StoredSegments) => void): Promise<void> {
    const { modelId, dimension } = this.#options;
    const startedMs = this.#startedMs;
    for (let hour = 0; hour < LOAD_BACK_HOURS && !this.#closed; hour++) {
      const toMs = startedMs - hour * HOUR_MS;
      // Most of a week is often empty: whole days of it are passed over at one look.
      if (hour % 24 === 0 && (await store.beds(toMs - 24 * HOUR_MS, toMs)).length === 0) {
        hour += 23;
        continue;
      }
      for (const bed of await store.beds(toMs - HOUR_MS, toMs)) {
        for (const run of await store.embeddings({ bed, fromMs: toMs - HOUR_MS, toMs })) {
          if (this.#options.modelId !== modelId) return; // another has been put into service meanwhile
          if (run.modelId !== modelId || run.halves.length !== run.atMs.length * dimension) continue;
          const segments = { bed, atMs: run.atMs, halves: run.halves };
          loaded(segments);
          const { fits, ...figures } = await this.#call('addStored', segments);
          this.#told(figures, modelId);
          if (!fits) return;
          this.counters.loaded += run.atMs.length;
        }
      }
    }
  }

  /** @param modelId of the index that told: another may have been begun meanwhile */
  #told({ held, evicted }: IndexFigures, modelId: string): void {
    if (modelId !== this.#options.modelId) return;
    this.counters.held = held;
    this.counters.evicted += evicted - this.#evicted;
    this.#evicted = evicted;
  }

  #beginAnew(): void {
    this.counters.rebuilt++;
    this.counters.held = 0;
    this.#evicted = 0;
  }

  async #call<M extends keyof IndexMethods>(method: M, argument: Parameters<IndexMethods[M]>[0], handOver = false): Promise<ReturnType<IndexMethods[M]>> {
    if (this.#closed) throw new EcgError('HISTORY_READ', 'the search has been closed');
    return (await this.#running().call(method, argument, handOver)).value as ReturnType<IndexMethods[M]>;
  }

  /** Started with the first segment: a ward without a model has none. One that has ended begins anew, with what comes from now on. */
  #running(): HistoryThread {
    if (this.#thread && !this.#thread.ended) return this.#thread;
    const { dimension, maxSegments, modelId, warn } = this.#options;
    if (this.#thread) {
      warn('the search had ended and begins anew without what it held');
      this.#beginAnew();
    }
    const data: IndexOptions = { dimension, maxSegments };
    this.#thread = new HistoryThread({ module: new URL('./index-thread.ts', import.meta.url), data, code: 'HISTORY_READ', from: `search of ${modelId}` });
    return this.#thread;
  }
}
