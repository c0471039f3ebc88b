/** The newest `capacity` values of a signal, addressed by their own absolute sample index. */
export class Ring {
  readonly #data: Float32Array;
  readonly #mask: number;
  #end = 0;

  /** @throws RangeError where the capacity is not a power of two */
  constructor(capacity: number) {
    if (capacity < 1 || (capacity & (capacity - 1)) !== 0) throw new RangeError(`capacity is a power of two, received ${capacity}`);
    this.#data = new Float32Array(capacity);
    this.#mask = capacity - 1;
  }

  /** Index after the newest value. */
  get end(): number {
    return this.#end;
  }

  /** Oldest index still held. */
  get start(): number {
    return Math.max(0, this.#end - this.#data.length);
  }

  push(value: number): void {
    this.#data[this.#end++ & this.#mask] = value;
  }

  /** The value at an absolute index from `start` to `end - 1`; anything else reads another value. */
  at(index: number): number {
    return this.#data[index & this.#mask]!;
  }
}
