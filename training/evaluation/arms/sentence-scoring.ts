/** Scores by sentences, as the shipped model is scored: every arm by the same ways to make labels, chosen once on fold 9. */
import { labelEmbedding } from '../../label-embeddings.ts';
import { DEFAULT_METHOD } from '../../lead-sets.ts';
import { cosines } from '../../zero-shot-evaluation.ts';
import type { Evaluator } from '../evaluator.ts';
import { competingScores } from '../five-classes.ts';
import type { ArmScoring } from './arm-scoring.ts';

/** @param labelsUsed in training; scoring uses none */
export const sentenceScoring = (evaluator: Evaluator, labelsUsed: string): ArmScoring => ({
  folds: evaluator,
  labelsUsed,
  scoredBy: 'sentences',
  async scoreOf(ecg) {
    const { prepared: { prompts }, projected } = evaluator;
    return (label) => cosines(ecg, labelEmbedding(prompts, projected, label.prompts, DEFAULT_METHOD));
  },
  competing: (labels, ecg, leads) => competingScores(evaluator, labels, ecg, leads),
});
