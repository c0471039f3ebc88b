/** Fold 9: the five-class tests by each way of scoring, with every lead set that matters; the stand-in for MIT-BIH among them. */
import { CHOICE_FOLD } from '../data/ptb-xl.ts';
import { CHOICE_LEAD_SETS } from '../lead-sets.ts';
import type { TaskName } from '../tasks.ts';
import { balancedOf } from './balanced-tables.ts';
import type { Evaluator } from './evaluator.ts';
import { mitBihStandIn } from './mit-bih-table.ts';
import { SINGLE_LABEL_SETS } from './single-label-sets.ts';

export interface ChoiceClassRow {
  readonly test: string;
  readonly leads: string;
  readonly perClass: number;
  /** Balanced F1: labels against each other, and each by itself. */
  readonly competing: number;
  readonly single: number;
}

export async function choiceClasses(evaluator: Evaluator): Promise<ChoiceClassRow[]> {
  const rows = evaluator.rowsOf(CHOICE_FOLD);
  const table: ChoiceClassRow[] = [];
  for (const leads of CHOICE_LEAD_SETS) {
    const ecg = await evaluator.ecgs(CHOICE_FOLD, leads);
    for (const test of Object.keys(SINGLE_LABEL_SETS) as TaskName[]) {
      const { competing, single } = await balancedOf(evaluator, test, rows, ecg, leads);
      table.push({ test, leads, perClass: competing.perClass, competing: competing.f1.value, single: single.f1.value });
    }
  }
  const { competing, single } = await mitBihStandIn(evaluator);
  return [...table, { test: 'stand-in for MIT-BIH', leads: 'II + V1', perClass: competing.perClass, competing: competing.f1.value, single: single.f1.value }];
}

export const choiceClassesMarkdown = (table: readonly ChoiceClassRow[]): string => [
  '| test | leads | a class | F1, labels against each other | F1, each label by itself |',
  '|---|---|---|---|---|',
  ...table.map(({ test, leads, perClass, competing, single }) => `| ${test} | ${leads} | ${perClass} | ${competing.toFixed(3)} | ${single.toFixed(3)} |`),
  '',
].join('\n');
