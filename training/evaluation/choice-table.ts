/** Fold 9, where everything is chosen: every way to make labels, with every lead set that matters, AUC and balanced F1. */
import { CHOICE_FOLD } from '../data/ptb-xl.ts';
import { nameOfMethod, type LabelMethod } from '../label-embeddings.ts';
import { CHOICE_LEAD_SETS } from '../lead-sets.ts';
import { TASK_NAMES, type TaskName } from '../tasks.ts';
import { aucPerTask, cosines } from '../zero-shot-evaluation.ts';
import { balancedTest } from './balanced-test.ts';
import { standardise, type Evaluator } from './evaluator.ts';
import { SINGLE_LABEL_SETS, singleLabelItems, singleLabels } from './single-label-sets.ts';

export const METHODS: readonly LabelMethod[] = [
  { from: 'prompt', contrast: 0 }, { from: 'nearest', contrast: 0 }, { from: 'nearest', contrast: 0.5 }, { from: 'phrase', contrast: 0 }, { from: 'phrase', contrast: 0.5 },
  { from: 'ecgs', contrast: 0 }, { from: 'ecgs+prompt', contrast: 0 }, { from: 'both', contrast: 0 }, { from: 'both', contrast: 0.5 }, { from: 'all', contrast: 0 },
];

export interface ChoiceRow {
  readonly leads: string;
  readonly method: string;
  readonly auc: Readonly<Record<TaskName, number>>;
  /** Balanced F1 by the highest cosine, and by the highest cosine standardised over unlabelled ECGs. */
  readonly f1: Readonly<Partial<Record<TaskName, { readonly cosine: number; readonly standardised: number }>>>;
}

export async function choiceTable(evaluator: Evaluator): Promise<ChoiceRow[]> {
  const { prepared: { tasks, prompts }, projected } = evaluator;
  const rows = evaluator.rowsOf(CHOICE_FOLD);
  const table: ChoiceRow[] = [];
  for (const leads of CHOICE_LEAD_SETS) {
    const ecg = await evaluator.ecgs(CHOICE_FOLD, leads);
    for (const method of METHODS) {
      const f1 = async (name: TaskName): Promise<{ cosine: number; standardised: number }> => {
        const labels = singleLabels(tasks, name);
        const directions = labels.map((label) => evaluator.direction(label.prompts, method));
        const raw = directions.map((direction) => cosines(ecg, direction));
        const moments = await Promise.all(directions.map((direction) => evaluator.moments(direction, leads)));
        const of = (scores: Float32Array[]): number => balancedTest(singleLabelItems(rows, labels, scores), labels.length).f1.value;
        return { cosine: of(raw), standardised: of(raw.map((values, i) => standardise(values, moments[i]!))) };
      };
      const f1s = await Promise.all((Object.keys(SINGLE_LABEL_SETS) as TaskName[]).map(async (name) => [name, await f1(name)] as const));
      table.push({ leads, method: nameOfMethod(method), auc: aucPerTask(tasks, rows, ecg, { prompts, projected, method }), f1: Object.fromEntries(f1s) });
    }
  }
  return table;
}

export function choiceMarkdown(table: readonly ChoiceRow[]): string {
  const f1Names = Object.keys(SINGLE_LABEL_SETS) as TaskName[];
  return [
    `| leads | labels made from | ${TASK_NAMES.map((name) => `AUC ${name}`).join(' | ')} | ${f1Names.map((name) => `F1 ${name}, cosine / standardised`).join(' | ')} |`,
    `|---|---|${TASK_NAMES.map(() => '---|').join('')}${f1Names.map(() => '---|').join('')}`,
    ...table.map(({ leads, method, auc, f1 }) => `| ${leads} | ${method} | ${TASK_NAMES.map((name) => auc[name].toFixed(3)).join(' | ')} | ${f1Names.map((name) => `${f1[name]!.cosine.toFixed(3)} / ${f1[name]!.standardised.toFixed(3)}`).join(' | ')} |`),
    '',
  ].join('\n');
}
