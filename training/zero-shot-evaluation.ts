/** Scores records against label sets with an encoder, and says how well. */
import type { PtbXlRow } from './data/ptb-xl.ts';
import { labelEmbedding, type LabelMethod, type ProjectedTexts, type PromptSet } from './label-embeddings.ts';
import { macroAuc, meanAuc, rank, type Interval, type RankedScores } from './metrics.ts';
import { TASK_NAMES, type Task, type TaskName } from './tasks.ts';
import { dotRows } from './vectors.ts';

/** All that turns a label into a score except the ECGs. */
export interface Scoring {
  readonly prompts: PromptSet;
  readonly projected: ProjectedTexts;
  readonly method: LabelMethod;
}

/** Cosine of every record with one label. @param ecg [records][dimension], unit length */
export function cosines(ecg: Float32Array, label: Float32Array): Float32Array {
  const dimension = label.length;
  return Float32Array.from({ length: ecg.length / dimension }, (_, row) => dotRows(ecg, row, label, 0, dimension));
}

/** Every label of a task, scored and ranked against the truth. */
export const rankTask = (task: Task, rows: readonly PtbXlRow[], ecg: Float32Array, { prompts, projected, method }: Scoring): RankedScores[] =>
  task.labels.map((label) => rank(
    cosines(ecg, labelEmbedding(prompts, projected, label.prompts, method)),
    Uint8Array.from(rows, (row) => (label.isPositive(row) ? 1 : 0)),
  ));

/** Macro AUC per task, without intervals: for choosing during training. */
export const aucPerTask = (tasks: readonly Task[], rows: readonly PtbXlRow[], ecg: Float32Array, scoring: Scoring): Record<TaskName, number> =>
  perTask(tasks, (task) => meanAuc(rankTask(task, rows, ecg, scoring)));

/** The same with 95 % intervals, resampled by patient. */
export function intervalsPerTask(tasks: readonly Task[], rows: readonly PtbXlRow[], ecg: Float32Array, scoring: Scoring): Record<TaskName, Interval> {
  const patients = Int32Array.from(rows, (row) => row.patientId);
  return perTask(tasks, (task) => macroAuc(rankTask(task, rows, ecg, scoring), patients));
}

export const meanOverTasks = (values: Readonly<Record<TaskName, number>>): number =>
  TASK_NAMES.reduce((sum, name) => sum + values[name], 0) / TASK_NAMES.length;

const perTask = <T>(tasks: readonly Task[], of: (task: Task) => T): Record<TaskName, T> =>
  Object.fromEntries(tasks.map((task) => [task.name, of(task)])) as Record<TaskName, T>;
