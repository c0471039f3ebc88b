/** What the streaming analysis measures of the beats of one lead; what is learned from is what will be seen. */
import type { Lead } from '../../ecg/leads.ts';
import { createRhythmAnalyser } from '../../ecg/rhythm/analyser.ts';
import type { ClassifierWeights } from '../../ecg/rhythm/beat-features.ts';
import type { Hz } from '../../ecg/units.ts';

const BLOCK_S = 0.5;
/** The last level is held for this long, so that the last beat is settled. */
const HOLD_S = 2.5;
const NO_MARKS = new Uint16Array(0);

export interface MeasuredBeat {
  readonly timeS: number;
  /** BEAT_FEATURES names them. */
  readonly features: Float32Array;
}

/** @param samplesUv one lead, microvolts @param weights what is measured depends on those for what is said at once; the shipped ones unless given @returns its beats in order, less the first few, which nothing can be compared with */
export function measureBeats(samplesUv: Float32Array, samplingFrequency: Hz, lead: Lead, weights?: ClassifierWeights): MeasuredBeat[] {
  const beats: MeasuredBeat[] = [];
  const analyser = createRhythmAnalyser({
    samplingFrequency,
    leads: [lead],
    beatWeights: weights,
    onMeasured: (_, sampleIndex, features) => beats.push({ timeS: sampleIndex / samplingFrequency, features: Float32Array.from(features) }),
  });
  const block = Math.round(BLOCK_S * samplingFrequency);
  for (let at = 0; at < samplesUv.length; at += block) analyser.push([samplesUv.subarray(at, at + block)], at, 0, NO_MARKS);
  const last = samplesUv[samplesUv.length - 1] ?? 0;
  analyser.push([new Float32Array(Math.round(HOLD_S * samplingFrequency)).fill(last)], samplesUv.length, 0, NO_MARKS);
  return beats;
}
