/**
 * Lossless packing of a block of samples: per lead the best of four fixed predictors (as FLAC and Shorten name them:
 * differences of order 0 to 3), less what a lead before it foretells, the rest in Rice codes whose parameter follows
 * the signal (as in JPEG-LS), so that the flat between two beats costs little and the QRS need not be announced.
 * All arithmetic is modulo 2^32: any int32 comes back as it was.
 *
 *   per lead   1 bit   every sample is missing, and nothing else follows
 *              1 bit   some are: then 16 bits their number of runs, and 16 + 16 bits start and length of each
 *              2 bits  order of the predictor
 *              5 bits  1 + the lead it is foretold by, 0 = none; then 5 bits its weight in eighths, -16 to 15
 *              Rice codes of the differences; the first `order` samples are differences of lower order
 */
import { MISSING_SAMPLE } from '../../ecg/formats/wfdb-signal.ts';
import { BitReader, BitWriter } from './bits.ts';

/** Samples a lead of one block may have: lengths are stored in 16 bits. */
export const MAX_BLOCK_SAMPLES = 65_535;
const ORDERS = 4;
/** A quotient this long is cheaper as 32 plain bits. */
const ESCAPE = 20;
/** A magnitude counts for no more than this in the running mean, which so fits into 31 bits. */
const LARGEST_LEARNED = 2 ** 22;
/** The running mean forgets with a period of 16 samples: the width of a QRS at 250 Hz. */
const MEMORY_BITS = 4;
const FIRST_SUM = 8 << MEMORY_BITS;
const WEIGHT_BITS = 3;
const WEIGHT_STEPS = 1 << WEIGHT_BITS;
const HALF_WEIGHT_STEP = WEIGHT_STEPS >> 1;
/** Every other sample is enough to tell which lead foretells which. */
const SEARCH_STEP = 2;
const LOWEST_WEIGHT = -16;
const HIGHEST_WEIGHT = 15;

/** Sign into the lowest bit, so that small magnitudes are small codes; a code of 2^31 and more reads as a negative int32. */
const zigzag = (value: number): number => (value << 1) ^ (value >> 31);
const unzigzag = (code: number): number => (code >>> 1) ^ -(code & 1);

/** The parameter for a running sum of magnitudes: the whole part of the logarithm of their mean, so at most 22. Both sides make the same choices. */
const parameterOf = (sum: number): number => 31 - Math.clz32((sum >> MEMORY_BITS) | 1);
const learned = (sum: number, code: number): number => sum + (code < 0 || code > LARGEST_LEARNED ? LARGEST_LEARNED : code) - (sum >> MEMORY_BITS);

/** @param samples planar, `leads` arrays of equal length in one. @throws RangeError where a lead is longer than MAX_BLOCK_SAMPLES */
export function packSamples(samples: Int32Array, leads: number): Uint8Array {
  const length = samples.length / leads;
  if (!Number.isInteger(length) || length > MAX_BLOCK_SAMPLES) throw new RangeError(`expected at most ${MAX_BLOCK_SAMPLES} samples in each of ${leads} leads, received ${samples.length} in all`);
  const out = new BitWriter(samples.length + 64);
  const before: (Differences | undefined)[] = [];
  for (let lead = 0; lead < leads; lead++) {
    const values = packMissing(samples.subarray(lead * length, (lead + 1) * length), out);
    before.push(values && packLead(values, before, out));
  }
  return out.finish();
}

/** What a later lead may be foretold by. */
interface Differences {
  readonly values: Int32Array;
  readonly power: number;
}

/** Writes where samples are missing. @returns those that are not, or undefined where none is left */
function packMissing(samples: Int32Array, out: BitWriter): Int32Array | undefined {
  if (samples.length > 0 && !samples.includes(MISSING_SAMPLE)) {
    out.put(0, 2);
    return samples;
  }
  const runs: { start: number; length: number }[] = [];
  let missing = 0;
  for (let i = 0; i < samples.length; i++) {
    if (samples[i] !== MISSING_SAMPLE) continue;
    const last = runs.at(-1);
    if (last && last.start + last.length === i) last.length++;
    else runs.push({ start: i, length: 1 });
    missing++;
  }
  out.put(missing === samples.length ? 1 : 0, 1);
  if (missing === samples.length) return undefined;
  out.put(missing > 0 ? 1 : 0, 1);
  if (missing === 0) return samples;
  out.put(runs.length, 16);
  for (const { start, length } of runs) {
    out.put(start, 16);
    out.put(length, 16);
  }
  return samples.filter((value) => value !== MISSING_SAMPLE);
}

function packLead(values: Int32Array, before: readonly (Differences | undefined)[], out: BitWriter): Differences {
  const order = bestOrder(values);
  const own = differencesOf(values, order);
  const power = powerOf(own);
  const { reference, weight } = bestReference(own, power, before);
  out.put(order, 2);
  out.put(reference + 1, 5);
  if (reference >= 0) out.put(weight - LOWEST_WEIGHT, 5);
  const left = reference < 0 ? own : lessForetold(own, before[reference]!.values, weight);
  let sum = FIRST_SUM;
  for (let i = 0; i < left.length; i++) {
    const code = zigzag(left[i]!);
    const k = parameterOf(sum);
    const quotient = code >>> k; // of a code of 2^31 and more at least 2^9: it escapes
    const width = quotient + 1 + k;
    if (quotient >= ESCAPE) {
      out.put(0, ESCAPE);
      out.put(code, 32);
    } else if (width <= 32) {
      out.put((1 << k) | (code & ((1 << k) - 1)), width); // `quotient` zeros, a one, then the low bits
    } else {
      out.put(1, quotient + 1);
      out.put(code & ((1 << k) - 1), k);
    }
    sum = learned(sum, code);
  }
  return { values: own, power };
}

