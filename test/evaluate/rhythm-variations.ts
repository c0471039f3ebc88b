/**
 * The alarms of cinc2015 seen worse than they were recorded: by one lead alone, or under noise. A rule that loses its true
 * alarms to either had its constants at the edge of what keeps them.
 */
import { resample } from '../../ecg/dsp/resample.ts';
import type { EcgRecord } from '../../ecg/record.ts';
import { hz } from '../../ecg/units.ts';
import { loadRecord } from '../../stream/recordings/library.ts';
import { noiseGain, unitPower } from './rhythm-noise.ts';

export interface Variation {
  readonly name: string;
  /** What is streamed of a record. */
  readonly of: (record: EcgRecord) => Pick<EcgRecord, 'samplesUv' | 'leads'>;
}

/** Of every record of cinc2015. */
const SAMPLING_FREQUENCY = hz(250);
/** Muscle noise and baseline wander; signal to noise as in rhythm-noise.ts. */
const NOISES = [['ma', 'muscle noise', 12], ['ma', 'muscle noise', 6], ['bw', 'baseline wander', 6]] as const;
/** Records begin in different places of the noise, so many seconds apart for each step of their number. */
const APART_S = 7.3;
/** Over stretches of this length the highest less the lowest sample is taken; their median is the height of a beat, seconds. */
const STRETCH_S = 1;

/** @param nstdb directory of the noise recordings */
export function variations(nstdb: string): Variation[] {
  return [
    ...[0, 1].map((lead) => ({ name: `lead ${lead + 1} alone`, of: ({ samplesUv, leads }: EcgRecord) => ({ samplesUv: samplesUv.slice(lead, lead + 1), leads: leads.slice(lead, lead + 1) }) })),
    ...NOISES.map(([name, words, db]) => {
      const { samplesUv, samplingFrequency } = loadRecord(nstdb, name);
      const noise = samplesUv.map((samples) => unitPower(resample(samples, samplingFrequency, SAMPLING_FREQUENCY)));
      return { name: `${words}, ${db} dB`, of: (record: EcgRecord) => ({ samplesUv: noisy(record, noise, db), leads: record.leads }) };
    }),
  ];
}

function noisy({ name, samplesUv, samplingFrequency: fs }: EcgRecord, noise: readonly Float32Array[], db: number): EcgRecord['samplesUv'] {
  const from = Math.round(Number(/\d+/.exec(name)![0]) * APART_S * fs);
  return samplesUv.map((samples, lead) => {
    const added = noise[lead % noise.length]!;
    const gain = noiseGain(beatHeight(samples, fs), db);
    return samples.map((value, i) => value + gain * added[(from + i) % added.length]!);
  });
}

function beatHeight(samples: Float32Array, fs: number): number {
  const stretch = Math.round(STRETCH_S * fs);
  const heights: number[] = [];
  for (let at = 0; at + stretch <= samples.length; at += stretch) {
    const own = samples.subarray(at, at + stretch).filter((value) => Number.isFinite(value));
    if (own.length > 0) heights.push(own.reduce((high, value) => Math.max(high, value), -Infinity) - own.reduce((low, value) => Math.min(low, value), Infinity));
  }
  heights.sort((a, b) => a - b);
  return heights[heights.length >> 1] ?? 0;
}
