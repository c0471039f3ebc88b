/** The labels nobody typed: those of the model's bank, or of a label set, embedded where the bank does not know them. */
import { isEcgError } from '../../ecg/errors.ts';
import type { LabelBank } from '../../models/label-bank.ts';
import { labelDirection, type Moments } from '../../models/label-direction.ts';
import type { LabelSet, SetLabel } from '../../models/label-set.ts';
import type { ServedLabel, VocabularyEntry } from './vocabulary.ts';

/** Embeds sentences; models/text-service.ts does. */
export interface SentenceEmbedder {
  readonly available: boolean;
  /** @throws EcgError TEXT_ENCODER_MISSING | MODEL_MISMATCH | INFERENCE_OVERLOAD */
  embed(texts: readonly string[]): Promise<Float32Array[]>;
}

export function bankEntries({ labels, dimension, embeddings }: LabelBank): VocabularyEntry[] {
  return labels.map(({ id, name, kind, prompts, cosineMean, cosineSd, alarm, probability }, row) => ({
    label: { id, name, kind, prompts, negatives: [], cosineMean, cosineSd, custom: false, calibrated: true, ...(alarm && { alarm }), ...(probability && { probability }) },
    direction: embeddings.slice(row * dimension, (row + 1) * dimension),
  }));
}

/** @param warn told once where labels are left out because nothing can embed them */
export async function setEntries(set: LabelSet, bank: LabelBank, momentsOf: (direction: Float32Array) => Moments, text: SentenceEmbedder, warn: (message: string) => void): Promise<VocabularyEntry[]> {
  const known = new Map(bankEntries(bank).map((entry) => [entry.label.id, entry]));
  const ofBank = (label: SetLabel): VocabularyEntry | undefined => (label.negatives.length === 0 ? known.get(label.id) : undefined);
  const unknown = set.labels.filter((label) => !ofBank(label));
  const embedded = new Map<string, Float32Array>();
  const sentences = [...new Set(unknown.flatMap(({ prompts, negatives }) => [...prompts, ...negatives]))];
  if (sentences.length > 0) {
    try {
      (await text.embed(sentences)).forEach((embedding, i) => embedded.set(sentences[i]!, embedding));
    } catch (error) {
      if (!isEcgError(error)) throw error;
      warn(`${unknown.length} of ${set.labels.length} labels of ${set.name} are left out: ${error.message}`);
    }
  }
  return set.labels.flatMap((label) => {
    const entry = ofBank(label);
    if (entry) return [{ ...entry, label: asSet(label, entry.label) }];
    if (!label.prompts.every((prompt) => embedded.has(prompt))) return [];
    const direction = labelDirection(label.prompts.map((prompt) => embedded.get(prompt)!), label.negatives.map((negative) => embedded.get(negative)!));
    const { id, name, kind, prompts, negatives } = label;
    return [{ label: asSet(label, { id, name, kind, prompts, negatives, custom: false, calibrated: false, ...momentsOf(direction) }), direction }];
  });
}

/** The set decides on name and alarm; a threshold it does not give is the bank's. */
function asSet({ name, kind, alarm: wanted }: SetLabel, { alarm: ofBank, ...label }: ServedLabel): ServedLabel {
  const threshold = wanted?.threshold ?? ofBank?.threshold;
  return { ...label, name, kind, ...(wanted && threshold !== undefined && { alarm: { priority: wanted.priority, dwellMs: wanted.dwellMs, threshold } }) };
}
