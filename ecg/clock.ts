import { epochMs, type EpochMs, type Ms } from './units.ts';

/** The only source of time and timers in the line, so that every rule about time can be tested by hand. */
export interface Clock {
  now(): EpochMs;
  /** Calls `task` once after `delay`; the returned function cancels it. */
  after(delay: Ms, task: () => void): () => void;
  /** Calls `task` every `period`; the returned function ends it. */
  every(period: Ms, task: () => void): () => void;
}

/** Wall time of this machine. Its timers never keep the process alive by themselves. */
export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  after(delay, task) {
    const timer = setTimeout(task, delay);
    unref(timer);
    return () => clearTimeout(timer);
  },
  every(period, task) {
    const timer = setInterval(task, period);
    unref(timer);
    return () => clearInterval(timer);
  },
};

// A browser's timer is a number and has no unref.
function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}

interface Timer {
  due: number;
  readonly period: number | undefined;
  readonly task: () => void;
  readonly order: number;
}

/** A clock that moves only when told to; timers fire in order of due time, then of creation. */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(start: EpochMs = epochMs(0)) {
    this.#now = start;
  }

  now(): EpochMs {
    return epochMs(this.#now);
  }

  after(delay: Ms, task: () => void): () => void {
    return this.#add({ due: this.#now + delay, period: undefined, task, order: this.#order++ });
  }

  every(period: Ms, task: () => void): () => void {
    return this.#add({ due: this.#now + period, period, task, order: this.#order++ });
  }

  /** Moves time forward, firing what falls due on the way. */
  advance(by: Ms): void {
    const end = this.#now + by;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.due);
      if (next.period === undefined) this.#timers.delete(next);
      else next.due += next.period;
      next.task();
    }
    this.#now = end;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due > end) continue;
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) first = timer;
    }
    return first;
  }
}
