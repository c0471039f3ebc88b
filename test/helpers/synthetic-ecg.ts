/** Waveforms whose truth is known by construction: bell-shaped P, QRS and T at given times, noise from a seed. */
export interface SyntheticBeat {
  /** Time of the R peak, seconds. */
  readonly at: number;
  /** R amplitude, microvolts. Default 1000. */
  readonly r?: number;
  /** T amplitude, microvolts. Default 200. */
  readonly t?: number;
  /** Width of the QRS, standard deviation of the bell in seconds. Default 0.012 (about 80 ms at its base). */
  readonly width?: number;
}

const bell = (distance: number, width: number): number => Math.exp(-0.5 * (distance / width) ** 2);

export function syntheticEcg(fs: number, seconds: number, beats: readonly SyntheticBeat[]): Float32Array {
  const out = new Float32Array(Math.round(fs * seconds));
  for (const { at, r = 1000, t = 200, width = 0.012 } of beats) {
    const from = Math.max(0, Math.floor((at - 0.4) * fs));
    const to = Math.min(out.length, Math.ceil((at + 0.8) * fs));
    for (let i = from; i < to; i++) {
      const x = i / fs - at;
      out[i] = out[i]! + r * (bell(x, width) - 0.15 * bell(x - 2.5 * width, width)) + t * bell(x - 0.27, 0.05) + 0.1 * r * bell(x + 0.16, 0.025);
    }
  }
  return out;
}

/** R peaks every `rr` seconds from `from` until `to`. */
export function regular(rr: number, from: number, to: number, beat: Omit<SyntheticBeat, 'at'> = {}): SyntheticBeat[] {
  const beats: SyntheticBeat[] = [];
  for (let at = from; at < to; at += rr) beats.push({ at, ...beat });
  return beats;
}

/** White noise with the given standard deviation, always the same for the same seed (mulberry32). */
export function addNoise(samples: Float32Array, deviation: number, seed: number): Float32Array {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
  return samples.map((value) => value + deviation * Math.sqrt(12 / 4) * (uniform() + uniform() + uniform() + uniform() - 2));
}
