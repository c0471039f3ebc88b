import { EcgError } from '../../ecg/errors.ts';

/** Changes of labels that may wait for the one under way. */
const MAX_WAITING = 16;

/** One change at a time, in the order they came; one that fails does not hold up the next. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @throws EcgError INFERENCE_OVERLOAD where too many wait */
  async take<T>(change: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) throw new EcgError('INFERENCE_OVERLOAD', 'too many changes of labels wait', { expected: `at most ${MAX_WAITING}` });
    this.#waiting++;
    const mine = this.#last.then(change).finally(() => this.#waiting--);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
