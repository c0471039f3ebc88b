/** The METS paper's label sets on PTB-XL: five classes each, records that belong to exactly one of them. */
import type { PtbXlRow } from '../data/ptb-xl.ts';
import type { Task, TaskLabel, TaskName } from '../tasks.ts';
import type { BalancedItem } from './balanced-test.ts';

export const SINGLE_LABEL_SETS: Readonly<Partial<Record<TaskName, readonly string[]>>> = {
  superclass: ['NORM', 'CD', 'MI', 'HYP', 'STTC'],
  form: ['NDT', 'NST_', 'ABQRS', 'PVC', 'STD_'],
  rhythm: ['SR', 'AFIB', 'STACH', 'SARRH', 'SBRAD'],
};

/** @throws RangeError for a task without such a set */
export function singleLabels(tasks: readonly Task[], name: TaskName): TaskLabel[] {
  const labels = tasks.find((task) => task.name === name)!.labels;
  const ids = SINGLE_LABEL_SETS[name];
  if (!ids) throw new RangeError(`the paper has no single-label set of ${name}`);
  return ids.map((id) => labels.find((label) => label.id === id)!);
}

/** @param scores [labels][rows] */
export function singleLabelItems(rows: readonly PtbXlRow[], labels: readonly TaskLabel[], scores: readonly Float32Array[]): (BalancedItem & { readonly row: number })[] {
  return rows.flatMap((row, index) => {
    const truths = labels.flatMap((label, i) => (label.isPositive(row) ? [i] : []));
    return truths.length === 1 ? [{ row: index, truth: truths[0]!, chosen: argmax(scores.map((score) => score[index]!)), group: row.patientId }] : [];
  });
}

export const argmax = (values: readonly number[]): number => values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
