/** The same model in half precision and in 8-bit integers: how fast, how near, and what it costs in AUC on PTB-XL fold 9. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isEcgError } from '../../ecg/errors.ts';
import type { LoadedManifest } from '../../models/manifest.ts';
import { presenceOf } from '../../training/augmentation.ts';
import { rowsOfFolds } from '../../training/data/dataset.ts';
import { CHOICE_FOLD } from '../../training/data/ptb-xl.ts';
import { projectedWithEcgs } from '../../training/evaluation/evaluator.ts';
import type { ProjectedTexts } from '../../training/label-embeddings.ts';
import { CHOICE_LEAD_SETS, DEFAULT_METHOD, LEAD_SETS } from '../../training/lead-sets.ts';
import { openOnnxModel } from '../../training/onnx/onnx-model.ts';
import { agreement, writeReduced, type Agreement } from '../../training/onnx/quantise-model.ts';
import { prepare, type Prepared } from '../../training/prepare.ts';
import { aucPerTask, meanOverTasks } from '../../training/zero-shot-evaluation.ts';
import { markdownTable, median, type Figures } from './report.ts';
import { openRaw, rawThroughput } from './serving-load.ts';

export interface PrecisionResult extends Agreement {
  readonly precision: string;
  /** Segments a second beside those of float32, the median over the rounds. */
  readonly ofFp32: number;
  /** Macro AUC, mean over the tasks and two lead sets; what the reduced one loses. */
  readonly auc: number;
  readonly aucLoss: number;
}

/** @returns nothing where PTB-XL is not here: ranges are measured on records */
export async function measurePrecisions(model: LoadedManifest, threads: number, rounds: number, seconds: number): Promise<PrecisionResult[]> {
  const directory = mkdtempSync(join(tmpdir(), 'leadwatch-precision-'));
  try {
    const prepared = await prepare();
    const projected = await projectedOf(model, prepared);
    const auc = await aucOf(model, prepared, projected);
    const results: PrecisionResult[] = [];
    for (const precision of ['fp16', 'int8'] as const) {
      const reduced = await writeReduced(model, precision, join(directory, precision), prepared.data);
      const reducedAuc = await aucOf(reduced, prepared, projected);
      results.push({
        precision, ofFp32: await ratio(reduced, model, threads, rounds, seconds), auc: reducedAuc, aucLoss: auc - reducedAuc, ...await agreement(model, reduced, prepared.data) });
      console.error(`${precision}: ${results.at(-1)!.ofFp32.toFixed(2)} of the speed of fp32, AUC ${reducedAuc.toFixed(4)} after ${auc.toFixed(4)}`);
    }
    return results;
  } catch (error) {
    if (!isEcgError(error)) throw error;
    console.error(`fp16 and int8 are not measured: ${error.message}`);
    return [];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** For JSON: a loss of AUC may be of the fifth digit. */
export const precisionFigures = (modelId: string, results: readonly PrecisionResult[]): Figures => ({
  model: modelId,
  ...Object.fromEntries(results.map(({ precision, ...result }) => [precision, Object.fromEntries(Object.entries(result).map(([name, value]) => [name, Math.round(value * 1e6) / 1e6]))])),
});

export const precisionTable = (results: readonly PrecisionResult[]): string => markdownTable(
  ['precision', 'speed of fp32', 'AUC on fold 9', 'AUC lost', 'mean cosine', 'lowest cosine'],
  results.map(({ precision, ofFp32, auc, aucLoss, meanCosine, lowestCosine }) => [
    precision, ofFp32.toFixed(2), auc.toFixed(5), aucLoss.toFixed(5), meanCosine.toFixed(5), lowestCosine.toFixed(5)]));

export const precisionPage = (modelId: string, results: readonly PrecisionResult[]): string => `# fp16 and int8 beside float32

\`npm run bench -- serving --only-precisions\`. ${modelId}. Speed: ONNX Runtime alone, batch 32, one thread. AUC: macro, mean over the four tasks and two lead sets (12 leads, II + V1), PTB-XL fold 9, with the labels of float32, as a reduced model is served. Cosine with float32 over ${results[0]!.records} records with every lead set.

${precisionTable(results)}
`;

async function ratio(reduced: LoadedManifest, fp32: LoadedManifest, threads: number, rounds: number, seconds: number): Promise<number> {
  const sessions = await Promise.all([openRaw(reduced, threads), openRaw(fp32, threads)]);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [ours, theirs] = [await rawThroughput(sessions[0]!, fp32.manifest, 32, seconds), await rawThroughput(sessions[1]!, fp32.manifest, 32, seconds)];
    ratios.push(ours / theirs);
  }
  await Promise.all(sessions.map((session) => session.release()));
  return median(ratios);
}

/** Labels as the float32 model has them: a reduced one is served with the same bank. */
async function projectedOf(loaded: LoadedManifest, prepared: Prepared): Promise<ProjectedTexts> {
  const model = await openOnnxModel(loaded);
  try {
    return await projectedWithEcgs(model, loaded.manifest.encoder.sha256, prepared);
  } finally {
    await model.close();
  }
}

async function aucOf(loaded: LoadedManifest, { data, tasks, prompts }: Prepared, projected: ProjectedTexts): Promise<number> {
  const model = await openOnnxModel(loaded);
  const records = rowsOfFolds(data.rows, [CHOICE_FOLD]);
  const means: number[] = [];
  for (const leads of CHOICE_LEAD_SETS) {
    const ecg = await model.embedRecords(data.signals, records, presenceOf(LEAD_SETS[leads]!));
    means.push(meanOverTasks(aucPerTask(tasks, records.map((record) => data.rows[record]!), ecg, { prompts, projected, method: DEFAULT_METHOD })));
  }
  await model.close();
  return means.reduce((sum, value) => sum + value, 0) / means.length;
}
