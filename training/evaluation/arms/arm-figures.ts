/** What an arm reaches: on fold 9, where arms are chosen, and once it is to be reported on fold 10 and MIT-BIH. */
import { CHOICE_FOLD, FINAL_FOLD } from '../../data/ptb-xl.ts';
import { ALL_LEADS, CHOICE_LEAD_SETS } from '../../lead-sets.ts';
import type { Interval } from '../../metrics.ts';
import type { TaskName } from '../../tasks.ts';
import { aucBy, intervalsBy, meanOverTasks } from '../../zero-shot-evaluation.ts';
import { balancedTest, type BalancedResult } from '../balanced-test.ts';
import { balancedFigures } from '../final-json.ts';
import { meanOfTasks } from '../final-tables.ts';
import { mitBihLabels, mitBihTest, STAND_IN_LEADS } from '../mit-bih-table.ts';
import { SINGLE_LABEL_SETS, singleLabelItems, singleLabels } from '../single-label-sets.ts';
import type { ArmScoring, CompetingLabel } from './arm-scoring.ts';

const TESTS = Object.keys(SINGLE_LABEL_SETS) as TaskName[];
const TWO_LEADS = 'II + V1';

export interface ChoiceFigures {
  /** Macro AUC on fold 9, by lead set and task. */
  readonly auc: Readonly<Record<string, Readonly<Record<TaskName, number>>>>;
  /** Balanced F1 on fold 9; the stand-in for MIT-BIH are its records with II and V1. */
  readonly f1: Readonly<Record<string, number>>;
}

export interface FinalFigures {
  readonly balanced: Readonly<Record<string, BalancedResult>>;
  readonly auc: Readonly<Record<TaskName, Interval>>;
  readonly twoLeads: Readonly<Record<TaskName, Interval>>;
}

export async function choiceFigures(scoring: ArmScoring): Promise<ChoiceFigures> {
  const { folds } = scoring;
  const rows = folds.rowsOf(CHOICE_FOLD);
  const auc: Record<string, Record<TaskName, number>> = {};
  for (const leads of CHOICE_LEAD_SETS) auc[leads] = aucBy(folds.prepared.tasks, rows, await scoring.scoreOf(await folds.ecgs(CHOICE_FOLD, leads), leads));
  const balanced = await balancedOn(scoring, CHOICE_FOLD);
  const standIn = await balancedOf(scoring, CHOICE_FOLD, mitBihLabels(folds.prepared.tasks), STAND_IN_LEADS);
  return { auc, f1: Object.fromEntries([...Object.entries(balanced), ['mitBihStandIn', standIn] as const].map(([test, { f1 }]) => [test, f1.value])) };
}

/** Fold 10 and MIT-BIH: run it for an arm that is to be reported. */
export async function finalFigures(scoring: ArmScoring): Promise<FinalFigures> {
  const { folds } = scoring;
  const rows = folds.rowsOf(FINAL_FOLD);
  const intervals = async (leads: string): Promise<Record<TaskName, Interval>> =>
    intervalsBy(folds.prepared.tasks, rows, await scoring.scoreOf(await folds.ecgs(FINAL_FOLD, leads), leads));
  const labels = mitBihLabels(folds.prepared.tasks);
  const mitBih = await mitBihTest(folds.model);
  return {
    balanced: { ...await balancedOn(scoring, FINAL_FOLD), mitBih: mitBih.test(await mitBih.scored((ecg, leads) => scoring.competing(labels, ecg, leads))) },
    auc: await intervals(ALL_LEADS),
    twoLeads: await intervals(TWO_LEADS),
  };
}

async function balancedOn(scoring: ArmScoring, fold: number): Promise<Record<string, BalancedResult>> {
  const results: Record<string, BalancedResult> = {};
  for (const name of TESTS) results[name] = await balancedOf(scoring, fold, singleLabels(scoring.folds.prepared.tasks, name), ALL_LEADS);
  return results;
}

async function balancedOf(scoring: ArmScoring, fold: number, labels: readonly CompetingLabel[], leads: string): Promise<BalancedResult> {
  const scores = await scoring.competing(labels, await scoring.folds.ecgs(fold, leads), leads);
  return balancedTest(singleLabelItems(scoring.folds.rowsOf(fold), labels, scores), labels.length);
}

/** As `arms` of mets.json has them. */
export const choiceJson = ({ auc, f1 }: ChoiceFigures): Record<string, unknown> => ({
  fold: CHOICE_FOLD,
  auc: Object.fromEntries(Object.entries(auc).map(([leads, tasks]) => [leads, { ...roundedAll(tasks), mean: round(meanOverTasks(tasks)) }])),
  f1: roundedAll(f1),
});

export const finalJsonOf = ({ balanced, auc, twoLeads }: FinalFigures): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(balanced).map(([test, result]) => [test, balancedFigures(result)])),
  auc: { superclass: round(auc.superclass.value), mean: round(meanOfTasks(auc)), twoLeadSuperclass: round(twoLeads.superclass.value), tasks: auc, twoLeadTasks: twoLeads },
});

const roundedAll = (values: Readonly<Record<string, number>>): Record<string, number> => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, round(value)]));
const round = (value: number): number => Math.round(value * 1e4) / 1e4;
