/**
 * Alarm changes on their way to one receiver that may fail: in order for each bed, tried again with growing pauses,
 * given up into the dead letters. Bounded, counted, and never in the way of the line.
 */
import type { Priority } from '../../ecg/alarm.ts';
import type { Clock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import type { DeliveredAlarm } from '../alarm/outbox.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { OutletPositions } from './outlet-positions.ts';

/** A receiver's answer: taken, worth another attempt, or refused for good. */
export type Outcome = { readonly kind: 'taken' } | { readonly kind: 'failed' | 'refused'; readonly why: string };

export interface Outlet {
  /** For people: `webhook http://...`, without secrets. */
  readonly name: string;
  /** Undefined: every priority. */
  readonly priorities: readonly Priority[] | undefined;
  /** Beds served at the same time. */
  readonly concurrency: number;
  /** Settles in bounded time and never rejects. */
  send(alarm: DeliveredAlarm): Promise<Outcome>;
  close(): void;
}

/** Pause before the second attempt; it doubles up to the longest. Eight attempts span about four minutes. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
export const ATTEMPTS = 8;
/** Part of each pause that chance adds or takes, so that receivers that come back are not all asked at once. */
const JITTER = 0.25;
/** Changes waiting for one receiver; beyond, the oldest become dead letters. */
const BOUND = 10_000;

export interface OutletCounters {
  sent: number;
  failed: number;
  dead: number;
}

export interface OutletQueueParts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly deadLetters: DeadLetters;
  readonly positions: OutletPositions;
  readonly warn: (message: string) => void;
}

interface Waiting {
  readonly alarm: DeliveredAlarm;
  attempts: number;
}

export class OutletQueue {
  readonly counters: OutletCounters = { sent: 0, failed: 0, dead: 0 };
  readonly #outlet: Outlet;
  readonly #parts: OutletQueueParts;
  /** By bed, oldest first. */
  readonly #beds = new Map<string, Waiting[]>();
  /** Beds whose first change is on its way, or pauses. */
  readonly #busy = new Set<string>();
  readonly #pauses = new Set<() => void>();
  #inFlight = 0;
  #closed = false;

  constructor(outlet: Outlet, parts: OutletQueueParts) {
    this.#outlet = outlet;
    this.#parts = parts;
  }

  get name(): string {
    return this.#outlet.name;
  }

  get waiting(): number {
    return [...this.#beds.values()].reduce((sum, queue) => sum + queue.length, 0);
  }

  offer(alarm: DeliveredAlarm): void {
    if (this.#outlet.priorities?.includes(alarm.priority) === false) return;
    const queue = this.#beds.get(alarm.bed) ?? [];
    this.#beds.set(alarm.bed, queue);
    queue.push({ alarm, attempts: 0 });
    if (this.waiting > BOUND) this.#dropOldest();
    this.#pump();
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#pauses) cancel();
    this.#outlet.close();
  }

  #pump(): void {
    for (const [bed, queue] of this.#beds) {
      if (this.#closed || this.#inFlight >= this.#outlet.concurrency) return;
      const first = queue[0];
      if (first && !this.#busy.has(bed)) void this.#attempt(bed, queue, first);
    }
  }

  async #attempt(bed: string, queue: Waiting[], first: Waiting): Promise<void> {
    this.#busy.add(bed);
    this.#inFlight++;
    first.attempts++;
    const outcome = await this.#outlet.send(first.alarm);
    this.#inFlight--;
    if (this.#closed) return;
    const done = (): void => {
      queue.splice(queue.indexOf(first), 1);
      this.#parts.positions.set(this.name, bed, first.alarm);
      if (queue.length === 0) this.#beds.delete(bed);
      this.#busy.delete(bed);
    };
    if (outcome.kind === 'taken') {
      this.counters.sent++;
      done();
    } else if (outcome.kind === 'refused' || first.attempts >= ATTEMPTS) {
      this.#die(first, outcome.why);
      done();
    } else {
      this.counters.failed++;
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (first.attempts - 1)) * (1 + JITTER * (2 * this.#parts.random() - 1));
      const cancel = this.#parts.clock.after(ms(pause), () => {
        this.#pauses.delete(cancel);
        this.#busy.delete(bed);
        this.#pump();
      });
      this.#pauses.add(cancel);
    }
    this.#pump();
  }

  #dropOldest(): void {
    const longest = [...this.#beds.entries()].sort((a, b) => b[1].length - a[1].length)[0]!;
    // The first may be on its way.
    const [oldest] = longest[1].splice(this.#busy.has(longest[0]) ? 1 : 0, 1);
    if (oldest) this.#die(oldest, 'too many were waiting');
  }

  #die({ alarm, attempts }: Waiting, why: string): void {
    this.counters.dead++;
    const { deadLetters, warn, clock } = this.#parts;
    warn(`${this.name} did not take ${alarm.bed}/${alarm.epoch}/${alarm.seq} in ${attempts} attempts: ${why}`);
    deadLetters.add({ outlet: this.name, atMs: clock.now(), attempts, why, alarm });
  }
}
