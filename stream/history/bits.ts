/** Bits in order, highest first, into and out of bytes. A word at a time: most of what packing costs is spent here. */

export class BitWriter {
  #bytes: Uint8Array;
  #at = 0;
  #hold = 0; // the word under way, filled from its highest bit
  #free = 32; // places of it that are still free, 1 to 32

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(Math.max(16, capacity));
  }

  /** The low `count` bits of `value`, whose others are zero; count from 1 to 32. */
  put(value: number, count: number): void {
    if (count < this.#free) {
      this.#free -= count;
      this.#hold |= value << this.#free;
      return;
    }
    const rest = count - this.#free;
    this.#word(this.#hold | (value >>> rest));
    this.#free = 32 - rest;
    this.#hold = rest === 0 ? 0 : value << this.#free;
  }

  /** All bytes, the last filled up with zeros. The writer must not be used again. */
  finish(): Uint8Array {
    const used = (32 - this.#free + 7) >> 3;
    this.#word(this.#hold);
    return this.#bytes.subarray(0, this.#at - 4 + used);
  }

  #word(word: number): void {
    if (this.#at + 4 > this.#bytes.length) this.#grow();
    const bytes = this.#bytes;
    const at = this.#at;
    bytes[at] = word >>> 24;
    bytes[at + 1] = word >>> 16;
    bytes[at + 2] = word >>> 8;
    bytes[at + 3] = word;
    this.#at = at + 4;
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** What a look ahead may read beyond the end. */
const LOOKAHEAD_BYTES = 8;

export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at = 0; // in bits

  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes.length + LOOKAHEAD_BYTES);
    this.#bytes.set(bytes);
    this.#end = 8 * bytes.length;
  }

  /** The next 32 bits, zeros beyond the end; they are not taken. */
  peek(): number {
    const bytes = this.#bytes;
    const at = this.#at >>> 3;
    const shift = this.#at & 7;
    const word = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    return (word << shift) | (bytes[at + 4]! >>> (8 - shift));
  }

  /** @throws RangeError past the end */
  skip(count: number): void {
    this.#at += count;
    if (this.#at > this.#end) throw new RangeError(`expected ${this.#at - this.#end} more bits, received the end after ${this.#end >>> 3} bytes`);
  }

  /** The next `count` bits; count from 1 to 31. @throws RangeError past the end */
  take(count: number): number {
    const word = this.peek();
    this.skip(count);
    return word >>> (32 - count);
  }

  /** @throws RangeError past the end */
  take32(): number {
    const word = this.peek();
    this.skip(32);
    return word;
  }
}
