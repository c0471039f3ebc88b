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

/** Streaming resampler of one lead. `push` gives the output samples that have become final. */
export class Resampler {
  readonly #numerator: number; // input samples per output sample = numerator / denominator
  readonly #denominator: number;
  readonly #reach: number; // input samples on each side of an output sample's centre
  readonly #scale: number;
  readonly #weights = new Map<number, Float64Array>();
  #held = new Float64Array(0); // input samples from #heldFrom on
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
    const out: number[] = [];
    for (; this.#centre(this.#produced) + this.#reach < this.#received; this.#produced++) out.push(this.#output());
    return Float32Array.from(out);
  }

  /** The output samples still owed at the end of a recording, from what has been received. */
  flush(): Float32Array {
    if (this.isIdentity) return new Float32Array(0);
    const out: number[] = [];
    const total = Math.ceil((this.#received * this.#denominator) / this.#numerator);
    for (; this.#produced < total; this.#produced++) out.push(this.#output());
    return Float32Array.from(out);
  }

  #centre(output: number): number {
    return Math.floor((output * this.#numerator) / this.#denominator);
  }

  #hold(samples: Float32Array): void {
    const keepFrom = Math.max(this.#heldFrom, this.#centre(this.#produced) - this.#reach);
    const kept = this.#held.subarray(Math.min(keepFrom - this.#heldFrom, this.#held.length));
    const next = new Float64Array(kept.length + samples.length);
    next.set(kept);
    next.set(samples, kept.length);
    this.#held = next;
    this.#heldFrom = keepFrom;
    this.#received += samples.length;
  }

  #output(): number {
    const centre = this.#centre(this.#produced);
    const weights = this.#weightsOf((this.#produced * this.#numerator) % this.#denominator);
    const first = Math.max(0, centre - this.#reach + 1);
    const last = Math.min(this.#received - 1, centre + this.#reach);
    let sum = 0;
    let total = 0;
    for (let i = first; i <= last; i++) {
      const weight = weights[i - centre + this.#reach - 1]!;
      sum += weight * this.#held[i - this.#heldFrom]!;
      total += weight;
    }
    // Inside the signal `total` is 1; at its two ends the kernel is cut off and scaled up again.
    return sum / total;
  }

  #weightsOf(phase: number): Float64Array {
    const known = this.#weights.get(phase);
    if (known) return known;
    const fraction = phase / this.#denominator;
    const weights = new Float64Array(2 * this.#reach);
    for (let k = 0; k < weights.length; k++) {
      const distance = (k - this.#reach + 1 - fraction) * this.#scale;
      weights[k] = sinc(distance) * kaiser(distance / HALF_WIDTH);
    }
    // A device with an odd clock (say 257.313 Hz) has too many phases to keep them all.
    if (this.#weights.size < 4096) this.#weights.set(phase, weights);
    return weights;
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
