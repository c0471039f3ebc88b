/**
 * XLI, the compression of Philips Sierra XML: for each lead a chunk of LZW with 10-bit codes, which gives 16-bit second
 * differences, high bytes first and low bytes after. Leads III, aVR, aVL and aVF hold what the others do not predict.
 */
import { EcgError } from '../errors.ts';

const CHUNK_HEADER = 8;
const CODE_BITS = 10;
const FIRST_CODE = 256;
const LAST_CODE = 2 ** CODE_BITS - 2;
/** Differences are stored with this much added. */
const OFFSET = 64;

/** @returns one array a chunk, `samples` long or shorter where the chunk holds fewer. @throws EcgError RECORDING_FORMAT */
export function decodeXli(bytes: Uint8Array, samples: number, from: string): Int32Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: Int32Array[] = [];
  for (let at = 0; at + CHUNK_HEADER <= bytes.length;) {
    const size = view.getInt32(at, true);
    const start = view.getInt16(at + 6, true);
    if (size < 0 || at + CHUNK_HEADER + size > bytes.length) {
      throw new EcgError('RECORDING_FORMAT', 'an XLI chunk is cut short', { expected: `${size} bytes`, received: `${bytes.length - at - CHUNK_HEADER}`, from });
    }
    const unpacked = unpackLzw(bytes.subarray(at + CHUNK_HEADER, at + CHUNK_HEADER + size), 2 * samples);
    out.push(undoDifferences(joinBytes(unpacked), start));
    at += CHUNK_HEADER + size;
  }
  return out;
}

/** @param limit bytes that are wanted; no more are made, whatever the codes say */
function unpackLzw(coded: Uint8Array, limit: number): Uint8Array {
  const codes = Math.floor((coded.length * 8) / CODE_BITS);
  // No word is longer than the table: what is reserved is in proportion to what came.
  const out = new Uint8Array(Math.min(limit, codes * LAST_CODE));
  const words: Uint8Array[] = Array.from({ length: FIRST_CODE }, (_, byte) => Uint8Array.of(byte));
  let previous: Uint8Array | undefined;
  let length = 0;
  for (let n = 0; n < codes && length < out.length; n++) {
    const code = codeAt(coded, n * CODE_BITS);
    const known = words[code];
    if (code > LAST_CODE || (!known && !previous)) break;
    const word = known ?? Uint8Array.of(...previous!, previous![0]!);
    if (previous && words.length <= LAST_CODE) words.push(Uint8Array.of(...previous, word[0]!));
    out.set(word.subarray(0, out.length - length), length);
    length = Math.min(out.length, length + word.length);
    previous = word;
  }
  return out.subarray(0, length);
}

const codeAt = (coded: Uint8Array, bit: number): number =>
  ((((coded[bit >> 3]! << 16) | ((coded[(bit >> 3) + 1] ?? 0) << 8) | (coded[(bit >> 3) + 2] ?? 0)) >> (24 - CODE_BITS - (bit & 7))) & (2 ** CODE_BITS - 1));

function joinBytes(bytes: Uint8Array): Int32Array {
  const half = bytes.length >> 1;
  return Int32Array.from({ length: half }, (_, i) => ((bytes[i]! << 24) >> 16) | bytes[half + i]!);
}

function undoDifferences(values: Int32Array, start: number): Int32Array {
  let last = start;
  for (let i = 2; i < values.length; i++) {
    const value = 2 * values[i - 1]! - values[i - 2]! - last;
    last = values[i]! - OFFSET;
    values[i] = value;
  }
  return values;
}

/** Puts back what I and II predict of the other limb leads, in place. All arrays of equal length. */
export function restoreLimbLeads({ I, II, III, aVR, aVL, aVF }: Readonly<Record<'I' | 'II' | 'III' | 'aVR' | 'aVL' | 'aVF', Int32Array>>): void {
  for (let i = 0; i < I.length; i++) {
    III[i] = II[i]! - I[i]! - III[i]!;
    aVR[i] = -aVR[i]! - Math.trunc((I[i]! + II[i]!) / 2);
    aVL[i] = Math.trunc((I[i]! - III[i]!) / 2) - aVL[i]!;
    aVF[i] = Math.trunc((II[i]! + III[i]!) / 2) - aVF[i]!;
  }
}
