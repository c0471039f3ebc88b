/**
 * Rational resampling with a Kaiser-windowed sinc, one output sample at a time, so that a stream cut into any
 * blocks gives exactly what the whole recording gives. Training and serving both call this.
 */
import type { Hz } from '../units.ts';

/** Zero crossings of the sinc on each side: 80 dB of stop band with the window below. */
const HALF_WIDTH = 16;
/** Pass band edge as a share of the lower of the two sampling frequencies. */
const CUTOFF = 0.45;
const KAISER_BETA = 8;
/** Frequencies are taken as whole millihertz, which makes every ratio rational. */
const MILLIHERTZ = 1000;

/** Room for a second or several of frames, until the held samples are moved to the front again. */
const SPARE_SAMPLES = 1024;

/** The sinc of one phase, and its sum: 1 but for the last binary places. */
interface Kernel {
  readonly weights: Float64Array;
  readonly total: number;
}

/** Streaming resampler of one lead. `push` gives the output samples that have become final. */
export class Resampler {
  readonly #numerator: number; // input samples per output sample = numerator / denominator
  readonly #denominator: number;
  readonly #reach: number; // input samples on each side of an output sample's centre
  readonly #scale: number;
  readonly #kernels = new Map<number, Kernel>();
  #held = new Float64Array(0); // input samples from #heldFrom on, #heldLength of them
  #heldLength = 0;
  #heldFrom = 0;
  #received = 0;
  #produced = 0;

  /** @throws RangeError where a frequency is not positive */
  constructor(from: Hz, to: Hz) {
    if (!(from > 0 && to > 0)) throw new RangeError(`sampling frequencies are positive, received ${from} and ${to}`);
    const fromMilli = Math.round(from * MILLIHERTZ);
    const toMilli = Math.round(to * MILLIHERTZ);
    const divisor = greatestCommonDivisor(fromMilli, toMilli);
    this.#numerator = fromMilli / divisor;
    this.#denominator = toMilli / divisor;
    this.#scale = 2 * CUTOFF * Math.min(1, to / from);
    this.#reach = this.isIdentity ? 0 : Math.ceil(HALF_WIDTH / this.#scale);
  }

  /** True where both frequencies are the same: samples pass untouched. */
  get isIdentity(): boolean {
    return this.#numerator === this.#denominator;
  }

  /** Input samples that must follow an output sample's instant before it is final. */
  get delaySamples(): number {
    return this.#reach;
  }

  /** Takes the next input samples (NaN = missing, and spreads to every output sample it touches). */
  push(samples: Float32Array): Float32Array {
    if (this.isIdentity) return samples.slice();
    this.#hold(samples);
    let until = this.#produced;
    while (this.#centre(until) + this.#reach < this.#received) until++;
    return this.#outputs(until);
  }

  /** The output samples still owed at the end of a recording, from what has been received. */
  flush(): Float32Array {
    if (this.isIdentity) return new Float32Array(0);
    return this.#outputs(Math.max(this.#produced, Math.ceil((this.#received * this.#denominator) / this.#numerator)));
  }

  #outputs(until: number): Float32Array {
    const out = new Float32Array(until - this.#produced);
    for (let i = 0; i < out.length; ) {
      // Each sum waits for its own last addition; four at a time wait together.
      if (i + 4 <= out.length && this.#isWhole(this.#produced) && this.#isWhole(this.#produced + 3)) {
        this.#fourOutputs(out, i);
        i += 4;
      } else {
        out[i++] = this.#output();
        this.#produced++;
      }
    }
    return out;
  }

  /** Whether all samples of the kernel are there: so everywhere but at the two ends. */
  #isWhole(output: number): boolean {
    const centre = this.#centre(output);
    return centre + 1 >= this.#reach && centre + this.#reach < this.#received;
  }

