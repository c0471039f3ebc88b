/** A served model in another precision: a directory of its own, the same labels and text head, chosen by its manifest. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EcgError } from '../../ecg/errors.ts';
import { loadManifest, type LoadedManifest } from '../../models/manifest.ts';
import { presenceOf } from '../augmentation.ts';
import type { Dataset } from '../data/dataset.ts';
import { rowsOfFolds } from '../data/dataset.ts';
import { CHOICE_FOLD, TRAIN_FOLDS } from '../data/ptb-xl.ts';
import { LEAD_SETS } from '../lead-sets.ts';
import { dotRows } from '../vectors.ts';
import { openOnnxModel } from './onnx-model.ts';
import { measureRanges } from './quantise-calibration.ts';
import { toFp16 } from './quantise-fp16.ts';
import { toInt8 } from './quantise-int8.ts';

export type ReducedPrecision = 'fp16' | 'int8';

/** Training records over which ranges are measured, spread over all of them. */
const CALIBRATION_RECORDS = 512;
/** Records of fold 9 on which the embeddings are compared with those of float32. */
export const COMPARED_RECORDS = 500;
/** Below this mean cosine with float32 a model is not exported: the labels' scores would be those of another model. */
const LEAST_MEAN_COSINE = 0.999;

export interface Agreement {
  readonly records: number;
  readonly meanCosine: number;
  readonly lowestCosine: number;
}

/**
 * Writes the model and lets it stand only where its embeddings lie near enough to those of float32.
 * @throws EcgError MODEL_MISMATCH where they do not (no manifest is left, so nothing can serve it), or as `writeReduced`
 */
export async function exportReduced(from: LoadedManifest, precision: ReducedPrecision, directory: string, data: Pick<Dataset, 'rows' | 'signals'>, leastMeanCosine = LEAST_MEAN_COSINE): Promise<{ readonly reduced: LoadedManifest; readonly agreed: Agreement }> {
  const reduced = await writeReduced(from, precision, directory, data);
  const agreed = await agreement(from, reduced, data);
  if (agreed.meanCosine >= leastMeanCosine) return { reduced, agreed };
  rmSync(reduced.path);
  throw new EcgError('MODEL_MISMATCH', `the ${precision} model lies too far from the original`, {
    expected: `a mean cosine of at least ${leastMeanCosine}`, received: `${agreed.meanCosine.toFixed(6)}, lowest ${agreed.lowestCosine.toFixed(4)}`, from: reduced.id });
}

/** @throws EcgError MODEL_MISMATCH where the model is of reduced precision already */
export async function writeReduced(from: LoadedManifest, precision: ReducedPrecision, directory: string, data: Pick<Dataset, 'rows' | 'signals'>): Promise<LoadedManifest> {
  const { manifest } = from;
  if (manifest.precision !== 'fp32') {
    throw new EcgError('MODEL_MISMATCH', 'only a float32 model can be reduced', { expected: 'precision fp32', received: manifest.precision, from: from.path });
  }
  const encoder = readFileSync(from.encoderPath);
  const reduced = precision === 'fp16' ? toFp16(encoder) : toInt8(encoder, await measureRanges(encoder, data.signals, calibrationRecords(data), presences()));
  mkdirSync(directory, { recursive: true });
  for (const part of [manifest.labelBank, manifest.textHead, manifest.reportBank]) {
    if (part) copyFileSync(join(from.directory, part.path), join(directory, part.path));
  }
  writeFileSync(join(directory, manifest.encoder.path), reduced);
  const written = { ...manifest, name: `${manifest.name}-${precision}`, precision, encoder: { path: manifest.encoder.path, sha256: createHash('sha256').update(reduced).digest('hex') } };
  const path = join(directory, 'manifest.json');
  writeFileSync(path, `${JSON.stringify(written, undefined, 2)}\n`);
  return loadManifest(path);
}

/** How near the embeddings of two models lie, over all lead sets. */
export async function agreement(reference: LoadedManifest, reduced: LoadedManifest, { rows, signals }: Pick<Dataset, 'rows' | 'signals'>): Promise<Agreement> {
  const records = spread(rowsOfFolds(rows, [CHOICE_FOLD]), COMPARED_RECORDS);
  const [ours, theirs] = await Promise.all([reference, reduced].map(openOnnxModel));
  const cosines: number[] = [];
  for (const presence of presences()) {
    const a = await ours!.embedRecords(signals, records, presence);
    const b = await theirs!.embedRecords(signals, records, presence);
    records.forEach((_, row) => cosines.push(dotRows(a, row, b, row, ours!.dimension)));
  }
  await Promise.all([ours!.close(), theirs!.close()]);
  return { records: records.length, meanCosine: cosines.reduce((sum, value) => sum + value, 0) / cosines.length, lowestCosine: Math.min(...cosines) };
}

const presences = (): Uint8Array[] => Object.values(LEAD_SETS).map(presenceOf);

const calibrationRecords = ({ rows }: Pick<Dataset, 'rows'>): number[] => spread(rowsOfFolds(rows, TRAIN_FOLDS), CALIBRATION_RECORDS);

const spread = (records: readonly number[], count: number): number[] =>
  Array.from({ length: Math.min(count, records.length) }, (_, i) => records[Math.floor((i * records.length) / Math.min(count, records.length))]!);
