/** Zero-shot scoring: how like is a segment to what each label says. Pure; embeddings and labels are of unit length. */
import type { Finding } from '../ecg/finding.ts';
import type { LabelDefinition } from './label-bank.ts';

/** Of a label bank, what scoring needs. */
export interface ScoringBank {
  readonly labels: readonly Pick<LabelDefinition, 'id' | 'cosineMean' | 'cosineSd'>[];
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
      cosines[row * labels.length + label] = clampedDot(embeddings, row * dimension, directions, label * dimension, dimension);
    }
  }
  return cosines;
}

// Four sums side by side, so that one addition need not wait for the one before.
function clampedDot(a: Float32Array, aStart: number, b: Float32Array, bStart: number, length: number): number {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += a[aStart + i]! * b[bStart + i]!;
    s1 += a[aStart + i + 1]! * b[bStart + i + 1]!;
    s2 += a[aStart + i + 2]! * b[bStart + i + 2]!;
    s3 += a[aStart + i + 3]! * b[bStart + i + 3]!;
  }
  for (; i < length; i++) s0 += a[aStart + i]! * b[bStart + i]!;
  // Rounding of the unit lengths may lead a hair beyond.
  return Math.max(-1, Math.min(1, s0 + s1 + s2 + s3));
}

/**
 * @param cosines one row of `scoreEmbeddings`, [labels]
 * @param top how many findings at most; default all
 * @returns highest score first; labels of equal score in the bank's order
 */
export function rankFindings(cosines: Float32Array, bank: ScoringBank, top: number = bank.labels.length): Finding[] {
  if (cosines.length !== bank.labels.length) throw new RangeError(`a row has ${bank.labels.length} cosines, received ${cosines.length}`);
  return bank.labels
    .map(({ id, cosineMean, cosineSd }, i): Finding => ({ label: id, cosine: cosines[i]!, score: (cosines[i]! - cosineMean) / cosineSd }))
    .sort((a, b) => b.score - a.score)
    .slice(0, top);
}
