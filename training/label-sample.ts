/** Whose labels a baseline may see: a share of the training folds' patients, the same ones for every baseline. */
import { rowsOfFolds } from './data/dataset.ts';
import { TRAIN_FOLDS, type PtbXlRow } from './data/ptb-xl.ts';
import { randomOf, shuffled } from './random.ts';
import type { Task } from './tasks.ts';

/** Of the sample, not of a run: seeds of training must not change which labels are known. */
const SAMPLE_SEED = 5;

/** @param share of the patients, up to 1 @returns indices of all their records */
export function labelledRecords(rows: readonly PtbXlRow[], share: number): number[] {
  const training = rowsOfFolds(rows, TRAIN_FOLDS);
  const patients = [...new Set(training.map((record) => rows[record]!.patientId))];
  const order = shuffled(patients.length, randomOf(SAMPLE_SEED));
  const chosen = new Set([...order.subarray(0, Math.round(share * patients.length))].map((index) => patients[index]!));
  return training.filter((record) => chosen.has(rows[record]!.patientId));
}

/** Every label of every task, in the order of a class matrix's columns. @returns [rows][count], 1 where positive */
export function labelsOfRows(tasks: readonly Task[], rows: readonly PtbXlRow[]): { readonly count: number; readonly positive: Uint8Array } {
  const labels = tasks.flatMap((task) => task.labels);
  const positive = new Uint8Array(rows.length * labels.length);
  rows.forEach((row, index) => labels.forEach((label, column) => (positive[index * labels.length + column] = label.isPositive(row) ? 1 : 0)));
  return { count: labels.length, positive };
}