/** @returns planar, as `packSamples` was given. @throws RangeError where the bytes end early */
export function unpackSamples(bytes: Uint8Array, leads: number, length: number): Int32Array {
  const input = new BitReader(bytes);
  const samples = new Int32Array(leads * length).fill(MISSING_SAMPLE);
  const differences: (Int32Array | undefined)[] = [];
  for (let lead = 0; lead < leads; lead++) {
    if (input.take(1) === 1) {
      differences.push(undefined);
      continue;
    }
    const present = presence(input, length);
    const order = input.take(2);
    const reference = input.take(5) - 1;
    const weight = reference < 0 ? 0 : input.take(5) + LOWEST_WEIGHT;
    const own = unpackDifferences(input, present?.length ?? length, reference < 0 ? undefined : differences[reference], weight);
    differences.push(own);
    const values = summed(own, order);
    const target = samples.subarray(lead * length, (lead + 1) * length);
    if (present) present.forEach((at, i) => (target[at] = values[i]!));
    else target.set(values);
  }
  return samples;
}

/** Places of the samples that are there, or undefined where all are. */
function presence(input: BitReader, length: number): Int32Array | undefined {
  if (input.take(1) === 0) return undefined;
  const absent = new Uint8Array(length);
  for (let runs = input.take(16); runs > 0; runs--) {
    const start = input.take(16);
    absent.fill(1, start, start + input.take(16));
  }
  return Int32Array.from({ length }, (_, i) => i).filter((i) => absent[i] === 0);
}

function unpackDifferences(input: BitReader, count: number, other: Int32Array | undefined, weight: number): Int32Array {
  const own = new Int32Array(count);
  let sum = FIRST_SUM;
  for (let i = 0; i < count; i++) {
    const k = parameterOf(sum);
    const ahead = input.peek();
    const quotient = Math.clz32(ahead);
    const width = quotient + 1 + k;
    let code: number;
    if (quotient >= ESCAPE) {
      input.skip(ESCAPE);
      code = input.take32();
    } else if (width <= 32) {
      input.skip(width);
      code = (quotient << k) | ((ahead >>> (32 - width)) & ((1 << k) - 1));
    } else {
      input.skip(quotient + 1);
      code = (quotient << k) | input.take(k);
    }
    own[i] = unzigzag(code);
    sum = learned(sum, code);
  }
  if (other !== undefined) for (let i = 0; i < count && i < other.length; i++) own[i] = own[i]! + foretold(other[i]!, weight);
  return own;
}

const foretold = (other: number, weight: number): number => (Math.imul(other, weight) + HALF_WEIGHT_STEP) >> WEIGHT_BITS;

function lessForetold(own: Int32Array, other: Int32Array, weight: number): Int32Array {
  const left = own.slice();
  for (let i = 0; i < left.length && i < other.length; i++) left[i] = left[i]! - foretold(other[i]!, weight);
  return left;
}

/** The order whose differences are smallest in sum. */
function bestOrder(values: Int32Array): number {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  let a = 0, b = 0, c = 0; // differences of order 0, 1 and 2 of the sample before
  for (let i = 0; i < values.length; i++) {
    const d0 = values[i]!;
    const d1 = (d0 - a) | 0;
    const d2 = (d1 - b) | 0;
    const d3 = (d2 - c) | 0;
    if (i >= ORDERS - 1) {
      s0 += Math.abs(d0);
      s1 += Math.abs(d1);
      s2 += Math.abs(d2);
      s3 += Math.abs(d3);
    }
    a = d0;
    b = d1;
    c = d2;
  }
  const sums = [s0, s1, s2, s3];
  return sums.indexOf(Math.min(s0, s1, s2, s3));
}

function differencesOf(values: Int32Array, order: number): Int32Array {
  const out = values.slice();
  for (let pass = 0; pass < order; pass++) {
    for (let i = out.length - 1; i > pass; i--) out[i] = (out[i]! - out[i - 1]!) | 0;
  }
  return out;
}

function summed(differences: Int32Array, order: number): Int32Array {
  const out = differences.slice();
  for (let pass = order - 1; pass >= 0; pass--) {
    for (let i = pass + 1; i < out.length; i++) out[i] = (out[i]! + out[i - 1]!) | 0;
  }
  return out;
}

/** The lead before whose differences take most out of `own`, and with which weight; -1 where none takes a twentieth. */
function bestReference(own: Int32Array, power: number, before: readonly (Differences | undefined)[]): { reference: number; weight: number } {
  let best = { reference: -1, weight: 0 };
  let least = power * 0.9; // in squares, so a twentieth in size
  for (let reference = 0; reference < before.length; reference++) {
    const other = before[reference];
    if (!other || other.values.length !== own.length || other.power === 0) continue;
    const cross = crossOf(own, other.values);
    const weight = Math.max(LOWEST_WEIGHT, Math.min(HIGHEST_WEIGHT, Math.round((WEIGHT_STEPS * cross) / other.power)));
    const w = weight / WEIGHT_STEPS;
    const left = power - 2 * w * cross + w * w * other.power;
    if (left >= least) continue;
    least = left;
    best = { reference, weight };
  }
  return best;
}

const powerOf = (values: Int32Array): number => crossOf(values, values);

function crossOf(a: Int32Array, b: Int32Array): number {
  let cross = 0;
  for (let i = ORDERS; i < a.length; i += SEARCH_STEP) cross += a[i]! * b[i]!;
  return cross;
}
