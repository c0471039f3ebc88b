/** Does the exported graph compute what the trained network computes? */
import { EcgError } from '../../ecg/errors.ts';
import { presenceOf } from '../augmentation.ts';
import type { Signals } from '../data/signals.ts';
import { embedRecords } from '../embed-records.ts';
import { LEAD_SETS } from '../lead-sets.ts';
import type { Model } from '../model.ts';
import type { OnnxModel } from './onnx-model.ts';

/** Largest difference of any component of an embedding. */
export const PARITY_TOLERANCE = 1e-4;

/** @returns the largest difference over all lead sets @throws EcgError MODEL_MISMATCH beyond the tolerance */
export async function checkParity(model: Model, exported: OnnxModel, signals: Signals, records: readonly number[]): Promise<number> {
  let largest = 0;
  for (const leads of Object.values(LEAD_SETS)) {
    const presence = presenceOf(leads);
    const ours = await embedRecords(model, signals, records, presence);
    const theirs = await exported.embedRecords(signals, records, presence);
    ours.forEach((value, i) => (largest = Math.max(largest, Math.abs(value - theirs[i]!))));
  }
  if (!(largest <= PARITY_TOLERANCE)) {
    throw new EcgError('MODEL_MISMATCH', 'TensorFlow and ONNX Runtime disagree about the exported encoder', {
      expected: `a difference of at most ${PARITY_TOLERANCE}`, received: largest.toExponential(2), from: 'export' });
  }
  return largest;
}
