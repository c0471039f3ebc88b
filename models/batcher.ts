/**
 * Dynamic batching: segments of many beds go through the encoder together, none waits for company longer than
 * `maxWaitMs`, none is answered after its deadline, and every request settles exactly once.
 *
 * Batches form by three rules. An idle encoder gets the largest batch as soon as there is one, or what there is
 * when the first segment has waited `maxWaitMs`. While it runs, the next batch forms in the queue. Only a largest
 * batch, which waiting could not improve, is handed over early, so that a saturated encoder never pauses.
 *
 * The encoder may be replaced at any moment: between two batches, with the queue left as it is.
 */
import type { Clock } from '../ecg/clock.ts';
import { EcgError } from '../ecg/errors.ts';
import { ms } from '../ecg/units.ts';
import type { EcgEncoder, EncoderBatch } from './encoder.ts';
import { SegmentQueue, type EmbedRequest, type Queued } from './segment-queue.ts';

export interface BatcherOptions {
  /** Longest time a segment waits for company. Default 10 ms: beds whose frames arrive together share a batch, and on a 2 s step nobody sees it. */
  readonly maxWaitMs?: number;
  /** Bound of the queue, in segments. Default 256: four for each bed of a full screen of 64. */
  readonly capacity?: number;
  /** Batch sizes to form, ascending. Default: those the encoder runs without padding. */
  readonly batchSizes?: readonly number[];
  /** Largest part of a batch that may be padding. Default a quarter on the processor, where a padded row costs as much as a real one; on a GPU all. */
  readonly maxPadding?: number;
}

export type DropReason = 'overload' | 'stale' | 'failed';
export type Drops = Record<DropReason, number>;

export interface BatcherStats {
  readonly queueDepth: number;
  readonly inFlight: number;
  readonly batches: number;
  readonly segments: number;
  readonly dropped: Readonly<Drops>;
  readonly droppedByBed: ReadonlyMap<string, Readonly<Drops>>;
}

/** A segment's embedding, and the encoder that made it: the one in service may be another by now. */
export interface Embedded {
  /** Of unit length. */
  readonly embedding: Float32Array;
  readonly encoder: EcgEncoder;
}

interface Pending extends Queued {
  settled: boolean;
  readonly resolve: (embedded: Embedded) => void;
  readonly reject: (error: Error) => void;
  cancelDeadline: () => void;
}

const DEFAULT_MAX_WAIT_MS = 10;
const DEFAULT_CAPACITY = 256;
const PADDING_ON_PROCESSOR = 0.25;
/** One running and one complete batch lying ready. */
const MAX_IN_FLIGHT = 2;

interface Running {
  readonly items: readonly Pending[];
  readonly encoder: EcgEncoder;
}

const noDrops = (): Drops => ({ overload: 0, stale: 0, failed: 0 });

export class Batcher {
  #encoder: EcgEncoder;
  readonly #clock: Clock;
  readonly #queue: SegmentQueue<Pending>;
  readonly #maxWaitMs: number;
  readonly #sizes: readonly number[];
  readonly #maxPadding: number | undefined;
  readonly #inFlight = new Set<Running>();
  /** Told when a replaced encoder has answered its last batch. */
  readonly #retiring = new Map<EcgEncoder, () => void>();
  /** Batch memory, [largest][leads][length]; one goes back when its batch settles. */
  readonly #arrays: { readonly ecg: Float32Array; readonly presence: Float32Array }[];
  readonly #dropped = noDrops();
  readonly #droppedByBed = new Map<string, Drops>();
  #cancelWait: (() => void) | undefined;
  #batches = 0;
  #segments = 0;
  #closed = false;

