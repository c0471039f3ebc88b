/**
 * WFDB signal files (`.dat`), as signal(5) of the WFDB Applications Guide describes them: samples of all signals of
 * the file in turn, packed in one storage format.
 */
import { EcgError } from '../errors.ts';

/** A sample the recorder did not have, in every array of adu that this project hands out. */
export const MISSING_SAMPLE = -(2 ** 31);

interface StorageFormat {
  /** Samples and bytes of one packed group. */
  readonly group: readonly [samples: number, bytes: number];
  /** The value that stands for a missing sample: the lowest the format can hold. */
  readonly missing: number;
  /** Sample `i` of the file. `at` is where its group begins, `place` its number in the group. */
  readonly read: (view: DataView, at: number, place: number) => number;
}

const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);

const FORMATS: Readonly<Record<number, StorageFormat>> = {
  16: { group: [1, 2], missing: -(2 ** 15), read: (view, at) => view.getInt16(at, true) },
  24: { group: [1, 3], missing: -(2 ** 23), read: (view, at) => view.getUint16(at, true) | (view.getInt8(at + 2) << 16) },
  32: { group: [1, 4], missing: MISSING_SAMPLE, read: (view, at) => view.getInt32(at, true) },
  61: { group: [1, 2], missing: -(2 ** 15), read: (view, at) => view.getInt16(at, false) },
  80: { group: [1, 1], missing: -(2 ** 7), read: (view, at) => view.getUint8(at) - 128 },
  160: { group: [1, 2], missing: -(2 ** 15), read: (view, at) => view.getUint16(at, true) - 2 ** 15 },
  212: {
    // Two 12-bit samples in three bytes: low byte and low nibble of the second, then high nibble of the second and its low byte.
    group: [2, 3],
    missing: -(2 ** 11),
    read: (view, at, place) => {
      const middle = view.getUint8(at + 1);
      return place === 0
        ? signed(view.getUint8(at) | ((middle & 0x0f) << 8), 12)
        : signed(view.getUint8(at + 2) | ((middle & 0xf0) << 4), 12);
    },
  },
  310: {
    // Three 10-bit samples in two 16-bit words: bits 1-10 of each, the third's bits 0-4 and 5-9 in the words' top five.
    group: [3, 4],
    missing: -(2 ** 9),
    read: (view, at, place) => place < 2
      ? signed((view.getUint16(at + 2 * place, true) >> 1) & 0x3ff, 10)
      : signed((view.getUint16(at, true) >> 11) | ((view.getUint16(at + 2, true) >> 11) << 5), 10),
  },
  311: {
    // Three 10-bit samples in the low thirty bits of one 32-bit word.
    group: [3, 4],
    missing: -(2 ** 9),
    read: (view, at, place) => signed((view.getUint32(at, true) >>> (10 * place)) & 0x3ff, 10),
  },
};

/** Formats that `unpackSignals` reads. */
export const WFDB_FORMATS: readonly number[] = Object.keys(FORMATS).map(Number);

/** Bytes that `samples` samples take in `format`; the last group may be cut to the bytes its samples need. */
export function bytesOf(samples: number, format: number, from: string): number {
  const [groupSamples, groupBytes] = formatOf(format, from).group;
  const whole = Math.floor(samples / groupSamples);
  const left = samples % groupSamples;
  return whole * groupBytes + (left === 0 ? 0 : left === 1 ? Math.min(2, groupBytes) : groupBytes);
}

/**
 * Reads the signals of one file.
 * @param signals how many share the file
 * @param samples per signal; undefined: as many as the file holds
 * @returns one array of adu per signal, MISSING_SAMPLE where the recorder had none
 * @throws EcgError WFDB_TRUNCATED | WFDB_FORMAT
 */
export function unpackSignals(
  bytes: Uint8Array, format: number, signals: number, samples: number | undefined, byteOffset: number, from: string,
): Int32Array[] {
  const { group: [groupSamples, groupBytes], missing, read } = formatOf(format, from);
  const available = Math.max(0, bytes.byteLength - byteOffset);
  const count = samples ?? Math.floor((Math.floor(available / groupBytes) * groupSamples) / signals);
  const needed = bytesOf(count * signals, format, from);
  if (available < needed) {
    throw new EcgError('WFDB_TRUNCATED', 'the signal file is shorter than its header says', {
      expected: `${needed + byteOffset} bytes`, received: `${bytes.byteLength}`, from });
  }
  // The last group may be cut short, and is then read as if zeros followed.
  const padded = new Uint8Array(Math.ceil((count * signals) / groupSamples) * groupBytes);
  padded.set(bytes.subarray(byteOffset, byteOffset + Math.min(available, padded.length)));
  const view = new DataView(padded.buffer);
  const out = Array.from({ length: signals }, () => new Int32Array(count));
  for (let t = 0, place = 0, at = 0; t < count; t++) {
    for (let signal = 0; signal < signals; signal++) {
      const value = read(view, at, place);
      out[signal]![t] = value === missing ? MISSING_SAMPLE : value;
      if (++place === groupSamples) {
        place = 0;
        at += groupBytes;
      }
    }
  }
  return out;
}

/** header(5)'s checksum of a signal: the sum of its samples modulo 2^16, as a signed 16-bit number. */
export function checksumOf(adu: Int32Array, format: number): number {
  let sum = 0;
  const missing = FORMATS[format]?.missing ?? 0;
  for (const value of adu) sum = (sum + (value === MISSING_SAMPLE ? missing : value)) | 0;
  return signed(sum, 16);
}

function formatOf(format: number, from: string): StorageFormat {
  const known = FORMATS[format];
  if (!known) throw new EcgError('WFDB_FORMAT', 'the storage format is not supported', { expected: WFDB_FORMATS.join(', '), received: `${format}`, from });
  return known;
}
