/**
 * The fold-9 evaluation that an epoch is chosen by: AUC of the four tasks, with twelve leads and with II and V1. Scores are those of
 * sentences, zero-shot, and the class logits where nothing but labels was learnt from.
 */
import { presenceOf } from './augmentation.ts';
import { classMatrixOf } from './class-matrix.ts';
import type { TrainConfig } from './config.ts';
import { CHOICE_FOLD } from './data/ptb-xl.ts';
import { rowsOfFolds } from './data/dataset.ts';
import { embedRecords, projectTexts } from './embed-records.ts';
import type { Choice } from './epochs.ts';
import { projectedTexts } from './label-embeddings.ts';
import { CHOICE_LEAD_SETS, EPOCH_METHOD, LEAD_SETS } from './lead-sets.ts';
import type { Model } from './model.ts';
import type { Prepared } from './prepare.ts';
import type { EpochLog } from './run-directory.ts';
import { aucBy, aucPerTask, meanOverTasks } from './zero-shot-evaluation.ts';

/** @param onBatch awaited between batches */
export async function evaluateForChoice(model: Model, config: TrainConfig, { data, tasks, prompts }: Prepared, onBatch: () => Promise<void>): Promise<Choice> {
  const { kind } = config.objective;
  if (kind === 'views') return { auc: {}, mean: 0, note: 'neither sentences nor labels were learnt, so there is nothing to choose by: the last epoch stands' };
  const records = rowsOfFolds(data.rows, [CHOICE_FOLD]);
  const rows = records.map((record) => data.rows[record]!);
  const aucOf = await (kind === 'labels' ? byClasses() : bySentences());
  const auc: Record<string, EpochLog['auc'][string]> = {};
  for (const name of CHOICE_LEAD_SETS) {
    const ecg = await embedRecords(model, data.signals, records, presenceOf(LEAD_SETS[name]!), onBatch);
    auc[name] = aucOf(ecg);
  }
  const means = Object.values(auc).map(meanOverTasks);
  return { auc, mean: means.reduce((sum, value) => sum + value, 0) / means.length };

  async function byClasses(): Promise<(ecg: Float32Array) => EpochLog['auc'][string]> {
    const classes = classMatrixOf(model.parameters, await model.flatten(), tasks);
    return (ecg) => aucBy(tasks, rows, (label) => classes.scores(ecg, label));
  }

  async function bySentences(): Promise<(ecg: Float32Array) => EpochLog['auc'][string]> {
    const projected = projectedTexts(await projectTexts(model, prompts.frozen), await projectTexts(model, data.textEmbeddings), model.config.embeddingDimension, data.trainRecordTexts);
    return (ecg) => aucPerTask(tasks, rows, ecg, { prompts, projected, method: EPOCH_METHOD });
  }
}
