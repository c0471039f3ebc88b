/** What is left of the labels, and of the alarms by them, when people move: a fold's records with two leads, real noise added to them. */
import type { LabelBank } from '../../models/label-bank.ts';
import { addAmbulatoryNoise, loadAmbulatoryNoise, type AmbulatoryNoise } from '../ambulatory-noise.ts';
import { presenceOf } from '../augmentation.ts';
import { rowsOfFolds } from '../data/dataset.ts';
import { INPUT_SPEC } from '../data/input-spec.ts';
import type { PtbXlRow } from '../data/ptb-xl.ts';
import { DEFAULT_METHOD, leadsOf } from '../lead-sets.ts';
import { maskedInput } from '../masked-input.ts';
import { hasFinding, isWronglyAlarmed, MONITOR_LABELS } from '../monitor-labels.ts';
import { randomOf } from '../random.ts';
import { cosines, intervalsPerTask } from '../zero-shot-evaluation.ts';
import { standardise, type Evaluator } from './evaluator.ts';
import type { AucRow } from './final-tables.ts';

export const NOISE_LEADS = 'II + V1';
/** Infinity: none. */
const SIGNAL_TO_NOISE_DB = [Infinity, 18, 12, 6, 0];
const NOISE_SEED = 77;
/** Inputs in memory at a time. */
const BATCH = 256;
const VALUES_PER_RECORD = INPUT_SPEC.leads.length * INPUT_SPEC.length;

/** A label that raises an alarm, at its threshold and on single segments: what its dwell time keeps back is not counted. */
export interface AlarmShares {
  readonly name: string;
  /** Share of the records with the finding that are above the threshold, and of those without it. */
  readonly found: number;
  readonly wrong: number;
}

export interface NoiseRow extends AucRow {
  readonly alarms: readonly AlarmShares[];
}

/** Noise of the half of the recordings that no model learns from; the same noise for every model. @throws EcgError DATA_NOT_FOUND */
export async function noiseTable(evaluator: Evaluator, bank: LabelBank, fold: number): Promise<NoiseRow[]> {
  const { prepared: { tasks, prompts }, projected } = evaluator;
  const rows = evaluator.rowsOf(fold);
  const noise = await loadAmbulatoryNoise('second');
  const table: NoiseRow[] = [];
  for (const db of SIGNAL_TO_NOISE_DB) {
    const ecg = await (Number.isFinite(db) ? noisyEcgs(evaluator, fold, noise, db) : evaluator.ecgs(fold, NOISE_LEADS));
    table.push({
      name: Number.isFinite(db) ? `${db} dB` : 'none',
      tasks: intervalsPerTask(tasks, rows, ecg, { prompts, projected, method: DEFAULT_METHOD }),
      alarms: alarmShares(bank, rows, ecg),
    });
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

function alarmShares({ labels, embeddings, dimension }: LabelBank, rows: readonly PtbXlRow[], ecg: Float32Array): AlarmShares[] {
  return labels.flatMap(({ id, name, cosineMean: mean, cosineSd: sd, alarm }, index) => {
    const known = MONITOR_LABELS.find((label) => label.id === id);
    if (!alarm || !known) return [];
    const scores = standardise(cosines(ecg, embeddings.subarray(index * dimension, (index + 1) * dimension)), { mean, sd });
    const shareAbove = (wanted: (row: PtbXlRow) => boolean): number => {
      const of = scores.filter((_, i) => wanted(rows[i]!));
      return of.filter((score) => score >= alarm.threshold).length / of.length;
    };
    return [{ name, found: shareAbove((row) => hasFinding(known, row)), wrong: shareAbove((row) => isWronglyAlarmed(known, row)) }];
  });
}
