/**
 * The encoder's own preprocessing: what turns ten seconds of microvolts at the model's sampling frequency into
 * the model's input. It is declared in the model's manifest and implemented here once; training and serving
 * both call `preprocess`, so what the model learned is what it sees.
 *
 * Every step is a pure function of the one segment. A causal 0.5 Hz high-pass would distort the ST segment
 * (AHA 2007) and would need seconds of history that a 10 s training record does not have; filtering each
 * segment forwards and backwards does neither.
 */
import { BiquadCascade, filtfilt, highPass, lowPass } from './biquad.ts';
import { hz, type Hz } from '../units.ts';

/** The chain, as a manifest declares it. */
export interface Preprocessing {
  /** Zero-phase second-order Butterworth high-pass, applied forwards and backwards. */
  readonly highPassHz: number;
  /** Zero-phase low-pass, likewise. */
  readonly lowPassHz: number;
  /** Samples are limited to this many microvolts either way, after filtering. */
  readonly clipUv: number;
  /**
   * `record-zscore`: divide by the standard deviation over all present leads together (amplitude ratios between leads stay);
   * `lead-zscore`: each lead by its own; `fixed`: divide by `scaleUv` (absolute amplitudes stay).
   */
  readonly normalise: 'record-zscore' | 'lead-zscore' | 'fixed';
  /** Divisor of `fixed`, and the floor of a standard deviation, so that a flat lead does not become noise. */
  readonly scaleUv: number;
}

/** Odd reflection at each end, in seconds: three time constants of a 0.5 Hz high-pass would be 1 s. */
const PADDING_SECONDS = 1;

/** Holds the scratch memory and filter state of one chain, so that a live segment allocates nothing. */
export class Preprocessor {
  readonly #chain: Preprocessing;
  readonly #leadCount: number;
  readonly #length: number;
  readonly #padding: number;
  readonly #cascade: BiquadCascade;
  readonly #scratch: Float64Array;

  constructor(chain: Preprocessing, fs: Hz, leadCount: number, length: number) {
    this.#chain = chain;
    this.#leadCount = leadCount;
    this.#length = length;
    this.#padding = Math.round(PADDING_SECONDS * fs);
    this.#cascade = new BiquadCascade([highPass(hz(chain.highPassHz), fs), lowPass(hz(chain.lowPassHz), fs)]);
    this.#scratch = new Float64Array(length);
  }

  /**
   * @param samplesUv planar [leads][length] in microvolts; leads that are not present are not read
   * @param presence one per lead, 1 = present
   * @param out planar [leads][length], filled: zero for every lead that is not present
   * @throws RangeError where a shape is wrong or a present lead holds a missing sample
   */
  run(samplesUv: Float32Array, presence: Uint8Array, out: Float32Array): void {
    const n = this.#length;
    if (samplesUv.length !== this.#leadCount * n || out.length !== samplesUv.length || presence.length !== this.#leadCount) {
      throw new RangeError(`a segment has ${this.#leadCount} x ${n} samples, received ${samplesUv.length} in, ${out.length} out, ${presence.length} leads`);
    }
    const { clipUv, normalise, scaleUv } = this.#chain;
    let sumOfSquares = 0;
    let presentLeads = 0;
    for (let lead = 0; lead < this.#leadCount; lead++) {
      const target = out.subarray(lead * n, (lead + 1) * n);
      if (presence[lead] !== 1) {
        target.fill(0);
        continue;
      }
      presentLeads++;
      this.#scratch.set(samplesUv.subarray(lead * n, (lead + 1) * n));
      filtfilt(this.#scratch, this.#cascade, this.#padding);
      let leadSquares = 0;
      for (let i = 0; i < n; i++) {
        const value = Math.max(-clipUv, Math.min(clipUv, this.#scratch[i]!));
        leadSquares += value * value;
        target[i] = value;
      }
      if (Number.isNaN(leadSquares)) throw new RangeError(`lead ${lead} is marked present but misses samples`);
      if (normalise === 'lead-zscore') scale(target, 1 / Math.max(scaleUv, Math.sqrt(leadSquares / n)));
      sumOfSquares += leadSquares;
    }
    // The high-pass has removed the mean, so the root mean square is the standard deviation.
    if (normalise === 'record-zscore' && presentLeads > 0) scale(out, 1 / Math.max(scaleUv, Math.sqrt(sumOfSquares / (presentLeads * n))));
    if (normalise === 'fixed') scale(out, 1 / scaleUv);
  }
}

function scale(samples: Float32Array, factor: number): void {
  for (let i = 0; i < samples.length; i++) samples[i] = samples[i]! * factor;
}
