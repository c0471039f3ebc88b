/** What is left of the labels when people move: a fold's records with two leads, real noise added to them. */
import { addAmbulatoryNoise, loadAmbulatoryNoise, type AmbulatoryNoise } from '../ambulatory-noise.ts';
import { presenceOf } from '../augmentation.ts';
import { rowsOfFolds } from '../data/dataset.ts';
import { INPUT_SPEC } from '../data/input-spec.ts';
import { DEFAULT_METHOD, leadsOf } from '../lead-sets.ts';
import { maskedInput } from '../masked-input.ts';
import { randomOf } from '../random.ts';
import { intervalsPerTask } from '../zero-shot-evaluation.ts';
import type { Evaluator } from './evaluator.ts';
import type { AucRow } from './final-tables.ts';

export const NOISE_LEADS = 'II + V1';
const SIGNAL_TO_NOISE_DB = [18, 12, 6, 0];
const NOISE_SEED = 77;
/** Inputs in memory at a time. */
const BATCH = 256;
const VALUES_PER_RECORD = INPUT_SPEC.leads.length * INPUT_SPEC.length;

/** Noise of the half of the recordings that no model learns from; the same noise for every model. @throws EcgError DATA_NOT_FOUND */
export async function noiseTable(evaluator: Evaluator, fold: number): Promise<AucRow[]> {
  const { prepared: { tasks, prompts }, projected } = evaluator;
  const noise = await loadAmbulatoryNoise('second');
  const table: AucRow[] = [];
  for (const db of SIGNAL_TO_NOISE_DB) {
    const ecg = await noisyEcgs(evaluator, fold, noise, db);
    table.push({ name: `${db} dB`, tasks: intervalsPerTask(tasks, evaluator.rowsOf(fold), ecg, { prompts, projected, method: DEFAULT_METHOD }) });
  }
  return table;
}

/** @returns [records of the fold][dimension] */
async function noisyEcgs({ model, prepared: { data } }: Evaluator, fold: number, noise: AmbulatoryNoise, db: number): Promise<Float32Array> {
  const presence = presenceOf(leadsOf(NOISE_LEADS));
  const records = rowsOfFolds(data.rows, [fold]);
  const out = new Float32Array(records.length * model.dimension);
  for (let first = 0; first < records.length; first += BATCH) {
    const inputs = records.slice(first, first + BATCH).map((record) => {
      const input = new Float32Array(VALUES_PER_RECORD);
      maskedInput(data.signals, record, presence, input);
      addAmbulatoryNoise(input, presence, noise, db, randomOf(NOISE_SEED, record));
      return { input, presence };
    });
    out.set(await model.embedInputs(inputs), first * model.dimension);
  }
  return out;
}
