/** The fold-9 evaluation that an epoch is chosen by: zero-shot AUC of the four tasks, with twelve leads and with II and V1. */
import { presenceOf } from './augmentation.ts';
import { CHOICE_FOLD } from './data/ptb-xl.ts';
import { rowsOfFolds, type Dataset } from './data/dataset.ts';
import { embedRecords, projectTexts } from './embed-records.ts';
import { projectAll, type PromptSet } from './label-embeddings.ts';
import { CHOICE_LEAD_SETS, EPOCH_METHOD, LEAD_SETS } from './lead-sets.ts';
import type { Model } from './model.ts';
import type { EpochLog } from './run-directory.ts';
import type { Task } from './tasks.ts';
import { aucPerTask, meanOverTasks } from './zero-shot-evaluation.ts';

/** @param onBatch awaited between batches */
export async function evaluateForChoice(model: Model, data: Dataset, tasks: readonly Task[], prompts: PromptSet, onBatch: () => Promise<void>): Promise<Pick<EpochLog, 'auc' | 'mean'>> {
  const records = rowsOfFolds(data.rows, [CHOICE_FOLD]);
  const rows = records.map((record) => data.rows[record]!);
  const projected = projectAll((frozen) => projectTexts(model, frozen), prompts, data.textEmbeddings, data.trainRecordTexts);
  const auc: Record<string, EpochLog['auc'][string]> = {};
  for (const name of CHOICE_LEAD_SETS) {
    const ecg = await embedRecords(model, data.signals, records, presenceOf(LEAD_SETS[name]!), onBatch);
    auc[name] = aucPerTask(tasks, rows, ecg, { prompts, projected, method: EPOCH_METHOD });
  }
  const means = Object.values(auc).map(meanOverTasks);
  return { auc, mean: means.reduce((sum, value) => sum + value, 0) / means.length };
}
