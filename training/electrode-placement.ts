/**
 * Electrodes never sit where the book says: a monitor's limb electrodes are on the trunk (Mason-Likar, the Holter's modified
 * lead II), which turns the frontal axis, and chest electrodes slip to a neighbour's place. Both are linear in the leads.
 */
import { STANDARD_LEADS } from '../ecg/leads.ts';
import type { Random } from './random.ts';

const lead = (name: (typeof STANDARD_LEADS)[number]): number => STANDARD_LEADS.indexOf(name);
const [I, II, III, AVR, AVL, AVF] = (['I', 'II', 'III', 'aVR', 'aVL', 'aVF'] as const).map(lead) as [number, number, number, number, number, number];
const CHEST = (['V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const).map(lead);
/** aVF is (II + III) / 2, shorter by this than the axis at right angles to lead I. */
const AVF_LENGTH = Math.sqrt(3) / 2;

export interface Placement {
  /** Standard deviation of the turn of the frontal axis, degrees. */
  readonly axisSdDegrees: number;
  /** Standard deviation of how far each chest electrode is from its place, in distances to the next one. */
  readonly chestSd: number;
}

/** @param input [12 leads][length], in place; Einthoven's law holds afterwards as before */
export function misplaceElectrodes(input: Float32Array, { axisSdDegrees, chestSd }: Placement, random: Random): void {
  const length = input.length / STANDARD_LEADS.length;
  if (axisSdDegrees > 0) turnFrontalAxis(input, length, (axisSdDegrees * random.normal() * Math.PI) / 180);
  if (chestSd > 0) slideChestElectrodes(input, length, CHEST.map(() => chestSd * random.normal()));
}

function turnFrontalAxis(input: Float32Array, length: number, angle: number): void {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let i = 0; i < length; i++) {
    const across = input[I * length + i]!;
    const down = input[AVF * length + i]! / AVF_LENGTH;
    const lateral = across * cos - down * sin;
    const foot = (across * sin + down * cos) * AVF_LENGTH;
    input[I * length + i] = lateral;
    input[AVF * length + i] = foot;
    input[II * length + i] = foot + lateral / 2;
    input[III * length + i] = foot - lateral / 2;
    input[AVR * length + i] = -(foot + 1.5 * lateral) / 2;
    input[AVL * length + i] = (1.5 * lateral - foot) / 2;
  }
}

/** @param slides towards V6 where positive; the first and last have no neighbour beyond and stay */
function slideChestElectrodes(input: Float32Array, length: number, slides: readonly number[]): void {
  const before = new Float32Array(CHEST.length);
  for (let i = 0; i < length; i++) {
    CHEST.forEach((row, k) => (before[k] = input[row * length + i]!));
    CHEST.forEach((row, k) => {
      const slide = slides[k]!;
      const neighbour = before[k + Math.sign(slide)] ?? before[k]!;
      input[row * length + i] = before[k]! + Math.min(1, Math.abs(slide)) * (neighbour - before[k]!);
    });
  }
}
