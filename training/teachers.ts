/**
 * Models that have learnt already, for another to learn from (knowledge distillation, Hinton et al. 2015). Which reports a record resembles beside
 * its own, and how much, is in their cosines and in no report. They see each record whole and clean; the learner, an augmented part of it.
 */
import { join } from 'node:path';
import { loadManifest } from '../models/manifest.ts';
import { rowsOfFolds } from './data/dataset.ts';
import { TRAIN_FOLDS } from './data/ptb-xl.ts';
import type { EmbeddedStatements } from './data/statements.ts';
import { cachedEmbeddings } from './evaluation/evaluator.ts';
import { requireTextEncoder } from './fit.ts';
import { ALL_LEADS } from './lead-sets.ts';
import { openOnnxModel } from './onnx/onnx-model.ts';
import type { Prepared } from './prepare.ts';

/** What a teacher makes of the training folds, in a space of its own. All rows are of unit length. */
export interface Teacher {
  readonly dimension: number;
  /** [records of `signals`][dimension]; zero for records of other folds. */
  readonly ecgs: Float32Array;
  /** [texts][dimension]. */
  readonly texts: Float32Array;
  /** [statements][dimension], where there are statements. */
  readonly statements?: Float32Array;
}

/** @param directory of an exported model @throws EcgError MODEL_CHECKSUM; MODEL_MISMATCH where it takes other input or another text encoder; and what `loadManifest` throws */
export async function openTeacher(directory: string, prepared: Prepared, statements: EmbeddedStatements | undefined): Promise<Teacher> {
  const loaded = loadManifest(join(directory, 'manifest.json'));
  requireTextEncoder(loaded.manifest.textEncoder, prepared.textEncoder, directory);
  const { rows, textEmbeddings } = prepared.data;
  const model = await openOnnxModel(loaded);
  try {
    const { dimension } = model;
    const embedded = await cachedEmbeddings(model, loaded.manifest.encoder.sha256, prepared, TRAIN_FOLDS, ALL_LEADS);
    const ecgs = new Float32Array(rows.length * dimension);
    rowsOfFolds(rows, TRAIN_FOLDS).forEach((record, index) => ecgs.set(embedded.subarray(index * dimension, (index + 1) * dimension), record * dimension));
    return { dimension, ecgs, texts: model.projectTexts(textEmbeddings), ...(statements && { statements: model.projectTexts(statements.embeddings) }) };
  } finally {
    await model.close();
  }
}
