/**
 * Every table of a model, on fold 10 and on MIT-BIH. What is chosen (epoch, prompts, the way labels are made, standardising) has
 * been chosen on fold 9 before; this is run once for a model that is to be reported.
 */
import type { LabelBank } from '../../models/label-bank.ts';
import { logistic, probabilityOf } from '../../models/platt.ts';
import { CHOICE_FOLD, FINAL_FOLD, type PtbXlRow } from '../data/ptb-xl.ts';
import type { LabelMethod } from '../label-embeddings.ts';
import { ALL_LEADS, DEFAULT_METHOD, FEW_LEAD_SETS } from '../lead-sets.ts';
import { macroAuc, type Interval, type RankedScores } from '../metrics.ts';
import { TASK_NAMES, type Task, type TaskLabel, type TaskName } from '../tasks.ts';
import { intervalsPerTask, rankTask } from '../zero-shot-evaluation.ts';
import { gatherRows } from '../vectors.ts';
import { balancedOf, type FiveClassResult } from './balanced-tables.ts';
import type { BalancedResult } from './balanced-test.ts';
import { abstentionCurve, calibrationError, fitPlatt, reliability, type AbstentionPoint, type Bin } from './calibration.ts';
import type { Evaluator } from './evaluator.ts';
import { singleScores } from './five-classes.ts';
import { mitBihTable, type MitBihResult } from './mit-bih-table.ts';
import { noiseTable, type NoiseRow } from './noise-table.ts';
import { recallsOf, type Recalls } from './retrieval.ts';
import { SINGLE_LABEL_SETS, singleLabelItems, singleLabels } from './single-label-sets.ts';

/** Classes with fewer positives in fold 10 say little. */
const ENOUGH_POSITIVES = 10;
const ONE_PROMPT: LabelMethod = { from: 'prompt', contrast: 0 };

export interface AucRow {
  readonly name: string;
  readonly tasks: Readonly<Record<TaskName, Interval>>;
}

export interface CalibrationResult {
  readonly label: string;
  readonly before: { readonly bins: readonly Bin[]; readonly error: number };
  readonly after: { readonly bins: readonly Bin[]; readonly error: number };
}

export interface FinalTables {
  readonly balanced: Readonly<Partial<Record<TaskName, FiveClassResult>>>;
  /** With fold 10 alone: like it, not for choosing. */
  readonly mitBih?: MitBihResult;
  readonly auc: readonly AucRow[];
  /** Macro AUC over the labels with ENOUGH_POSITIVES positives. */
  readonly aucOfCommon: Readonly<Record<TaskName, Interval>>;
  readonly fewLeads: readonly (AucRow & { readonly f1: BalancedResult['f1'] })[];
  readonly noise: readonly NoiseRow[];
  readonly retrieval: { readonly toEcg: Recalls; readonly toReport: Recalls };
  readonly calibration: readonly CalibrationResult[];
  readonly abstention: readonly AbstentionPoint[];
}

/** @param bank the model's own @param fold 10, or 9 while choosing and rehearsing @param onStep told which table is next */
export async function finalTables(evaluator: Evaluator, bank: LabelBank, fold: number, onStep: (name: string) => void): Promise<FinalTables> {
  const { prepared: { tasks, prompts }, projected } = evaluator;
  const rows = evaluator.rowsOf(fold);
  const step = async <T>(name: string, run: () => T | Promise<T>): Promise<T> => {
    onStep(name);
    return run();
  };
  const ecg = await step(`embeddings of fold ${fold}`, () => evaluator.ecgs(fold, ALL_LEADS));
  const ofMethod = (method: LabelMethod, of: readonly Task[] = tasks): Record<TaskName, Interval> => intervalsPerTask(of, rows, ecg, { prompts, projected, method });
  const balanced: Partial<Record<TaskName, FiveClassResult>> = {};
  for (const name of Object.keys(SINGLE_LABEL_SETS) as TaskName[]) {
    balanced[name] = await step(`balanced ${name}`, () => balancedOf(evaluator, name, rows, ecg, ALL_LEADS));
  }
  const fewLeads: FinalTables['fewLeads'][number][] = [];
  for (const leads of FEW_LEAD_SETS) {
    fewLeads.push(await step(leads, async () => {
      const few = await evaluator.ecgs(fold, leads);
      return {
        name: leads,
        tasks: intervalsPerTask(tasks, rows, few, { prompts, projected, method: DEFAULT_METHOD }),
        f1: (await balancedOf(evaluator, 'superclass', rows, few, leads)).competing.f1,
      };
    }));
  }
  return {
    balanced,
    ...(fold === FINAL_FOLD && { mitBih: await step('MIT-BIH', () => mitBihTable(evaluator)) }),
    auc: [
      { name: 'labels as shipped', tasks: await step('AUC', () => ofMethod(DEFAULT_METHOD)) },
      { name: 'one prompt per label', tasks: await step('AUC, one prompt', () => ofMethod(ONE_PROMPT, tasks.map(withFirstPrompt))) },
    ],
    aucOfCommon: await step('AUC, common labels', () => commonOnly(tasks, rows, ecg, evaluator)),
    fewLeads,
    noise: await step('noise', () => noiseTable(evaluator, bank, fold)),
    retrieval: await step('retrieval', () => retrieval(evaluator, fold, ecg)),
    ...await step('calibration', () => calibration(evaluator, rows, ecg)),
  };
}

