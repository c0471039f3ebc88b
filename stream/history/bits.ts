/** Bits in order, highest first, into and out of bytes. */

export class BitWriter {
  #bytes: Uint8Array;
  #at = 0;
  #hold = 0; // bits not yet written, in the low `#held` places
  #held = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(Math.max(16, capacity));
  }

  /** The low `count` bits of `value`; count up to 24. */
  put(value: number, count: number): void {
    this.#hold = (this.#hold << count) | (value & ((1 << count) - 1));
    this.#held += count;
    while (this.#held >= 8) {
      if (this.#at === this.#bytes.length) this.#grow();
      this.#held -= 8;
      this.#bytes[this.#at++] = this.#hold >>> this.#held;
    }
    this.#hold &= (1 << this.#held) - 1; // at most 7 bits stay, so 24 more always fit into 31
  }

  put32(value: number): void {
    this.put(value >>> 16, 16);
    this.put(value & 0xffff, 16);
  }

  /** All bytes, the last filled up with zeros. The writer must not be used again. */
  finish(): Uint8Array {
    if (this.#held > 0) this.put(0, 8 - this.#held);
    return this.#bytes.subarray(0, this.#at);
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #hold = 0;
  #held = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next `count` bits; count up to 24. @throws RangeError past the end */
  take(count: number): number {
    while (this.#held < count) {
      if (this.#at >= this.#bytes.length) throw new RangeError(`expected ${count} more bits, received the end after ${this.#bytes.length} bytes`);
      this.#hold = ((this.#hold & ((1 << this.#held) - 1)) << 8) | this.#bytes[this.#at++]!;
      this.#held += 8;
    }
    this.#held -= count;
    return (this.#hold >>> this.#held) & ((1 << count) - 1);
  }

  /** Zeros up to the next one, which is taken too; `limit` zeros end it without a one. limit up to 24. @throws RangeError past the end */
  zeros(limit: number): number {
    let count = 0;
    for (;;) {
      if (this.#held === 0) {
        if (this.#at >= this.#bytes.length) throw new RangeError(`expected more bits, received the end after ${this.#bytes.length} bytes`);
        this.#hold = this.#bytes[this.#at++]!;
        this.#held = 8;
      }
      const window = this.#hold & ((1 << this.#held) - 1);
      const run = window === 0 ? this.#held : Math.clz32(window) - (32 - this.#held);
      if (count + run >= limit) {
        this.#held -= limit - count;
        return limit;
      }
      count += run;
      this.#held -= run;
      if (this.#held > 0) {
        this.#held--;
        return count;
      }
    }
  }

  take32(): number {
    return ((this.take(16) << 16) | this.take(16)) | 0;
  }
}
