/**
 * What a perfect ECG encoder would reach, before any is trained: the reports themselves, as the frozen text encoder embeds them
 * after the glossary, are scored against the labels as ECGs would be. An encoder trained to lie where its report lies cannot
 * be expected to beat this; prompts, glossary and the way labels are made decide how high it is.
 */
import { openTextEncoder } from '../../models/text-encoder.ts';
import { embedCached } from '../../models/text-embeddings.ts';
import { rowsOfFolds } from '../data/dataset.ts';
import { CHOICE_FOLD } from '../data/ptb-xl.ts';
import { ecgPrototypes } from '../ecg-prototypes.ts';
import { nameOfMethod, projectedTexts, type LabelMethod, type PromptSet } from '../label-embeddings.ts';
import type { Prepared } from '../prepare.ts';
import { TASK_NAMES, type TaskName } from '../tasks.ts';
import { centreAndNormalise, gatherRows } from '../vectors.ts';
import { intervalsPerTask, cosines } from '../zero-shot-evaluation.ts';
import { labelEmbedding } from '../label-embeddings.ts';
import type { Interval } from '../metrics.ts';
import { balancedTest } from './balanced-test.ts';
import { momentsOf, standardise } from './evaluator.ts';
import { SINGLE_LABEL_SETS, singleLabelItems, singleLabels } from './single-label-sets.ts';

/** The paper's wording of a label. */
const PAPER_PROMPT = 'The ECG of {text}, a type of diagnostic.';
const PLAIN: LabelMethod = { from: 'prompt', contrast: 0 };
const METHODS: readonly LabelMethod[] = [
  PLAIN, { from: 'nearest', contrast: 0 }, { from: 'phrase', contrast: 0 }, { from: 'phrase', contrast: 0.5 }, { from: 'ecgs', contrast: 0 }, { from: 'both', contrast: 0.5 },
];

export interface CeilingRow {
  readonly method: string;
  readonly auc: Readonly<Record<TaskName, Interval>>;
  /** Balanced F1 by the highest standardised cosine. */
  readonly f1: Readonly<Partial<Record<TaskName, number>>>;
}

export async function textCeiling(prepared: Prepared): Promise<CeilingRow[]> {
  const { data, tasks, prompts } = prepared;
  const dimension = data.textDimension;
  const records = rowsOfFolds(data.rows, [CHOICE_FOLD]).filter((record) => data.textOf[record]! >= 0);
  const rows = records.map((record) => data.rows[record]!);
  const textsOf = (texts: Int32Array): Float32Array => gatherRows(data.textEmbeddings, dimension, texts);
  const reports = textsOf(Int32Array.from(records, (record) => data.textOf[record]!));
  const ecgs = ecgPrototypes(textsOf(data.trainRecordTexts), dimension, data.trainRecordTexts, data.texts.length);
  const rowOf = (name: string, set: PromptSet, method: LabelMethod): CeilingRow => {
    const projected = { ...projectedTexts(set.frozen, data.textEmbeddings, dimension, data.trainRecordTexts), ecgs };
    const f1 = (task: TaskName): number => {
      const labels = singleLabels(tasks, task);
      const scores = labels.map((label) => cosines(reports, labelEmbedding(set, projected, label.prompts, method)));
      return balancedTest(singleLabelItems(rows, labels, scores.map((values) => standardise(values, momentsOf(values)))), labels.length).f1.value;
    };
    return {
      method: name,
      auc: intervalsPerTask(tasks, rows, reports, { prompts: set, projected, method }),
      f1: Object.fromEntries((Object.keys(SINGLE_LABEL_SETS) as TaskName[]).map((task) => [task, f1(task)])),
    };
  };
  return [
    rowOf('prompts in the paper’s wording', await inPaperWording(prepared), PLAIN),
    ...METHODS.map((method) => rowOf(nameOfMethod(method).replace('ECGs of reports', 'reports, discriminant,').replace('and their ECGs', 'and their discriminant'), prompts, method)),
  ];
}

async function inPaperWording({ data, prompts }: Prepared): Promise<PromptSet> {
  const encoder = await openTextEncoder();
  try {
    const frozen = await embedCached(encoder, prompts.texts.map((text) => PAPER_PROMPT.replace('{text}', text)));
    return { ...prompts, frozen: centreAndNormalise(frozen, data.textCentre) };
  } finally {
    await encoder.close();
  }
}

export function ceilingMarkdown(table: readonly CeilingRow[], textEncoder: string): string {
  const f1Names = Object.keys(SINGLE_LABEL_SETS) as TaskName[];
  const { n } = table[0]!.auc.superclass;
  const cell = ({ value, low, high }: Interval): string => `${value.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
  return [
    '# Text ceiling: reports scored as if they were ECGs',
    '',
    `${n} reports of PTB-XL fold ${CHOICE_FOLD}, frozen text encoder ${textEncoder}, after the glossary, centred; 95 % bootstrap intervals by patient. Macro AUC, a label being positive at any likelihood; balanced F1 of the METS paper's five-class sets by the highest cosine, standardised over the same reports without their labels.`,
    '',
    `| labels made from | ${TASK_NAMES.map((name) => `AUC ${name} (${table[0]!.auc[name].labels})`).join(' | ')} | ${f1Names.map((name) => `F1 ${name}`).join(' | ')} |`,
    `|---|${TASK_NAMES.map(() => '---|').join('')}${f1Names.map(() => '---|').join('')}`,
    ...table.map(({ method, auc, f1 }) => `| ${method} | ${TASK_NAMES.map((name) => cell(auc[name])).join(' | ')} | ${f1Names.map((name) => f1[name]!.toFixed(3)).join(' | ')} |`),
    '',
    'Prompts and the way labels are made were chosen here and on fold 9’s ECGs, with fold 9’s codes; no code enters a label, an embedding or a mean.',
    '',
  ].join('\n');
}
