/**
 * Branded scalars, so that a frequency is never passed where a duration is due.
 * Conversions between units live here and nowhere else.
 */
declare const unit: unique symbol;
type Branded<Base, Unit extends string> = Base & { readonly [unit]: Unit };

/** Frequency in hertz. */
export type Hz = Branded<number, 'Hz'>;
/** Duration in milliseconds. */
export type Ms = Branded<number, 'ms'>;
/** A point in time: milliseconds since 1970-01-01T00:00Z. Which clock it was read from is told by the name that holds it. */
export type EpochMs = Branded<number, 'epochMs'>;
/** Heart rate in beats per minute. */
export type Bpm = Branded<number, 'bpm'>;
/** Samples of one lead in microvolts; a missing sample is NaN. */
export type MicrovoltSamples = Float32Array;

export const hz = (value: number): Hz => value as Hz;
export const ms = (value: number): Ms => value as Ms;
export const epochMs = (value: number): EpochMs => value as EpochMs;
export const bpm = (value: number): Bpm => value as Bpm;

export const MICROVOLTS_PER_MILLIVOLT = 1000;

/** Duration of `samples` sampling intervals at `fs`. */
export const durationOf = (samples: number, fs: Hz): Ms => ms((samples * 1000) / fs);
/** Number of whole sampling intervals at `fs` nearest to `duration`. */
export const samplesIn = (duration: Ms, fs: Hz): number => Math.round((duration * fs) / 1000);

/** Analogue-to-digital units to microvolts, as WFDB defines `adcGain` (adu/mV) and `baseline` (adu). */
export const aduToMicrovolts = (adu: number, adcGain: number, baseline: number): number =>
  ((adu - baseline) * MICROVOLTS_PER_MILLIVOLT) / adcGain;
