/** Oscillations without beats: ventricular fibrillation, and the f waves of fibrillating atria. */
import { Wander, type Random } from './random.ts';

interface OscillationShape {
  /** Mean frequency and its wandering, in hertz. */
  readonly hz: readonly [mean: number, spread: number];
  /** Shares of the second and third harmonic: what makes it pointed rather than a sine. */
  readonly harmonics: readonly [second: number, third: number];
  /** Mean amplitude per axis in millivolts, and how much it wanders as a share. */
  readonly dipole: readonly [x: number, y: number, z: number];
  readonly amplitudeSpread: number;
  /** How far the axes drift out of step, in radians: 0 is one fixed direction. */
  readonly disorder: number;
}

/**
 * Coarse fibrillation: its dominant frequency in people is 4 to 6 Hz (Clayton, Murray and Campbell, Med. Biol. Eng. Comput.
 * 31:111-117, 1993), its amplitude waxes and wanes within seconds, and no direction holds.
 */
export const VENTRICULAR_FIBRILLATION: OscillationShape = {
  hz: [5, 0.6], harmonics: [0.22, 0.08], dipole: [0.45, 0.5, 0.5], amplitudeSpread: 0.38, disorder: 1.9 };

/** f waves: 4 to 9 Hz, below 0.1 mV in most leads, largest in V1 (Petrutiu et al., Europace 9:466-470, 2007). */
export const ATRIAL_FIBRILLATION: OscillationShape = {
  hz: [6, 0.5], harmonics: [0.35, 0.15], dipole: [0.015, 0.045, 0.07], amplitudeSpread: 0.3, disorder: 0.5 };

/** Least share of its mean amplitude that an oscillation sinks to. */
const LEAST_AMPLITUDE = 0.4;
/** Seconds over which frequency, amplitude and direction change. */
const WANDER_SECONDS = 0.6;
/** Seconds in which an oscillation comes and goes. */
const ONSET_SECONDS = 0.25;

export class Oscillation {
  readonly #shape: OscillationShape;
  readonly #dt: number;
  readonly #frequency: Wander;
  readonly #amplitude: Wander;
  readonly #lags: readonly Wander[];
  #phase = 0;
  #gain = 0;

  /** @param dt seconds between two samples */
  constructor(shape: OscillationShape, random: Random, dt: number) {
    this.#shape = shape;
    this.#dt = dt;
    const wander = (): Wander => new Wander(random, WANDER_SECONDS, dt);
    this.#frequency = wander();
    this.#amplitude = wander();
    this.#lags = [wander(), wander(), wander()];
  }

  /** Adds the next sample to `dipole` (millivolts), coming or going softly as `on` says. */
  addTo(dipole: Float64Array, on: boolean): void {
    this.#gain += ((on ? 1 : 0) - this.#gain) * (this.#dt / ONSET_SECONDS);
    const { hz, harmonics, amplitudeSpread, disorder } = this.#shape;
    this.#phase += 2 * Math.PI * (hz[0] + hz[1] * this.#frequency.next()) * this.#dt;
    const amplitude = this.#gain * Math.max(LEAST_AMPLITUDE, 1 + amplitudeSpread * this.#amplitude.next());
    for (let axis = 0; axis < 3; axis++) {
      const phase = this.#phase + disorder * this.#lags[axis]!.next();
      const wave = Math.sin(phase) + harmonics[0] * Math.sin(2 * phase) + harmonics[1] * Math.sin(3 * phase);
      dipole[axis]! += amplitude * this.#shape.dipole[axis]! * wave;
    }
  }
}
