/** Scores records against label sets with an encoder, and says how well. */
import type { PtbXlRow } from './data/ptb-xl.ts';
import { labelEmbedding, type LabelMethod, type ProjectedTexts, type PromptSet } from './label-embeddings.ts';
import { macroAuc, meanAuc, rank, type Interval, type RankedScores } from './metrics.ts';
import { TASK_NAMES, type Task, type TaskLabel, type TaskName } from './tasks.ts';
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

/** A label's score for each of some records. */
export type ScoreOf = (label: TaskLabel) => Float32Array;

export const truthOf = (label: TaskLabel, rows: readonly PtbXlRow[]): Uint8Array => Uint8Array.from(rows, (row) => (label.isPositive(row) ? 1 : 0));

const sentenceScores = (ecg: Float32Array, { prompts, projected, method }: Scoring): ScoreOf => (label) => cosines(ecg, labelEmbedding(prompts, projected, label.prompts, method));

const rankBy = (task: Task, rows: readonly PtbXlRow[], scoreOf: ScoreOf): RankedScores[] => task.labels.map((label) => rank(scoreOf(label), truthOf(label, rows)));

/** Every label of a task, scored and ranked against the truth. */
export const rankTask = (task: Task, rows: readonly PtbXlRow[], ecg: Float32Array, scoring: Scoring): RankedScores[] => rankBy(task, rows, sentenceScores(ecg, scoring));

/** Macro AUC per task, without intervals: for choosing. */
export const aucBy = (tasks: readonly Task[], rows: readonly PtbXlRow[], scoreOf: ScoreOf): Record<TaskName, number> =>
  perTask(tasks, (task) => meanAuc(rankBy(task, rows, scoreOf)));

export const aucPerTask = (tasks: readonly Task[], rows: readonly PtbXlRow[], ecg: Float32Array, scoring: Scoring): Record<TaskName, number> =>
  aucBy(tasks, rows, sentenceScores(ecg, scoring));

/** The same with 95 % intervals, resampled by patient. */
export function intervalsBy(tasks: readonly Task[], rows: readonly PtbXlRow[], scoreOf: ScoreOf): Record<TaskName, Interval> {
  const patients = Int32Array.from(rows, (row) => row.patientId);
  return perTask(tasks, (task) => macroAuc(rankBy(task, rows, scoreOf), patients));
}

export const intervalsPerTask = (tasks: readonly Task[], rows: readonly PtbXlRow[], ecg: Float32Array, scoring: Scoring): Record<TaskName, Interval> =>
  intervalsBy(tasks, rows, sentenceScores(ecg, scoring));

export const meanOverTasks = (values: Readonly<Record<TaskName, number>>): number =>
  TASK_NAMES.reduce((sum, name) => sum + values[name], 0) / TASK_NAMES.length;

const perTask = <T>(tasks: readonly Task[], of: (task: Task) => T): Record<TaskName, T> =>
  Object.fromEntries(tasks.map((task) => [task.name, of(task)])) as Record<TaskName, T>;
