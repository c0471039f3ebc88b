import { BiquadCascade, highPass, lowPass } from '../dsp/biquad.ts';
import { QrsEnvelope } from '../dsp/qrs-envelope.ts';
import { Ring } from '../dsp/ring.ts';
import { hz, type Hz } from '../units.ts';

/** Monitor band: what is left of baseline wander and mains does not change a beat's shape or a fibrillation's. */
const LOW_HZ = hz(0.67);
const HIGH_HZ = hz(35);
/** After a gap the filters need this long before their output means anything, seconds. */
const SETTLE_S = 0.3;
/** Learning of the QRS level: the second largest of this many windows of half a second. */
const LEARN_WINDOWS = 5;
const LEARN_WINDOW_S = 0.5;
const LEVEL_BEATS = 8;
/** A peak higher than this share of the QRS level may be a beat that was missed, and must not hide the next ones. */
const MOST_NOISE_SHARE = 0.6;
/** First guess of the noise, as a share of the QRS level. */
const FIRST_NOISE_SHARE = 0.2;
/**
 * Envelope of the smallest QRS a monitor may count, microvolts per 8 ms: IEC 60601-2-27 forbids counting below
 * 0.15 mV; a triangle of 0.15 mV and 80 ms gives this.
 */
export const SMALLEST_QRS_ENVELOPE = 19;

/** Half the stretch about an envelope peak that belongs to the beat, seconds. */
const QRS_S = 0.12;
const RECENT_S = 0.5;
const BACKGROUND_RATE = 1 / 8;

/** One lead at the analysis frequency: its filtered history, and how large its QRS and its noise are. */
export class LeadTrack {
  /** Monitor band, microvolts; 0 where missing. */
  readonly morphology = new Ring(4096);
  /** QRS envelope; 0 where missing or unsettled. */
  readonly envelope = new Ring(2048);
  readonly #fs: Hz;
  readonly #monitorBand: BiquadCascade;
  readonly #qrs: QrsEnvelope;
  readonly #settleSamples: number;
  readonly #learnSamples: number;
  readonly #qrsSamples: number;
  readonly #recentRate: number;
  readonly #windowMax = new Float64Array(LEARN_WINDOWS);
  readonly #levels = new Float64Array(LEVEL_BEATS);
  readonly #sorted = new Float64Array(LEVEL_BEATS);
  readonly #noises = new Float64Array(LEVEL_BEATS);
  readonly #deflections = new Float64Array(LEVEL_BEATS);
  #deflectionLevel = 0;
  #background = 0;
  #recent = 0;
  #levelAt = 0;
  #noiseAt = 0;
  #present = 0;
  #learned = 0;
  #qrsLevel = 0;
  #noiseLevel = 0;

  constructor(fs: Hz) {
    this.#fs = fs;
    this.#monitorBand = new BiquadCascade([highPass(LOW_HZ, fs), lowPass(HIGH_HZ, fs)]);
    this.#qrs = new QrsEnvelope(fs);
    this.#settleSamples = Math.round(SETTLE_S * fs);
    this.#qrsSamples = Math.round(QRS_S * fs);
    this.#recentRate = 1 / (RECENT_S * fs);
    this.#learnSamples = Math.round(LEARN_WINDOW_S * fs);
  }

  /** Samples are there and the filters have settled. */
  get usable(): boolean {
    return this.#present > this.#settleSamples;
  }

  /** Samples are there, settled, for at least so many seconds. */
  presentFor(seconds: number): boolean {
    return this.#present > this.#settleSamples + seconds * this.#fs;
  }

  get learned(): boolean {
    return this.#learned >= this.#learnSamples * LEARN_WINDOWS;
  }

  /** Median envelope of the last beats. */
  get qrsLevel(): number {
    return this.#qrsLevel;
  }

  /** Median deflection (highest less lowest sample) of the last beats, microvolts. */
  get deflectionLevel(): number {
    return this.#deflectionLevel;
  }

  /** Mean envelope of the last peaks that were no beats. */
  get noiseLevel(): number {
    return this.#noiseLevel;
  }

  /** Mean envelope between beats. */
  get background(): number {
    return this.#background;
  }

  /** Mean envelope of the last half second or so, beats cut to half their height. */
  get recent(): number {
    return this.#recent;
  }

  /** Takes the next sample in microvolts; NaN = missing. */
  step(sample: number): void {
    if (!Number.isFinite(sample)) {
      this.#present = 0;
      this.morphology.push(0);
      this.envelope.push(0);
      return;
    }
    if (this.#present === 0) {
      this.#monitorBand.settle(sample);
      this.#qrs.reset(sample);
    }
    this.#present += 1;
    this.morphology.push(this.#monitorBand.next(sample));
    const envelope = this.#qrs.next(sample);
    this.envelope.push(this.usable ? envelope : 0);
    this.#recent += this.#recentRate * (Math.min(envelope, 0.5 * this.#qrsLevel) - this.#recent);
    if (this.usable && !this.learned) this.#learn(envelope);
  }

  /** The envelope this lead had at an accepted beat. */
  addBeat(envelope: number, deflection: number): void {
    this.#deflections[this.#levelAt % LEVEL_BEATS] = deflection;
    this.#sorted.set(this.#deflections);
    this.#sorted.sort();
    this.#deflectionLevel = (this.#sorted[LEVEL_BEATS / 2 - 1]! + this.#sorted[LEVEL_BEATS / 2]!) / 2;
    this.#levels[this.#levelAt++ % LEVEL_BEATS] = envelope;
    this.#sorted.set(this.#levels);
    this.#sorted.sort();
    this.#qrsLevel = (this.#sorted[LEVEL_BEATS / 2 - 1]! + this.#sorted[LEVEL_BEATS / 2]!) / 2;
  }

  /** The envelope this lead had at a peak that was no beat. */
  addNoise(envelope: number): void {
    this.#noises[this.#noiseAt++ % LEVEL_BEATS] = Math.min(envelope, MOST_NOISE_SHARE * this.#qrsLevel);
    let sum = 0;
    for (let i = 0; i < LEVEL_BEATS; i++) sum += this.#noises[i]!;
    this.#noiseLevel = sum / LEVEL_BEATS;
  }

  /** Between two beats at these places. */
  addBackground(from: number, to: number): void {
    if (!this.usable || !this.learned) return;
    const first = Math.max(this.envelope.start, from + this.#qrsSamples);
    let sum = 0;
    for (let i = first; i < to - this.#qrsSamples; i++) sum += this.envelope.at(i);
    const count = to - this.#qrsSamples - first;
    if (count > 2 * this.#qrsSamples) this.#background += BACKGROUND_RATE * (sum / count - this.#background);
  }

  #learn(envelope: number): void {
    const window = Math.floor(this.#learned++ / this.#learnSamples);
    this.#windowMax[window] = Math.max(this.#windowMax[window]!, envelope);
    if (!this.learned) return;
    this.#windowMax.sort();
    const level = Math.max(this.#windowMax[LEARN_WINDOWS - 2]!, 2 * SMALLEST_QRS_ENVELOPE);
    this.#levels.fill(level);
    this.#noises.fill(FIRST_NOISE_SHARE * level);
    this.#qrsLevel = level;
    this.#noiseLevel = FIRST_NOISE_SHARE * level;
    this.#background = FIRST_NOISE_SHARE * level;
  }
}
