/** Writes WFDB signal and annotation bytes straight from the format descriptions, bit by bit, sharing no code with the reader. */

/** All samples of all signals in turn, as one list. */
export const interleave = (signals: readonly (readonly number[])[]): number[] =>
  signals[0]!.flatMap((_, t) => signals.map((signal) => signal[t]!));

/** Two's complement, lowest bit first. */
const bitsOf = (value: number, count: number): number[] => Array.from({ length: count }, (_, bit) => (value >> bit) & 1);

const bytesOfBits = (bits: readonly number[]): Uint8Array =>
  Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, byte) => bits.slice(8 * byte, 8 * byte + 8).reduce((sum, bit, i) => sum + (bit << i), 0));

export const format16 = (samples: readonly number[]): Uint8Array => bytesOfBits(samples.flatMap((sample) => bitsOf(sample, 16)));

/** signal(5): byte 0 = first's low 8, byte 1 = first's high 4 in the low nibble, second's high 4 in the high nibble, byte 2 = second's low 8. */
export function format212(samples: readonly number[]): Uint8Array {
  const bits: number[] = [];
  for (let i = 0; i < samples.length; i += 2) {
    const first = bitsOf(samples[i]!, 12);
    const second = bitsOf(samples[i + 1] ?? 0, 12);
    bits.push(...first.slice(0, 8), ...first.slice(8), ...second.slice(8), ...second.slice(0, 8));
  }
  return bytesOfBits(bits);
}

/** signal(5): three samples in two words of 16 bits; bit 0 of each is unused, then ten bits, then five of the third. */
export function format310(samples: readonly number[]): Uint8Array {
  const bits: number[] = [];
  for (let i = 0; i < samples.length; i += 3) {
    const third = bitsOf(samples[i + 2] ?? 0, 10);
    bits.push(0, ...bitsOf(samples[i]!, 10), ...third.slice(0, 5), 0, ...bitsOf(samples[i + 1] ?? 0, 10), ...third.slice(5));
  }
  return bytesOfBits(bits);
}

/** signal(5): three samples in the low thirty bits of a word of 32. */
export function format311(samples: readonly number[]): Uint8Array {
  const bits: number[] = [];
  for (let i = 0; i < samples.length; i += 3) bits.push(...[0, 1, 2].flatMap((k) => bitsOf(samples[i + k] ?? 0, 10)), 0, 0);
  return bytesOfBits(bits);
}

/** One word of an annotation file. */
export const annotationWord = (code: number, value: number): number[] => [...format16([(code << 10) | value])];