  #fourOutputs(out: Float32Array, at: number): void {
    const held = this.#held;
    const first = this.#produced;
    const [a, b, c, d] = [this.#kernelAt(first), this.#kernelAt(first + 1), this.#kernelAt(first + 2), this.#kernelAt(first + 3)];
    const [fromA, fromB, fromC, fromD] = [this.#placeOf(first), this.#placeOf(first + 1), this.#placeOf(first + 2), this.#placeOf(first + 3)];
    const { weights: wa } = a, { weights: wb } = b, { weights: wc } = c, { weights: wd } = d;
    let sumA = 0, sumB = 0, sumC = 0, sumD = 0;
    for (let i = 0; i < wa.length; i++) {
      sumA += wa[i]! * held[fromA + i]!;
      sumB += wb[i]! * held[fromB + i]!;
      sumC += wc[i]! * held[fromC + i]!;
      sumD += wd[i]! * held[fromD + i]!;
    }
    out[at] = sumA / a.total;
    out[at + 1] = sumB / b.total;
    out[at + 2] = sumC / c.total;
    out[at + 3] = sumD / d.total;
    this.#produced += 4;
  }

  /** Where in #held the kernel of an output begins. */
  #placeOf(output: number): number {
    return this.#centre(output) - this.#reach + 1 - this.#heldFrom;
  }

  #kernelAt(output: number): Kernel {
    return this.#kernelOf((output * this.#numerator) % this.#denominator);
  }

  #centre(output: number): number {
    return Math.floor((output * this.#numerator) / this.#denominator);
  }

  #hold(samples: Float32Array): void {
    if (this.#heldLength + samples.length > this.#held.length) this.#makeRoom(samples.length);
    const held = this.#held;
    const at = this.#heldLength;
    for (let i = 0; i < samples.length; i++) held[at + i] = samples[i]!;
    this.#heldLength += samples.length;
    this.#received += samples.length;
  }

  /** Forgets what no output will need again; now and then, so that most samples are moved never or once. */
  #makeRoom(count: number): void {
    const from = Math.max(this.#heldFrom, this.#centre(this.#produced) - this.#reach);
    const kept = this.#held.subarray(Math.min(from - this.#heldFrom, this.#heldLength), this.#heldLength);
    if (kept.length + count > this.#held.length) {
      const larger = new Float64Array(kept.length + count + SPARE_SAMPLES);
      larger.set(kept);
      this.#held = larger;
    } else {
      this.#held.set(kept);
    }
    this.#heldLength = kept.length;
    this.#heldFrom = from;
  }

  #output(): number {
    const { weights, total } = this.#kernelAt(this.#produced);
    const from = this.#placeOf(this.#produced);
    if (this.#isWhole(this.#produced)) return weighted(this.#held, from, weights, 0, weights.length) / total;
    // At the two ends the kernel is cut off and scaled up again.
    const begin = Math.max(0, -this.#heldFrom - from);
    const end = Math.min(weights.length, this.#received - this.#heldFrom - from);
    return weighted(this.#held, from + begin, weights, begin, end) / sumOf(weights, begin, end);
  }

  #kernelOf(phase: number): Kernel {
    const known = this.#kernels.get(phase);
    if (known) return known;
    const fraction = phase / this.#denominator;
    const weights = new Float64Array(2 * this.#reach);
    for (let k = 0; k < weights.length; k++) {
      const distance = (k - this.#reach + 1 - fraction) * this.#scale;
      weights[k] = sinc(distance) * kaiser(distance / HALF_WIDTH);
    }
    // A device with an odd clock (say 257.313 Hz) has too many phases to keep them all.
    const kernel = { weights, total: sumOf(weights, 0, weights.length) };
    if (this.#kernels.size < 4096) this.#kernels.set(phase, kernel);
    return kernel;
  }
}

/** A whole recording at once: the same samples as streaming it gives, plus the flushed end. */
export function resample(samples: Float32Array, from: Hz, to: Hz): Float32Array {
  const resampler = new Resampler(from, to);
  const body = resampler.push(samples);
  const tail = resampler.flush();
  const out = new Float32Array(body.length + tail.length);
  out.set(body);
  out.set(tail, body.length);
  return out;
}

function weighted(samples: Float64Array, from: number, weights: Float64Array, begin: number, end: number): number {
  let sum = 0;
  for (let i = begin, at = from; i < end; i++, at++) sum += weights[i]! * samples[at]!;
  return sum;
}

function sumOf(weights: Float64Array, begin: number, end: number): number {
  let sum = 0;
  for (let i = begin; i < end; i++) sum += weights[i]!;
  return sum;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - x * x)) / besselI0(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
