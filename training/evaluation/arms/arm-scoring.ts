/** How an arm's embeddings become scores: by sentences, without a label, or by what was learnt from labels. */
import type { PtbXlRow } from '../../data/ptb-xl.ts';
import type { TaskLabel } from '../../tasks.ts';
import type { ScoreOf } from '../../zero-shot-evaluation.ts';
import type { EncodedFolds } from '../evaluator.ts';

export interface CompetingLabel extends TaskLabel {
  /** "None of the others": true of a row that none of them is true of. */
  readonly rest?: boolean;
}

export interface ArmScoring {
  readonly folds: EncodedFolds;
  /** Which labels the arm has seen, in training and scoring together. */
  readonly labelsUsed: string;
  /** How scores are made, for the table. */
  readonly scoredBy: string;
  /** Of any label of the tasks, for AUC. @param ecg embeddings with these leads */
  scoreOf(ecg: Float32Array, leads: string): Promise<ScoreOf>;
  /** Scores of labels of which one is right. @returns [labels][records] */
  competing(labels: readonly CompetingLabel[], ecg: Float32Array, leads: string): Promise<readonly Float32Array[]>;
}

/** The one label that is true of a row; undefined where none is, or several are. */
export function onlyLabelOf(labels: readonly CompetingLabel[], row: PtbXlRow): number | undefined {
  const truths = labels.flatMap((label, index) => (label.isPositive(row) ? [index] : []));
  return truths.length === 1 ? truths[0] : undefined;
}
