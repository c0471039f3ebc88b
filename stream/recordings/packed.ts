/** What the packed layouts have in common: brotli around zig-zag coded first differences, one byte each, with escapes. */
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { EcgError } from '../../ecg/errors.ts';

/** A residual byte of this value stands for the next escape, an unsigned 32-bit number. */
const ESCAPE = 255;
const decompress = promisify(brotliDecompress);

/** @throws EcgError DATA_CORRUPT where the file is no brotli stream */
export async function readPacked(path: string): Promise<Buffer> {
  try {
    return await decompress(readFileSync(path));
  } catch (cause) {
    throw new EcgError('DATA_CORRUPT', 'a packed recording cannot be decompressed', { expected: 'a whole brotli stream', received: (cause as Error).message, from: path, cause });
  }
}

/** Reads series after series of first differences; escapes are taken in the order of the series. */
export class ResidualReader {
  readonly #residuals: Uint8Array;
  readonly #escapes: DataView;
  readonly #from: string;
  #at = 0;
  #escape = 0;

  /**
   * @param packed a decompressed file
   * @param start where the residuals begin
   * @param count how many residuals there are; the escapes follow them to the end
   * @throws EcgError DATA_CORRUPT where the file has another length
   */
  constructor(packed: Buffer, start: number, count: number, escapes: number, from: string) {
    const expected = start + count + 4 * escapes;
    if (packed.length !== expected) {
      throw new EcgError('DATA_CORRUPT', 'a packed recording has the wrong length', { expected: `${expected} bytes`, received: `${packed.length}`, from });
    }
    this.#residuals = packed.subarray(start, start + count);
    this.#escapes = new DataView(packed.buffer, packed.byteOffset + start + count, 4 * escapes);
    this.#from = from;
  }

  /** Fills `out` with the next series, each value times `step`. @throws EcgError DATA_CORRUPT where the escapes run out */
  read(out: Int32Array | Int16Array, step: number): void {
    let level = 0;
    for (let t = 0; t < out.length; t++) {
      let code = this.#residuals[this.#at++]!;
      if (code === ESCAPE) code = this.#nextEscape();
      level += code % 2 === 1 ? -(code + 1) / 2 : code / 2;
      out[t] = level * step;
    }
  }

  #nextEscape(): number {
    if (this.#escape + 4 > this.#escapes.byteLength) {
      throw new EcgError('DATA_CORRUPT', 'a packed recording has more escapes than it announced', { expected: `${this.#escapes.byteLength / 4}`, from: this.#from });
    }
    const code = this.#escapes.getUint32(this.#escape, true);
    this.#escape += 4;
    return code;
  }
}
