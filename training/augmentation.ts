/** What a training record goes through on its way into a batch, so that the model meets beds and not only twelve-lead carts. */
import type { TrainConfig } from './config.ts';
import { STANDARD_LEADS, type StandardLead } from '../ecg/leads.ts';
import { addAmbulatoryNoise, type AmbulatoryNoise } from './ambulatory-noise.ts';
import { INPUT_SPEC } from './data/input-spec.ts';
import { misplaceElectrodes } from './electrode-placement.ts';
import type { Random } from './random.ts';

const LIMB: readonly StandardLead[] = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF'];

/**
 * What beds show. Any two limb leads give all six (serving derives them too), so a 5-electrode bed has six limb leads and one
 * chest lead; a 3-electrode bed or a Holter has one or two leads.
 */
export const MONITOR_LEADS: readonly (readonly StandardLead[])[] = [
  ['II'],
  ['II', 'V1'],
  ['II', 'V5'],
  LIMB,
  [...LIMB, 'V1'],
  [...LIMB, 'V5'],
];
/** Below, the 0.5 Hz high-pass of preprocessing takes it away; above it is no wander. */
const WANDER_HZ = { low: 0.3, high: 0.9 };
/** Share of the lead dropouts that keep a random handful instead, so that no set is learned by heart. */
const RANDOM_SET = 0.25;

/** 1 for each of the twelve leads that is in `leads`. */
export const presenceOf = (leads: readonly string[]): Uint8Array => Uint8Array.from(STANDARD_LEADS, (lead) => (leads.includes(lead) ? 1 : 0));

const MONITOR_PRESENCE = MONITOR_LEADS.map(presenceOf);

function drawPresence(random: Random): Uint8Array {
  if (random.next() >= RANDOM_SET) return MONITOR_PRESENCE[random.below(MONITOR_PRESENCE.length)]!;
  const share = random.next();
  const presence = Uint8Array.from(STANDARD_LEADS, () => (random.next() < share ? 1 : 0));
  presence[random.below(presence.length)] = 1; // never none
  return presence;
}

/**
 * Changes one record in place.
 * @param input [leads][length] after preprocessing; `fixed` normalisation makes leads independent of each other, so a
 *   dropped lead is exactly what serving makes of an absent one: zeros
 * @param presence [leads], filled
 * @param scratch at least `length` values
 * @param noise needed where the settings give ambulatory noise a share
 */
export function augment(
  input: Float32Array, presence: Float32Array, settings: TrainConfig['augmentation'], random: Random, scratch: Float32Array, noise?: AmbulatoryNoise,
): void {
  const leads = presence.length;
  const length = input.length / leads;
  misplaceElectrodes(input, settings.placement, random);
  const kept = random.next() < settings.leadDropout ? drawPresence(random) : undefined;
  const shift = settings.shift ? random.below(length) : 0;
  const stretch = Math.exp(settings.stretchSd * random.normal());
  const gain = Math.exp(settings.gainSd * random.normal());
  const part = drawPart(settings.crop, length, random);
  for (let lead = 0; lead < leads; lead++) {
    const samples = input.subarray(lead * length, (lead + 1) * length);
    presence[lead] = kept ? kept[lead]! : 1;
    if (presence[lead] === 0) {
      samples.fill(0);
      continue;
    }
    const factor = gain * Math.exp(settings.leadGainSd * random.normal());
    scratch.set(samples);
    if (settings.wanderSd > 0) addWander(scratch, settings.wanderSd, random);
    samples.fill(0, 0, part.first).fill(0, part.end);
    for (let i = part.first; i < part.end; i++) {
      // Uniform noise of the same spread: cheaper than normal, and the filters have coloured the real one anyway.
      samples[i] = factor * circular(scratch, length, shift + i * stretch) + settings.noiseSd * UNIFORM_SPREAD * (random.next() - 0.5);
    }
  }
  const { share, lowestDb, highestDb } = settings.ambulatoryNoise;
  if (noise && random.next() < share) addAmbulatoryNoise(input, presence, noise, lowestDb + (highestDb - lowestDb) * random.next(), random);
}

/** @returns the samples that remain; draws nothing where nothing is cropped, so that runs without it stay what they were */
function drawPart({ share, shortest }: TrainConfig['augmentation']['crop'], length: number, random: Random): { first: number; end: number } {
  if (share === 0 || random.next() >= share) return { first: 0, end: length };
  const size = Math.round(length * (shortest + (1 - shortest) * random.next()));
  const first = random.below(length - size + 1);
  return { first, end: first + size };
}

/** Breath and movement: one slow wave, its place and size different in every lead, in the band that preprocessing lets through. */
function addWander(samples: Float32Array, sd: number, random: Random): void {
  const hertz = WANDER_HZ.low + (WANDER_HZ.high - WANDER_HZ.low) * random.next();
  const amplitude = Math.SQRT2 * sd * random.normal();
  const phase = 2 * Math.PI * random.next();
  const step = (2 * Math.PI * hertz) / INPUT_SPEC.samplingFrequency;
  for (let i = 0; i < samples.length; i++) samples[i] = samples[i]! + amplitude * Math.sin(phase + step * i);
}

/** The value at a fractional position of a signal that begins anew at its end. */
function circular(samples: Float32Array, length: number, position: number): number {
  const whole = Math.floor(position);
  const share = position - whole;
  const at = whole % length;
  const here = samples[at]!;
  return share === 0 ? here : here + share * (samples[at + 1 === length ? 0 : at + 1]! - here);
}

/** A uniform variable on [-1/2, 1/2) has the variance 1/12. */
const UNIFORM_SPREAD = Math.sqrt(12);
