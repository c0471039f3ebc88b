/** What a configuration's objective gets to see of the training folds, and nothing else. */
import { openTextEncoder } from '../models/text-encoder.ts';
import { loadAmbulatoryNoise } from './ambulatory-noise.ts';
import { learnsFromLabels, learnsFromReports, type TrainConfig } from './config.ts';
import { rowsOfFolds, type Dataset } from './data/dataset.ts';
import { TRAIN_FOLDS } from './data/ptb-xl.ts';
import { embeddedStatements, type EmbeddedStatements } from './data/statements.ts';
import { labelledRecords, labelsOfRows } from './label-sample.ts';
import type { Prepared } from './prepare.ts';
import { openTeacher, type Teacher } from './teachers.ts';
import type { TrainingSet } from './trainer.ts';

/** Records that a configuration trains on: those with a report where it learns from reports, those with a known label where from labels. */
export function trainingRecords({ objective }: TrainConfig, { rows, textOf }: Pick<Dataset, 'rows' | 'textOf'>): number[] {
  switch (objective.kind) {
    case 'reports': case 'reports+labels': return rowsOfFolds(rows, TRAIN_FOLDS).filter((row) => textOf[row]! >= 0);
    case 'labels': return labelledRecords(rows, objective.share);
    case 'views': return rowsOfFolds(rows, TRAIN_FOLDS);
  }
}

export async function trainingSetOf(config: TrainConfig, prepared: Prepared): Promise<TrainingSet> {
  const { data, tasks } = prepared;
  const statements = learnsFromReports(config) && config.statements.weight > 0 ? await statementsOf(data, config.statements.minimumRecords) : undefined;
  const teachers: Teacher[] = [];
  for (const model of config.teachers.models) teachers.push(await openTeacher(model, prepared, statements));
  return {
    ...data,
    records: Int32Array.from(trainingRecords(config, data)),
    ...(statements && { statements }),
    ...(teachers.length > 0 && { teachers }),
    ...(config.augmentation.ambulatoryNoise.share > 0 && { noise: await loadAmbulatoryNoise('first') }),
    ...(learnsFromLabels(config) && { labels: labelsOfRows(tasks, data.rows) }),
  };
}

async function statementsOf(data: Dataset, minimumRecords: number): Promise<EmbeddedStatements> {
  const encoder = await openTextEncoder();
  try {
    const statements = await embeddedStatements(encoder, data, minimumRecords);
    console.log(`${statements.texts.length} statements mined from the training reports`);
    return statements;
  } finally {
    await encoder.close();
  }
}
