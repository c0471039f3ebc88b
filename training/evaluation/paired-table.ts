/** Whether one model is better than another, or only luckier: both on the same records of fold 9, resampled together. */
import { CHOICE_FOLD } from '../data/ptb-xl.ts';
import { CHOICE_LEAD_SETS, DEFAULT_METHOD } from '../lead-sets.ts';
import { pairedDifference, type RankedScores } from '../metrics.ts';
import { TASK_NAMES } from '../tasks.ts';
import { rankTask } from '../zero-shot-evaluation.ts';
import type { Evaluator } from './evaluator.ts';

export interface PairedRow {
  readonly leads: string;
  /** A task's name, or `mean`: of the four. */
  readonly task: string;
  /** Macro AUC of the second model less that of the first. */
  readonly difference: ReturnType<typeof pairedDifference>;
}

export async function pairedTable(first: Evaluator, second: Evaluator): Promise<PairedRow[]> {
  const patients = Int32Array.from(first.rowsOf(CHOICE_FOLD), (row) => row.patientId);
  const table: PairedRow[] = [];
  for (const leads of CHOICE_LEAD_SETS) {
    const [one, other] = [await rankedTasks(first, leads), await rankedTasks(second, leads)];
    const pairs = one.map((labels, task) => ({ first: labels, second: other[task]! }));
    TASK_NAMES.forEach((task, index) => table.push({ leads, task, difference: pairedDifference([pairs[index]!], patients) }));
    table.push({ leads, task: 'mean', difference: pairedDifference(pairs, patients) });
  }
  return table;
}

async function rankedTasks(evaluator: Evaluator, leads: string): Promise<RankedScores[][]> {
  const { prepared: { tasks, prompts }, projected } = evaluator;
  const ecg = await evaluator.ecgs(CHOICE_FOLD, leads);
  return tasks.map((task) => rankTask(task, evaluator.rowsOf(CHOICE_FOLD), ecg, { prompts, projected, method: DEFAULT_METHOD }));
}

/** @param names of the two models */
export function pairedMarkdown(table: readonly PairedRow[], [first, second]: readonly [string, string]): string {
  const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4).slice(1)}`;
  return [
    `Macro AUC of ${second} less that of ${first}, ${table[0]!.difference.n} records of PTB-XL fold ${CHOICE_FOLD}, labels positive at any likelihood, 95 % bootstrap by patient, in pairs.`,
    '',
    '| leads | task | difference | interval |',
    '|---|---|---|---|',
    ...table.map(({ leads, task, difference: { value, low, high } }) => `| ${leads} | ${task} | ${signed(value)} | ${signed(low)} to ${signed(high)} |`),
    '',
  ].join('\n');
}