const withFirstPrompt = (task: Task): Task => ({ ...task, labels: task.labels.map((label) => ({ ...label, prompts: label.prompts.slice(0, 1) })) });

function commonOnly(tasks: readonly Task[], rows: readonly PtbXlRow[], ecg: Float32Array, { prepared: { prompts }, projected }: Evaluator): Record<TaskName, Interval> {
  const patients = Int32Array.from(rows, (row) => row.patientId);
  const isCommon = ({ positive }: RankedScores): boolean => positive.reduce((sum, value) => sum + value, 0) >= ENOUGH_POSITIVES;
  return Object.fromEntries(tasks.map((task) => [
    task.name, macroAuc(rankTask(task, rows, ecg, { prompts, projected, method: DEFAULT_METHOD }).filter(isCommon), patients),
  ])) as Record<TaskName, Interval>;
}

function retrieval({ prepared: { data }, projected }: Evaluator, fold: number, ecg: Float32Array): FinalTables['retrieval'] {
  const { dimension, reports } = projected;
  const textOf = data.rows.flatMap((row, index) => (row.fold === fold ? [data.textOf[index]!] : []));
  const patientOf = data.rows.filter((row) => row.fold === fold).map(({ patientId }) => patientId);
  const texts = [...new Set(textOf)].filter((text) => text >= 0);
  const withText = textOf.flatMap((text, index) => (text >= 0 ? [index] : []));
  const patientsOfText = new Map<number, number[]>();
  for (const index of withText) patientsOfText.set(textOf[index]!, [...(patientsOfText.get(textOf[index]!) ?? []), patientOf[index]!]);
  const [ecgs, sentences] = [gatherRows(ecg, dimension, withText), gatherRows(reports, dimension, texts)];
  return {
    toEcg: recallsOf(sentences, ecgs, dimension, (text, record) => textOf[withText[record]!] === texts[text], (text) => patientsOfText.get(texts[text]!)!),
    toReport: recallsOf(ecgs, sentences, dimension, (record, text) => textOf[withText[record]!] === texts[text], (record) => [patientOf[withText[record]!]!]),
  };
}

/** Per-label Platt scaling on fold 9, measured on fold 10; only here are labels used for a score. */
async function calibration(evaluator: Evaluator, rows: readonly PtbXlRow[], ecg: Float32Array): Promise<Pick<FinalTables, 'calibration' | 'abstention'>> {
  const labels = singleLabels(evaluator.prepared.tasks, 'superclass');
  const choiceRows = evaluator.rowsOf(CHOICE_FOLD);
  const scores = await singleScores(evaluator, labels, ecg, ALL_LEADS, DEFAULT_METHOD);
  const choiceScores = await singleScores(evaluator, labels, await evaluator.ecgs(CHOICE_FOLD, ALL_LEADS), ALL_LEADS, DEFAULT_METHOD);
  const truthOf = (label: TaskLabel, of: readonly PtbXlRow[]): Uint8Array => Uint8Array.from(of, (row) => (label.isPositive(row) ? 1 : 0));
  const fits = labels.map((label, i) => fitPlatt(choiceScores[i]!, truthOf(label, choiceRows)));
  const binned = (probabilities: Float32Array, positive: Uint8Array): CalibrationResult['before'] => {
    const bins = reliability(probabilities, positive);
    return { bins, error: calibrationError(bins) };
  };
  const calibrated = labels.map((_, i) => scores[i]!.map((score) => probabilityOf(score, fits[i]!)));
  const items = singleLabelItems(rows, labels, calibrated).map(({ row, truth, chosen }) => ({ confidence: calibrated[chosen]![row]!, right: truth === chosen }));
  return {
    calibration: labels.map((label, i) => ({
      label: label.id,
      before: binned(scores[i]!.map(logistic), truthOf(label, rows)),
      after: binned(calibrated[i]!, truthOf(label, rows)),
    })),
    abstention: abstentionCurve(items),
  };
}

export const meanOfTasks = (tasks: Readonly<Record<TaskName, Interval>>): number => TASK_NAMES.reduce((sum, name) => sum + tasks[name].value, 0) / TASK_NAMES.length;
