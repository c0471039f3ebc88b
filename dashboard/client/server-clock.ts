import type { EpochMs } from '../../ecg/units.ts';

/** Messages over which the least delayed one is looked for; at one numerics message a second, half a minute. */
const WINDOW = 30;
/** A server clock that moved further than this between two messages was set, and what was learnt before is void. */
const STEP_MS = 2000;

/**
 * The server's time as seen from the page. Each message says when it was sent; the one that travelled least gives
 * the best offset, so the largest of the last `WINDOW` offsets counts. Between messages the page's clock carries on.
 */
export class ServerClock {
  readonly #offsets: number[] = [];
  #offset: number | undefined;

  /** @param serverTimeMs the server's clock when it sent; @param pageMs the page's clock when it arrived */
  hear(serverTimeMs: number, pageMs: EpochMs): void {
    const offset = serverTimeMs - pageMs;
    if (this.#offset !== undefined && Math.abs(offset - this.#offset) > STEP_MS) this.#offsets.length = 0;
    this.#offsets.push(offset);
    if (this.#offsets.length > WINDOW) this.#offsets.shift();
    this.#offset = Math.max(...this.#offsets);
  }

  /** The server's clock at page time `pageMs`, or undefined before the first message. */
  at(pageMs: EpochMs): number | undefined {
    return this.#offset === undefined ? undefined : pageMs + this.#offset;
  }
}