  constructor(encoder: EcgEncoder, clock: Clock, options: BatcherOptions = {}) {
    const { maxWaitMs = DEFAULT_MAX_WAIT_MS, capacity = DEFAULT_CAPACITY, batchSizes = encoder.batchSizes, maxPadding } = options;
    const largest = batchSizes.at(-1);
    if (largest === undefined || largest > encoder.batchSizes.at(-1)!) {
      throw new RangeError(`batches of at most ${encoder.batchSizes.at(-1)} segments expected, received ${largest}`);
    }
    if (!(maxWaitMs >= 0)) throw new RangeError(`a wait of 0 ms or more expected, received ${maxWaitMs}`);
    this.#encoder = encoder;
    this.#clock = clock;
    this.#queue = new SegmentQueue(capacity);
    this.#maxWaitMs = maxWaitMs;
    this.#sizes = batchSizes;
    this.#maxPadding = maxPadding;
    const { leads, length } = encoder.manifest;
    this.#arrays = Array.from({ length: MAX_IN_FLIGHT }, () => ({
      ecg: new Float32Array(largest * leads.length * length),
      presence: new Float32Array(largest * leads.length),
    }));
  }

  /**
   * @returns the segment's embedding and who made it
   * @throws EcgError INFERENCE_STALE at its deadline, INFERENCE_OVERLOAD where it gave way to a newer one, the encoder's
   *   own error where its batch failed; RangeError where the segment has another shape than the model's
   */
  submit(request: EmbedRequest): Promise<Embedded> {
    return new Promise((resolve, reject) => {
      const { leads, length } = this.#encoder.manifest;
      if (request.ecg.length !== leads.length * length || request.presence.length !== leads.length) {
        reject(new RangeError(`a segment has ${leads.length} x ${length} samples, received ${request.ecg.length} and ${request.presence.length} presences`));
        return;
      }
      const pending: Pending = {
        request, priority: request.priority, due: this.#maxWaitMs === 0, settled: false, resolve, reject, cancelDeadline: () => undefined };
      if (this.#closed) return this.#drop(pending, 'failed', closed());
      const left = request.deadlineMs - this.#clock.now();
      if (left <= 0) return this.#drop(pending, 'stale', stale(pending));
      pending.cancelDeadline = this.#clock.after(ms(left), () => {
        this.#queue.remove(pending);
        this.#drop(pending, 'stale', stale(pending));
      });
      const loser = this.#queue.push(pending);
      if (loser) this.#drop(loser, 'overload', overload(loser));
      this.#pump();
    });
  }

  /**
   * Gives every batch from now on to another encoder. Batches under way settle with the one that has them, and the
   * new one begins only then, so that no segment of a bed overtakes an earlier one.
   * @returns settles once the replaced encoder has answered its last batch and may be closed
   * @throws RangeError where the new one takes other segments or smaller batches: those queued would not fit
   */
  replaceEncoder(encoder: EcgEncoder): Promise<void> {
    const replaced = this.#encoder;
    const { leads, length } = replaced.manifest;
    const { leads: newLeads, length: newLength } = encoder.manifest;
    if (newLeads.join() !== leads.join() || newLength !== length || encoder.batchSizes.at(-1)! < this.#sizes.at(-1)!) {
      throw new RangeError(`an encoder for ${leads.length} x ${length} samples and batches of ${this.#sizes.at(-1)} expected, `
        + `received one for ${newLeads.length} x ${newLength} and ${encoder.batchSizes.at(-1)}`);
    }
    this.#encoder = encoder;
    return new Promise((resolve) => {
      this.#retiring.set(replaced, resolve);
      this.#retire();
      this.#pump();
    });
  }

  stats(): BatcherStats {
    return {
      queueDepth: this.#queue.length,
      inFlight: this.#inFlight.size,
      batches: this.#batches,
      segments: this.#segments,
      dropped: this.#dropped,
      droppedByBed: this.#droppedByBed,
    };
  }

  /** Rejects what waits and what runs. The encoder belongs to whoever made it. */
  close(): void {
    this.#closed = true;
    this.#endWait();
    const left = [...this.#queue.take(this.#queue.length), ...[...this.#inFlight].flatMap(({ items }) => items)];
    for (const pending of left) this.#drop(pending, 'failed', closed());
  }

  #pump(): void {
    while (this.#ready()) this.#dispatch();
    if (this.#queue.length > 0 && this.#cancelWait === undefined && !this.#queue.due) {
      this.#cancelWait = this.#clock.after(ms(this.#maxWaitMs), () => {
        this.#cancelWait = undefined;
        this.#queue.markDue();
        this.#pump();
      });
    }
  }

  #endWait(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }

  #ready(): boolean {
    if (this.#inFlight.size >= MAX_IN_FLIGHT) return false;
    for (const { encoder } of this.#inFlight) if (encoder !== this.#encoder) return false;
    if (this.#queue.length >= this.#sizes.at(-1)!) return true;
    return this.#inFlight.size === 0 && this.#queue.due;
  }

  /** The size to form of what waits: all of it where little of its batch would be padding, else the largest that it fills. */
  #nextSize(): number {
    const waiting = Math.min(this.#queue.length, this.#sizes.at(-1)!);
    const padded = this.#sizes.find((size) => size >= waiting)!;
    const maxPadding = this.#maxPadding ?? (this.#encoder.executionProvider === 'cpu' ? PADDING_ON_PROCESSOR : 1);
    if (padded - waiting <= maxPadding * padded) return waiting;
    return this.#sizes.findLast((size) => size <= waiting) ?? waiting;
  }

  #dispatch(): void {
    const items = this.#queue.take(this.#nextSize());
    if (this.#queue.length === 0) this.#endWait();
    const arrays = this.#arrays.pop()!;
    const batch = fill(arrays, items, this.#encoder.manifest.leads.length);
    const running: Running = { items, encoder: this.#encoder };
    this.#inFlight.add(running);
    this.#batches++;
    this.#segments += items.length;
    void this.#embed(batch).then(
      (embeddings) => this.#deliver(running, embeddings),
      (error: Error) => this.#fail(items, error),
    ).then(() => {
      this.#inFlight.delete(running);
      this.#arrays.push(arrays);
      this.#retire();
      if (!this.#closed) this.#pump();
    });
  }

  // async: an encoder that throws and one that rejects are the same failure.
  async #embed(batch: EncoderBatch): Promise<Float32Array> {
    return this.#encoder.embed(batch);
  }

  #retire(): void {
    for (const [encoder, resolve] of this.#retiring) {
      if ([...this.#inFlight].some((running) => running.encoder === encoder)) continue;
      this.#retiring.delete(encoder);
      resolve();
    }
  }

  #deliver({ items, encoder }: Running, embeddings: Float32Array): void {
    const { embeddingDimension } = encoder.manifest;
    if (embeddings.length !== items.length * embeddingDimension) {
      this.#fail(items, new EcgError('MODEL_MISMATCH', 'the encoder answered with another number of embeddings', {
        expected: `${items.length} x ${embeddingDimension} numbers`, received: `${embeddings.length}`, from: encoder.modelId }));
      return;
    }
    items.forEach((item, row) => {
      if (this.#settle(item)) item.resolve({ embedding: embeddings.slice(row * embeddingDimension, (row + 1) * embeddingDimension), encoder });
    });
  }

  #fail(items: readonly Pending[], error: Error): void {
    for (const item of items) this.#drop(item, 'failed', error);
  }

  #drop(pending: Pending, reason: DropReason, error: Error): void {
    if (!this.#settle(pending)) return;
    this.#dropped[reason]++;
    const { bed } = pending.request;
    const ofBed = this.#droppedByBed.get(bed) ?? noDrops();
    ofBed[reason]++;
    this.#droppedByBed.set(bed, ofBed);
    pending.reject(error);
  }

  /** @returns false where it was settled before */
  #settle(pending: Pending): boolean {
    if (pending.settled) return false;
    pending.settled = true;
    pending.cancelDeadline();
    return true;
  }
}

/** Copies the segments into the batch's memory: the only copy between preprocessing and the encoder. */
function fill(arrays: { ecg: Float32Array; presence: Float32Array }, items: readonly Pending[], leads: number): EncoderBatch {
  const samples = items[0]!.request.ecg.length;
  items.forEach(({ request }, row) => {
    arrays.ecg.set(request.ecg, row * samples);
    arrays.presence.set(request.presence, row * leads);
  });
  return { size: items.length, ecg: arrays.ecg.subarray(0, items.length * samples), presence: arrays.presence.subarray(0, items.length * leads) };
}

const stale = ({ request }: Pending): EcgError =>
  new EcgError('INFERENCE_STALE', 'a segment was not scored by its deadline', { from: request.bed });
const overload = ({ request }: Pending): EcgError =>
  new EcgError('INFERENCE_OVERLOAD', 'the inference queue was full and a segment gave way', { from: request.bed });
const closed = (): EcgError => new EcgError('ENCODER_UNAVAILABLE', 'inference has been closed');
