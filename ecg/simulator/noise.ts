/** What a recording holds besides the heart: baseline wander, muscle and mains. */
import { BiquadCascade, highPass, lowPass } from '../dsp/biquad.ts';
import { hz, type Hz } from '../units.ts';
import type { Random } from './random.ts';

/** Typical of a bedside monitor with good electrodes; amplitudes in microvolts. */
export interface NoiseLevels {
  /** Peak of the wander that breathing moves the baseline by; each lead gets its own share. */
  readonly respirationUv: number;
  /** Peak of slower wander: skin and electrode. */
  readonly driftUv: number;
  /** Root mean square of muscle noise, 20 Hz upwards. */
  readonly muscleUv: number;
  /** Peak of mains hum. */
  readonly mainsUv: number;
  /** 50 or 60. */
  readonly mainsHz: number;
}

export const DEFAULT_NOISE: NoiseLevels = { respirationUv: 60, driftUv: 70, muscleUv: 7, mainsUv: 5, mainsHz: 50 };

/** The band of surface muscle noise that a monitor passes, in hertz. */
const MUSCLE_BAND = [20, 120] as const;
/** Slow wander is two tones between these frequencies, in hertz. */
const DRIFT_BAND = [0.03, 0.15] as const;

/** The noise of one lead. */
export class LeadNoise {
  readonly #random: Random;
  readonly #muscle: BiquadCascade;
  readonly #muscleUv: number;
  readonly #tones: readonly { readonly radiansPerSecond: number; readonly phase: number; readonly uv: number }[];
  readonly #respirationUv: number;

  constructor(levels: NoiseLevels, random: Random, fs: Hz) {
    this.#random = random;
    const top = Math.min(MUSCLE_BAND[1], 0.4 * fs);
    const bottom = Math.min(MUSCLE_BAND[0], top / 2);
    this.#muscle = new BiquadCascade([highPass(hz(bottom), fs), lowPass(hz(top), fs)]);
    // White noise keeps the share of its power that the band is of half the sampling frequency.
    this.#muscleUv = levels.muscleUv / Math.sqrt((top - bottom) / (fs / 2));
    const share = (): number => 0.4 + 0.6 * random.uniform();
    const side = (): number => (random.uniform() < 0.5 ? -1 : 1);
    const tone = (frequency: number, uv: number): { radiansPerSecond: number; phase: number; uv: number } => ({
      radiansPerSecond: 2 * Math.PI * frequency, phase: 2 * Math.PI * random.uniform(), uv });
    const drift = (): number => DRIFT_BAND[0] + (DRIFT_BAND[1] - DRIFT_BAND[0]) * random.uniform();
    // Hum above half the sampling frequency never gets past a device's own filter.
    const hum = levels.mainsHz < 0.45 * fs ? [tone(levels.mainsHz, levels.mainsUv * share())] : [];
    this.#tones = [tone(drift(), (levels.driftUv / 2) * share()), tone(drift(), (levels.driftUv / 2) * share()), ...hum];
    this.#respirationUv = levels.respirationUv * share() * side();
  }

  /** Microvolts at `time` seconds. @param breath in [-1, 1] */
  next(time: number, breath: number): number {
    let sum = this.#respirationUv * breath + this.#muscle.next(this.#random.normal() * this.#muscleUv);
    for (const { radiansPerSecond, phase, uv } of this.#tones) sum += uv * Math.sin(radiansPerSecond * time + phase);
    return sum;
  }
}
