import { EcgError } from '../../ecg/errors.ts';

/** One piece of work at a time, in the order they came; one that fails does not hold up the next. */
export class Turns {
  readonly #what: string;
  readonly #mostWaiting: number;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @param what is waited for, in a word @param mostWaiting the one under way counts */
  constructor(what: string, mostWaiting: number) {
    this.#what = what;
    this.#mostWaiting = mostWaiting;
  }

  /** @throws EcgError INFERENCE_OVERLOAD where too many wait */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#mostWaiting) throw new EcgError('INFERENCE_OVERLOAD', `too many ${this.#what} wait`, { expected: `at most ${this.#mostWaiting}` });
    this.#waiting++;
    const mine = this.#last.then(work).finally(() => this.#waiting--);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
