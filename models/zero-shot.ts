/** Zero-shot scoring: how like is a segment to what each label says. Pure; embeddings and labels are of unit length. */
import type { Finding } from '../ecg/finding.ts';
import type { LabelDefinition } from './label-bank.ts';
import { probabilityOf } from './platt.ts';
import { dot } from './vectors.ts';

/** Of a label bank, what scoring needs. */
export interface ScoringBank {
  readonly labels: readonly Pick<LabelDefinition, 'id' | 'cosineMean' | 'cosineSd' | 'probability'>[];
  readonly dimension: number;
  /** Row-major [labels][dimension], rows of unit length. */
  readonly embeddings: Float32Array;
}

/**
 * One matrix product: every embedding with every label.
 * @param embeddings [count][dimension], rows of unit length
 * @returns cosines [count][labels], in [-1, 1]
 * @throws RangeError where the shape does not fit the bank
 */
export function scoreEmbeddings(embeddings: Float32Array, count: number, bank: ScoringBank): Float32Array {
  const { dimension, labels, embeddings: directions } = bank;
  if (embeddings.length !== count * dimension) {
    throw new RangeError(`${count} embeddings of ${dimension} numbers expected, received ${embeddings.length} numbers`);
  }
  const cosines = new Float32Array(count * labels.length);
  // Labels outside: one label's row stays in the processor's cache while all segments of the batch pass it.
  for (let label = 0; label < labels.length; label++) {
    for (let row = 0; row < count; row++) {
      const cosine = dot(embeddings, row * dimension, directions, label * dimension, dimension);
      // Rounding of the unit lengths may lead a hair beyond.
      cosines[row * labels.length + label] = Math.max(-1, Math.min(1, cosine));
    }
  }
  return cosines;
}

/**
 * @param cosines one row of `scoreEmbeddings`, [labels]
 * @param top how many findings at most; default all
 * @returns highest score first; labels of equal score in the bank's order
 */
export function rankFindings(cosines: Float32Array, bank: ScoringBank, top: number = bank.labels.length): Finding[] {
  if (cosines.length !== bank.labels.length) throw new RangeError(`a row has ${bank.labels.length} cosines, received ${cosines.length}`);
  return bank.labels
    .map(({ id, cosineMean, cosineSd, probability }, i): Finding => {
      const score = (cosines[i]! - cosineMean) / cosineSd;
      return { label: id, cosine: cosines[i]!, score, ...(probability && { probability: probabilityOf(score, probability) }) };
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, top);
}
