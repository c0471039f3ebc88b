/** Does the exported graph compute what the trained network computes? */
import { EcgError } from '../../ecg/errors.ts';
import { presenceOf } from '../augmentation.ts';
import type { Signals } from '../data/signals.ts';
import { embedRecords } from '../embed-records.ts';
import { LEAD_SETS } from '../lead-sets.ts';
import type { Model } from '../model.ts';
import { dotRows } from '../vectors.ts';
import type { OnnxModel } from './onnx-model.ts';

/** Largest difference of any component of an embedding. */
export const PARITY_TOLERANCE = 1e-4;

export interface Parity {
  readonly records: number;
  readonly largestDifference: number;
  readonly lowestCosine: number;
}

/** Each record with one of the lead sets, in turn. @throws EcgError MODEL_MISMATCH beyond the tolerance */
export async function checkParity(model: Model, exported: OnnxModel, signals: Signals, records: readonly number[]): Promise<Parity> {
  const sets = Object.values(LEAD_SETS);
  let largestDifference = 0;
  let lowestCosine = 1;
  for (const [turn, leads] of sets.entries()) {
    const presence = presenceOf(leads);
    const chosen = records.filter((_, index) => index % sets.length === turn);
    const ours = await embedRecords(model, signals, chosen, presence);
    const theirs = await exported.embedRecords(signals, chosen, presence);
    ours.forEach((value, i) => (largestDifference = Math.max(largestDifference, Math.abs(value - theirs[i]!))));
    chosen.forEach((_, row) => (lowestCosine = Math.min(lowestCosine, dotRows(ours, row, theirs, row, exported.dimension))));
  }
  if (!(largestDifference <= PARITY_TOLERANCE)) {
    throw new EcgError('MODEL_MISMATCH', 'TensorFlow and ONNX Runtime disagree about the exported encoder', {
      expected: `a difference of at most ${PARITY_TOLERANCE}`, received: largestDifference.toExponential(2), from: 'export' });
  }
  return { records: records.length, largestDifference, lowestCosine };
}
