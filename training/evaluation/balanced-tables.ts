/** The METS paper's tests on PTB-XL, each scored in the two ways of five-classes.ts. */
import type { PtbXlRow } from '../data/ptb-xl.ts';
import { COMPETING_METHOD } from '../lead-sets.ts';
import type { TaskName } from '../tasks.ts';
import { balancedTest, type BalancedResult } from './balanced-test.ts';
import type { Evaluator } from './evaluator.ts';
import { competingScores, singleScores } from './five-classes.ts';
import { singleLabelItems, singleLabels } from './single-label-sets.ts';

export interface FiveClassResult {
  /** Labels against each other. */
  readonly competing: BalancedResult;
  /** Each label by itself. */
  readonly single: BalancedResult;
}

/** @param ecg embeddings of `rows` with these leads */
export async function balancedOf(evaluator: Evaluator, name: TaskName, rows: readonly PtbXlRow[], ecg: Float32Array, leads: string): Promise<FiveClassResult> {
  const labels = singleLabels(evaluator.prepared.tasks, name);
  const items = (scores: readonly Float32Array[]): BalancedResult => balancedTest(singleLabelItems(rows, labels, scores), labels.length);
  return {
    competing: items(await competingScores(evaluator, labels, ecg, leads)),
    single: items(await singleScores(evaluator, labels, ecg, leads, COMPETING_METHOD)),
  };
}
