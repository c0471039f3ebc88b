/**
 * Beats in noise, after the noise stress test of the MIT-BIH database: records 118 and 119, baseline wander and muscle
 * noise of nstdb in equal power, two minutes with and two minutes without from 5:00 on.
 */
import { loadAnnotations, loadRecord } from '../../stream/recordings/library.ts';
import { LEARNING_S, referenceBeats } from '../../ecg/reference-beats.ts';
import { matchBeats, type BeatCounts } from './beat-matching.ts';
import { runRhythm } from './rhythm-run.ts';

const RECORDS = ['118', '119'];
export const SIGNAL_TO_NOISE_DB = [24, 18, 12, 6, 0];
const TURN_S = 120;
/** About the R peak: where the height of a beat is measured, seconds. */
const QRS_S = 0.05;
/** Beats the height is measured on. */
const BEATS = 300;

/** First lead only, as row (a), with noise at `db`. */
export function evaluateNoise(mitdb: string, nstdb: string, db: number): BeatCounts[] {
  const noises = ['bw', 'ma'].map((name) => unitPower(loadRecord(nstdb, name).samplesUv[0]!));
  return RECORDS.map((name) => {
    const record = loadRecord(mitdb, name);
    const fs = record.samplingFrequency;
    const reference = referenceBeats(loadAnnotations(mitdb, name));
    const clean = record.samplesUv[0]!;
    const height = meanHeight(clean, reference.slice(0, BEATS).map(({ sample }) => sample), fs);
    const gain = noiseGain(height, db) / Math.sqrt(noises.length);
    const noisy = clean.map((value, i) => {
      const since = i / fs - LEARNING_S;
      if (since < 0 || Math.floor(since / TURN_S) % 2 === 1) return value;
      return value + gain * noises.reduce((sum, noise) => sum + noise[i % noise.length]!, 0);
    });
    const { beats } = runRhythm([noisy], fs, record.leads.slice(0, 1));
    return matchBeats(name, fs, reference, beats.map((beat) => ({ sample: beat.sampleIndex, class: beat.class })), []);
  });
}

/** What noise of unit power is multiplied with. The power of a beat is that of a sine of its height (the `nst` tool of WFDB). */
export const noiseGain = (height: number, db: number): number => Math.sqrt((height ** 2 / 8) * 10 ** (-db / 10));

export function unitPower(samples: Float32Array): Float32Array {
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
  const deviation = Math.sqrt(samples.reduce((sum, value) => sum + (value - mean) ** 2, 0) / samples.length);
  return samples.map((value) => (value - mean) / deviation);
}

function meanHeight(samples: Float32Array, peaks: readonly number[], fs: number): number {
  const reach = Math.round(QRS_S * fs);
  const heights = peaks.map((peak) => {
    const beat = samples.subarray(Math.max(0, peak - reach), peak + reach + 1);
    return beat.reduce((high, value) => Math.max(high, value)) - beat.reduce((low, value) => Math.min(low, value));
  });
  return heights.reduce((sum, value) => sum + value, 0) / heights.length;
}
