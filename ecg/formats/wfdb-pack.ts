/** Writes WFDB signal files in the two formats in common use, 16 and 212: the inverse of `unpackSignals`. */
import { EcgError } from '../errors.ts';
import { MISSING_SAMPLE } from './wfdb-signal.ts';

/**
 * @param adu planar, one array per signal, all of equal length; MISSING_SAMPLE is written as the format's own mark
 * @param from for the error
 * @throws EcgError WFDB_FORMAT where the format is neither, or cannot hold a sample
 */
export function packSignals(adu: readonly Int32Array[], format: number, from: string): Uint8Array {
  if (format !== 16 && format !== 212) {
    throw new EcgError('WFDB_FORMAT', 'signals cannot be written in this storage format', { expected: '16 or 212', received: `${format}`, from });
  }
  const length = adu[0]?.length ?? 0;
  const limit = format === 16 ? 2 ** 15 : 2 ** 11;
  const total = length * adu.length;
  const out = new Uint8Array(format === 16 ? 2 * total : 3 * Math.ceil(total / 2));
  for (let t = 0, i = 0; t < length; t++) {
    for (const signal of adu) {
      const value = signal[t] === MISSING_SAMPLE ? -limit : signal[t]!;
      if (value < -limit || value >= limit) {
        throw new EcgError('WFDB_FORMAT', `sample ${t} does not fit in format ${format}`, { expected: `${-limit} to ${limit - 1}`, received: `${value}`, from });
      }
      if (format === 16) put16(out, i++, value);
      else put212(out, i++, value);
    }
  }
  return out;
}

function put16(out: Uint8Array, index: number, value: number): void {
  out[2 * index] = value & 0xff;
  out[2 * index + 1] = (value >> 8) & 0xff;
}

// Two 12-bit samples in three bytes: low byte, both high nibbles (the second's above), low byte of the second.
function put212(out: Uint8Array, index: number, value: number): void {
  const at = 3 * (index >> 1);
  const second = index & 1;
  out[at + 2 * second] = value & 0xff;
  out[at + 1]! |= ((value >> 8) & 0x0f) << (4 * second);
}
