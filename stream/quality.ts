/**
 * Judges each lead of a ten-second window: is there a signal a model can read? The alarm path has its own, stricter
 * rules (ecg/rhythm.ts): nothing found here ever holds a lethal alarm back.
 */
import { filtfilt, BiquadCascade, highPass } from '../ecg/dsp/biquad.ts';
import { hz, type Hz } from '../ecg/units.ts';
import type { LeadState } from './line.ts';

/** Peak-to-peak below this is no heart at the skin: the smallest QRS that IEC 60601-2-27 asks to detect is 0.5 mV, noise floors are below 30 uV. */
const FLAT_UV = 50;
/** Share of samples within one step of a rail that makes a lead saturated. */
const SATURATED_SHARE = 0.05;
/** Without announced rails: repeated extreme values of at least this size are taken for a rail. */
const RAIL_FLOOR_UV = 3000;
/**
 * A lead is noisy where more than a quarter of its power lies above 25 Hz. Measured on ten-second windows: 0.02 at the
 * median and 0.19 at the 99.9th percentile of mitdb, 0.15 at the 99th of PTB-XL; pure muscle noise (nstdb ma) 0.30 at the median.
 */
const NOISE_BAND_HZ = 25;
const NOISY_SHARE = 0.25;
/** ... or where the baseline swings by more than this. */
const WANDER_UV = 5000;

export interface QualityOptions {
  readonly samplingFrequency: Hz;
  readonly railUv: readonly (readonly [number, number])[] | undefined;
}

/** @param windowUv planar, one array per lead of the feed, microvolts; NaN where missing or the electrode is off */
export function judgeLeads(windowUv: readonly Float32Array[], leadOffMask: number, { samplingFrequency, railUv }: QualityOptions): LeadState[] {
  return windowUv.map((samples, lead) => {
    if ((leadOffMask >>> lead) & 1) return 'leadOff';
    if (hasMissing(samples)) return 'missing';
    return judgeLead(samples, railUv?.[lead], samplingFrequency);
  });
}

// Plain loops here and below: this runs over every sample of every bed five times, and iterators cost as much as the filters.
function hasMissing(samples: Float32Array): boolean {
  for (let i = 0; i < samples.length; i++) if (Number.isNaN(samples[i]!)) return true;
  return false;
}

function judgeLead(samples: Float32Array, rail: readonly [number, number] | undefined, fs: Hz): LeadState {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (isSaturated(samples, low, high, rail)) return 'saturated';
  if (high - low < FLAT_UV) return 'flat';
  if (high - low > WANDER_UV * 2) return 'noisy';
  return noiseShare(samples, fs) > NOISY_SHARE ? 'noisy' : 'ok';
}

function isSaturated(samples: Float32Array, low: number, high: number, rail: readonly [number, number] | undefined): boolean {
  const lowRail = rail ? rail[0] : low < -RAIL_FLOOR_UV ? low : -Infinity;
  const highRail = rail ? rail[1] : high > RAIL_FLOOR_UV ? high : Infinity;
  let atRail = 0;
  for (let i = 0; i < samples.length; i++) if (samples[i]! <= lowRail || samples[i]! >= highRail) atRail++;
  return atRail > SATURATED_SHARE * samples.length;
}

function noiseShare(samples: Float32Array, fs: Hz): number {
  const signal = new Float64Array(samples);
  filtfilt(signal, new BiquadCascade([highPass(hz(0.5), fs)]), Math.round(fs));
  const noise = signal.slice();
  filtfilt(noise, new BiquadCascade([highPass(hz(NOISE_BAND_HZ), fs)]), Math.round(fs / 10));
  return power(noise) / Math.max(power(signal), Number.EPSILON);
}

function power(samples: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!;
  return sum;
}
