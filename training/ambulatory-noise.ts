/**
 * What breath, movement and muscles add to the ECG of people who are not lying still: half-hour recordings of the MIT-BIH Noise
 * Stress Test Database (Moody et al. 1984), made with electrodes on active people's limbs where no ECG shows.
 */
import { BiquadCascade, filtfilt, highPass, lowPass } from '../ecg/dsp/biquad.ts';
import { resample } from '../ecg/dsp/resample.ts';
import { STANDARD_LEADS, type StandardLead } from '../ecg/leads.ts';
import { hz } from '../ecg/units.ts';
import { loadRecord, recordingsDirectory } from '../stream/recordings/library.ts';
import { INPUT_SPEC } from './data/input-spec.ts';
import type { Random } from './random.ts';

/** Baseline wander, muscle. */
const RECORDS = ['bw', 'ma'];
const PADDING_S = 1;

/** [recordings][channels], at the encoder's sampling frequency and in its band, of unit root mean square. */
export type AmbulatoryNoise = readonly (readonly Float32Array[])[];

/** @param half of each recording: models learn in the first and are tested in the second @throws EcgError DATA_NOT_FOUND */
export async function loadAmbulatoryNoise(half: 'first' | 'second'): Promise<AmbulatoryNoise> {
  const directory = await recordingsDirectory('nstdb');
  const { samplingFrequency, preprocessing: { highPassHz, lowPassHz } } = INPUT_SPEC;
  const cascade = new BiquadCascade([highPass(hz(highPassHz), samplingFrequency), lowPass(hz(lowPassHz), samplingFrequency)]);
  return RECORDS.map((name) => {
    const record = loadRecord(directory, name);
    return record.samplesUv.map((samples) => {
      const all = Float64Array.from(resample(samples, record.samplingFrequency, samplingFrequency));
      filtfilt(all, cascade, PADDING_S * samplingFrequency);
      const middle = Math.floor(all.length / 2);
      return unitPower(Float32Array.from(half === 'first' ? all.subarray(0, middle) : all.subarray(middle)));
    });
  });
}

function unitPower(samples: Float32Array): Float32Array {
  const rms = Math.sqrt(power(samples));
  return samples.map((value) => value / rms);
}

const power = (samples: Float32Array): number => samples.reduce((sum, value) => sum + value * value, 0) / samples.length;

const ELECTRODES = ['RA', 'LA', 'LL', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const;
type Electrode = (typeof ELECTRODES)[number];

/** Each lead as a sum of potentials at electrodes, so that noise obeys Einthoven's law as the ECG does. */
const LIMB_LEADS: Readonly<Partial<Record<StandardLead, Readonly<Partial<Record<Electrode, number>>>>>> = {
  I: { LA: 1, RA: -1 },
  II: { LL: 1, RA: -1 },
  III: { LL: 1, LA: -1 },
  aVR: { RA: 1, LA: -0.5, LL: -0.5 },
  aVL: { LA: 1, RA: -0.5, LL: -0.5 },
  aVF: { LL: 1, RA: -0.5, LA: -0.5 },
};
const MONTAGE: readonly (readonly (readonly [electrode: number, weight: number])[])[] = STANDARD_LEADS.map((lead) =>
  Object.entries(LIMB_LEADS[lead] ?? { [lead]: 1, RA: -1 / 3, LA: -1 / 3, LL: -1 / 3 }).map(([name, weight]) => [ELECTRODES.indexOf(name as Electrode), weight]));
/** Noise of unit power at two electrodes gives a limb lead this much. */
const LEAD_POWER = 2;

/**
 * Adds noise of one kind, every electrode its own stretch of it.
 * @param input [12 leads][length], in place; leads that are absent stay as they are
 * @param presence [12 leads]
 * @param db power of the ECG, in the mean of the leads that are there, to the noise of a limb lead in the mean of its recording
 */
export function addAmbulatoryNoise(input: Float32Array, presence: ArrayLike<number>, noise: AmbulatoryNoise, db: number, random: Random): void {
  const length = input.length / STANDARD_LEADS.length;
  const present = STANDARD_LEADS.flatMap((_, lead) => (presence[lead] === 1 ? [lead] : []));
  const lead = (index: number): Float32Array => input.subarray(index * length, (index + 1) * length);
  const ecgPower = present.reduce((sum, index) => sum + power(lead(index)), 0) / present.length;
  const gain = Math.sqrt((ecgPower / LEAD_POWER) * 10 ** (-db / 10));
  const channels = noise[random.below(noise.length)]!;
  const stretches = ELECTRODES.map(() => {
    const channel = channels[random.below(channels.length)]!;
    const from = random.below(channel.length - length + 1);
    return channel.subarray(from, from + length);
  });
  for (const index of present) {
    const target = lead(index);
    for (const [electrode, weight] of MONTAGE[index]!) {
      const stretch = stretches[electrode]!;
      const factor = gain * weight;
      for (let i = 0; i < length; i++) target[i] = target[i]! + factor * stretch[i]!;
    }
  }
}
