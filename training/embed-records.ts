/** Embeds prepared records with the model being trained. */
import type { Model } from './model.ts';
import { toChannelsLast } from './model.ts';
import { INPUT_SPEC } from './data/input-spec.ts';
import type { Signals } from './data/signals.ts';
import { maskedInput } from './masked-input.ts';
import { readAndDispose, tf } from './tf.ts';

const LEADS = INPUT_SPEC.leads.length;
const { length: LENGTH } = INPUT_SPEC;
const BATCH = 64;

/**
 * @param presence which leads the model gets to see, one per lead
 * @param onBatch awaited between batches, so that signals and timers are not starved
 * @returns [records][dimension], unit length
 */
export async function embedRecords(model: Model, signals: Signals, records: readonly number[], presence: Uint8Array, onBatch: () => Promise<void> = async () => {}): Promise<Float32Array> {
  const out = new Float32Array(records.length * model.config.embeddingDimension);
  for (let first = 0; first < records.length; first += BATCH) {
    const batch = records.slice(first, first + BATCH);
    const ecg = new Float32Array(batch.length * LEADS * LENGTH);
    batch.forEach((record, row) => maskedInput(signals, record, presence, ecg.subarray(row * LEADS * LENGTH, (row + 1) * LEADS * LENGTH)));
    const mask = Float32Array.from({ length: batch.length * LEADS }, (_, i) => presence[i % LEADS]!);
    const embedding = await readAndDispose(tf.tidy(() => model.embedEcg(toChannelsLast(ecg, batch.length, LEADS, LENGTH), tf.tensor2d(mask, [batch.length, LEADS]))));
    out.set(embedding, first * model.config.embeddingDimension);
    await onBatch();
  }
  return out;
}

/** @param frozen [texts][textDimension] @returns [texts][dimension], unit length */
export function projectTexts(model: Model, frozen: Float32Array): Promise<Float32Array> {
  return readAndDispose(tf.tidy(() => model.embedText(tf.tensor2d(frozen, [frozen.length / model.textDimension, model.textDimension]))));
}
