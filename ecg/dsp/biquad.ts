/**
 * Second-order sections, direct form II transposed, and Butterworth designs by the bilinear transform.
 * One `BiquadCascade` holds the state of one lead of one bed; nothing is shared.
 */
import type { Hz } from '../units.ts';

/** Normalised coefficients (a0 = 1): y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y''. */
export interface BiquadCoefficients {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

/** Q of a second-order Butterworth section. */
const BUTTERWORTH_Q = Math.SQRT1_2;

function prewarped(cutoff: Hz, fs: Hz, q: number): { k: number; norm: number } {
  if (!(cutoff > 0 && cutoff < fs / 2)) throw new RangeError(`a cutoff lies between 0 and fs/2 = ${fs / 2} Hz, received ${cutoff}`);
  const k = Math.tan((Math.PI * cutoff) / fs);
  return { k, norm: 1 / (1 + k / q + k * k) };
}

/** Second-order Butterworth low-pass. @throws RangeError where the cutoff is not between 0 and fs/2 */
export function lowPass(cutoff: Hz, fs: Hz, q = BUTTERWORTH_Q): BiquadCoefficients {
  const { k, norm } = prewarped(cutoff, fs, q);
  const b0 = k * k * norm;
  return { b0, b1: 2 * b0, b2: b0, a1: 2 * (k * k - 1) * norm, a2: (1 - k / q + k * k) * norm };
}

/** Butterworth low-pass of an even order, as sections. @throws RangeError where the cutoff is not between 0 and fs/2 */
export function butterworthLowPass(order: number, cutoff: Hz, fs: Hz): BiquadCoefficients[] {
  return Array.from({ length: order / 2 }, (_, i) => lowPass(cutoff, fs, 1 / (2 * Math.sin(((2 * i + 1) * Math.PI) / (2 * order)))));
}

/** Second-order Butterworth high-pass. @throws RangeError where the cutoff is not between 0 and fs/2 */
export function highPass(cutoff: Hz, fs: Hz): BiquadCoefficients {
  const { k, norm } = prewarped(cutoff, fs, BUTTERWORTH_Q);
  return { b0: norm, b1: -2 * norm, b2: norm, a1: 2 * (k * k - 1) * norm, a2: (1 - k / BUTTERWORTH_Q + k * k) * norm };
}

/** A chain of sections with the state of one signal. */
export class BiquadCascade {
  readonly #sections: readonly BiquadCoefficients[];
  readonly #state: Float64Array;

  constructor(sections: readonly BiquadCoefficients[]) {
    this.#sections = sections;
    this.#state = new Float64Array(sections.length * 2);
  }

  /** Forgets the past. */
  reset(): void {
    this.#state.fill(0);
  }

  /** Sets the state reached after an endless constant input, so that a signal with an offset starts without a step. */
  settle(constant: number): void {
    let x = constant;
    for (let s = 0; s < this.#sections.length; s++) {
      const { b0, b1, b2, a1, a2 } = this.#sections[s]!;
      const y = (x * (b0 + b1 + b2)) / (1 + a1 + a2);
      this.#state[2 * s + 1] = b2 * x - a2 * y;
      this.#state[2 * s] = b1 * x - a1 * y + this.#state[2 * s + 1]!;
      x = y;
    }
  }

  /** One sample in, one sample out. */
  next(sample: number): number {
    let x = sample;
    const state = this.#state;
    for (let s = 0, z = 0; s < this.#sections.length; s++, z += 2) {
      const { b0, b1, b2, a1, a2 } = this.#sections[s]!;
      const y = b0 * x + state[z]!;
      state[z] = b1 * x - a1 * y + state[z + 1]!;
      state[z + 1] = b2 * x - a2 * y;
      x = y;
    }
    return x;
  }

  /** Filters `samples` in place, forwards. */
  forward(samples: Float32Array | Float64Array): void {
    this.#filter(samples, 0, 1);
  }

  /** Filters `samples` in place, from the last to the first. */
  backward(samples: Float32Array | Float64Array): void {
    this.#filter(samples, samples.length - 1, -1);
  }

  /** What `next` does to each sample; one and two sections, which is all that runs at every bed, keep everything in registers. */
  #filter(samples: Float32Array | Float64Array, first: number, step: 1 | -1): void {
    const [one, two] = this.#sections;
    const state = this.#state;
    const n = samples.length;
    if (one === undefined || this.#sections.length > 2) {
      for (let i = first, left = n; left > 0; i += step, left--) samples[i] = this.next(samples[i]!);
      return;
    }
    const { b0, b1, b2, a1, a2 } = one;
    let z0 = state[0]!;
    let z1 = state[1]!;
    if (two === undefined) {
      for (let i = first, left = n; left > 0; i += step, left--) {
        const x = samples[i]!;
        const y = b0 * x + z0;
        z0 = b1 * x - a1 * y + z1;
        z1 = b2 * x - a2 * y;
        samples[i] = y;
      }
    } else {
      const { b0: c0, b1: c1, b2: c2, a1: d1, a2: d2 } = two;
      let w0 = state[2]!;
      let w1 = state[3]!;
      for (let i = first, left = n; left > 0; i += step, left--) {
        const x = samples[i]!;
        const y = b0 * x + z0;
        z0 = b1 * x - a1 * y + z1;
        z1 = b2 * x - a2 * y;
        const v = c0 * y + w0;
        w0 = c1 * y - d1 * v + w1;
        w1 = c2 * y - d2 * v;
        samples[i] = v;
      }
      state[2] = w0;
      state[3] = w1;
    }
    state[0] = z0;
    state[1] = z1;
  }
}

/** Scratch memory of `filtfilt`, which keeps nothing in it from one call to the next. */
let scratch = new Float64Array(0);

/**
 * Zero-phase filtering of a whole signal in place: forwards, then backwards, over an odd reflection of
 * `padding` samples at each end (as scipy's filtfilt), each pass begun in the settled state.
 */
export function filtfilt(samples: Float64Array, cascade: BiquadCascade, padding: number): void {
  const n = samples.length;
  const pad = Math.min(padding, n - 1);
  if (scratch.length < n + 2 * pad) scratch = new Float64Array(n + 2 * pad);
  const extended = scratch.subarray(0, n + 2 * pad);
  const first = 2 * samples[0]!;
  const last = 2 * samples[n - 1]!;
  extended.set(samples, pad);
  for (let i = 1; i <= pad; i++) {
    extended[pad - i] = first - samples[i]!;
    extended[pad + n - 1 + i] = last - samples[n - 1 - i]!;
  }
  cascade.settle(extended[0]!);
  cascade.forward(extended);
  cascade.settle(extended[extended.length - 1]!);
  cascade.backward(extended);
  samples.set(extended.subarray(pad, pad + n));
}
