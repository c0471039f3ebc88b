/** A frozen encoder with a linear probe on a share of the training labels, on the METS paper's balanced sets. */
import { FINAL_FOLD, TRAIN_FOLDS } from '../data/ptb-xl.ts';
import { rowsOfFolds } from '../data/dataset.ts';
import { presenceOf } from '../augmentation.ts';
import { ALL_LEADS, leadsOf } from '../lead-sets.ts';
import type { OnnxModel } from '../onnx/onnx-model.ts';
import type { Prepared } from '../prepare.ts';
import { randomOf, shuffled } from '../random.ts';
import type { TaskName } from '../tasks.ts';
import { balancedTest, type BalancedResult } from './balanced-test.ts';
import { fitProbe } from './linear-probe.ts';
import { SINGLE_LABEL_SETS, singleLabelItems, singleLabels } from './single-label-sets.ts';

const SAMPLE_SEED = 5;

/** @param share of the training records whose labels the probe sees, 0 to 1 */
export async function probeBaseline(model: OnnxModel, { data, tasks }: Prepared, share: number): Promise<Partial<Record<TaskName, BalancedResult>>> {
  const training = rowsOfFolds(data.rows, TRAIN_FOLDS);
  const seen = [...shuffled(training.length, randomOf(SAMPLE_SEED))].slice(0, Math.round(share * training.length)).map((index) => training[index]!);
  const tested = rowsOfFolds(data.rows, [FINAL_FOLD]);
  const presence = presenceOf(leadsOf(ALL_LEADS));
  const [seenEcgs, testedEcgs] = [await model.embedRecords(data.signals, seen, presence), await model.embedRecords(data.signals, tested, presence)];
  const rowsAt = (records: readonly number[]): Prepared['data']['rows'] => records.map((record) => data.rows[record]!);
  const results: Partial<Record<TaskName, BalancedResult>> = {};
  for (const name of Object.keys(SINGLE_LABEL_SETS) as TaskName[]) {
    const labels = singleLabels(tasks, name);
    const noScores = labels.map(() => new Float32Array(Math.max(seen.length, tested.length)));
    const learned = singleLabelItems(rowsAt(seen), labels, noScores);
    const gathered = new Float32Array(learned.length * model.dimension);
    learned.forEach(({ row }, i) => gathered.set(seenEcgs.subarray(row * model.dimension, (row + 1) * model.dimension), i * model.dimension));
    const chosen = fitProbe(gathered, model.dimension, Int32Array.from(learned, ({ truth }) => truth), labels.length).choose(testedEcgs);
    results[name] = balancedTest(singleLabelItems(rowsAt(tested), labels, noScores).map((item) => ({ ...item, chosen: chosen[item.row]! })), labels.length);
  }
  return results;
}
