/**
 * The bounded queue in front of the encoder. Order: alarm before routine, then arrival; segments of one bed never
 * overtake each other. Policy when full: the newest segment of each bed wins.
 */
import type { EpochMs } from '../ecg/units.ts';

/** `alarm`: the bed is in alarm, its score is wanted first. */
export type InferencePriority = 'alarm' | 'routine';

export interface EmbedRequest {
  readonly bed: string;
  /** [leads][length], preprocessed. Read when its batch forms: to be left alone until the promise settles. */
  readonly ecg: Float32Array;
  /** [leads], 1 = present. */
  readonly presence: Uint8Array;
  /** On our clock; an embedding that is not there by then is of no use. */
  readonly deadlineMs: EpochMs;
  readonly priority: InferencePriority;
}

export interface Queued {
  readonly request: EmbedRequest;
  /** That of the request, or `alarm` once a later segment of its bed came with it. */
  priority: InferencePriority;
  /** It has waited for company as long as it may. */
  due: boolean;
}

export class SegmentQueue<Item extends Queued> {
  readonly #capacity: number;
  #items: Item[] = [];

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError(`a queue holds 1 or more segments, received ${capacity}`);
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#items.length;
  }

  get due(): boolean {
    return this.#items.some((item) => item.due);
  }

  /** @returns the item that gave way: none while there is room; the new one where all others matter more */
  push(item: Item): Item | undefined {
    const loser = this.#items.length < this.#capacity ? undefined : this.#victim(item);
    if (loser === item) return loser;
    if (loser) this.remove(loser);
    if (item.priority === 'alarm') this.#raise(item.request.bed);
    this.#insert(item);
    return loser;
  }

  /** Takes the first `count`. */
  take(count: number): Item[] {
    return this.#items.splice(0, count);
  }

  remove(item: Item): void {
    const index = this.#items.indexOf(item);
    if (index >= 0) this.#items.splice(index, 1);
  }

  markDue(): void {
    for (const item of this.#items) item.due = true;
  }

  /** A bed's earlier segments move up with it, so that its findings keep their order. */
  #raise(bed: string): void {
    const raised = this.#items.filter((item) => item.priority === 'routine' && item.request.bed === bed);
    for (const item of raised) {
      this.remove(item);
      item.priority = 'alarm';
      this.#insert(item);
    }
  }

  #insert(item: Item): void {
    const firstRoutine = item.priority === 'alarm' ? this.#items.findIndex((other) => other.priority === 'routine') : -1;
    this.#items.splice(firstRoutine < 0 ? this.#items.length : firstRoutine, 0, item);
  }

  /** First what a newer segment of the same bed has made old; only then a bed's only one. Of each, the least urgent and longest waiting. */
  #victim(newest: Item): Item {
    const own = this.#items.find((item) => item.request.bed === newest.request.bed);
    if (own) return own;
    const newestSeen = new Set<string>();
    const superseded = this.#items.toReversed().filter(({ request: { bed } }) => newestSeen.has(bed) || !newestSeen.add(bed)).reverse();
    if (superseded.length > 0) return leastUrgent(superseded);
    const least = leastUrgent(this.#items);
    return least.priority === 'alarm' && newest.priority === 'routine' ? newest : least;
  }
}

/** The queue's order puts alarm first and, of each priority, the longest waiting first. */
const leastUrgent = <Item extends Queued>(items: readonly Item[]): Item => items.find((item) => item.priority === 'routine') ?? items[0]!;
