/**
 * Cuts a bed's stream into overlapping segments at the model's sampling frequency. Pure and chunk-invariant:
 * however the samples arrive, the same segments come out.
 */
import { Resampler } from './dsp/resample.ts';
import type { Hz } from './units.ts';

/** A window of the feed's own leads at the model's sampling frequency; the arrays are the receiver's to keep. */
export interface FeedWindow {
  /** Index of the first sample on the model's axis since the epoch's first sample. */
  readonly startIndex: number;
  /** Planar, one array of `length` samples per lead of the feed, in microvolts; NaN where missing. */
  readonly samplesUv: readonly Float32Array[];
}

export interface SegmenterOptions {
  readonly leadCount: number;
  readonly from: Hz;
  readonly to: Hz;
  /** Samples of one window, at `to`. */
  readonly length: number;
  /** Samples from one window's start to the next, at `to`. */
  readonly hop: number;
}

export class Segmenter {
  readonly #resamplers: readonly Resampler[];
  readonly #rings: readonly Float32Array[];
  readonly #length: number;
  readonly #hop: number;
  #produced = 0;
  #nextStart = 0;

  /** @throws RangeError where length or hop is no positive whole number */
  constructor({ leadCount, from, to, length, hop }: SegmenterOptions) {
    if (!(Number.isInteger(length) && length > 0 && Number.isInteger(hop) && hop > 0)) {
      throw new RangeError(`length and hop are positive whole numbers, received ${length} and ${hop}`);
    }
    this.#resamplers = Array.from({ length: leadCount }, () => new Resampler(from, to));
    this.#rings = Array.from({ length: leadCount }, () => new Float32Array(length));
    this.#length = length;
    this.#hop = hop;
  }

  /** Takes the next samples of every lead (NaN where missing) and returns the windows they complete. */
  push(samplesUv: readonly Float32Array[]): FeedWindow[] {
    const resampled = this.#resamplers.map((resampler, lead) => resampler.push(samplesUv[lead]!));
    const windows: FeedWindow[] = [];
    const count = resampled[0]?.length ?? 0;
    for (let taken = 0; taken < count; ) {
      const end = this.#nextStart + this.#length;
      const step = Math.min(count - taken, end - this.#produced);
      this.#store(resampled, taken, step);
      taken += step;
      if (this.#produced === end) {
        windows.push(this.#window());
        this.#nextStart += this.#hop;
      }
    }
    return windows;
  }

  #store(resampled: readonly Float32Array[], from: number, step: number): void {
    resampled.forEach((samples, lead) => {
      const ring = this.#rings[lead]!;
      for (let i = 0; i < step; i++) ring[(this.#produced + i) % this.#length] = samples[from + i]!;
    });
    this.#produced += step;
  }

  #window(): FeedWindow {
    const oldest = this.#produced % this.#length;
    const samplesUv = this.#rings.map((ring) => {
      const ordered = new Float32Array(this.#length);
      ordered.set(ring.subarray(oldest));
      ordered.set(ring.subarray(0, oldest), this.#length - oldest);
      return ordered;
    });
    return { startIndex: this.#nextStart, samplesUv };
  }
}
