/** The zero-shot table of one exported model on fold 9, run through ONNX Runtime as serving runs it. */
import { arch, cpus, platform } from 'node:os';
import { systemClock } from '../ecg/clock.ts';
import { loadManifest, type Manifest } from '../models/manifest.ts';
import { presenceOf } from './augmentation.ts';
import { CHOICE_FOLD } from './data/ptb-xl.ts';
import { rowsOfFolds } from './data/dataset.ts';
import { nameOfMethod, projectAll, type LabelMethod } from './label-embeddings.ts';
import { CHOICE_LEAD_SETS, DEFAULT_METHOD, LEAD_SETS } from './lead-sets.ts';
import type { Interval } from './metrics.ts';
import { openOnnxModel } from './onnx/onnx-model.ts';
import type { Prepared } from './prepare.ts';
import { TASK_NAMES, type TaskName } from './tasks.ts';
import { intervalsPerTask } from './zero-shot-evaluation.ts';

/** Shown beside the default, to tell what it brings. */
const OTHER_METHODS: readonly LabelMethod[] = [{ from: 'prompt', contrast: 0 }, { from: 'nearest', contrast: 0 }, { from: 'phrase', contrast: 0 }];

export interface EvaluationRow {
  readonly leads: string;
  readonly method: LabelMethod;
  readonly tasks: Readonly<Record<TaskName, Interval>>;
}

export interface Evaluation {
  readonly model: string;
  readonly rows: readonly EvaluationRow[];
  readonly markdown: string;
  readonly json: { readonly training: Manifest['training']; readonly [key: string]: unknown };
}

/** @param manifestPath of a manifest.json @throws EcgError MODEL_MANIFEST | MODEL_CHECKSUM */
export async function evaluateModel(manifestPath: string, { data, tasks, prompts }: Prepared): Promise<Evaluation> {
  const loaded = loadManifest(manifestPath);
  const model = await openOnnxModel(loaded);
  const records = rowsOfFolds(data.rows, [CHOICE_FOLD]);
  const fold = records.map((record) => data.rows[record]!);
  const projected = projectAll(model.projectTexts, prompts, data.textEmbeddings, data.trainRecordTexts);
  const rows: EvaluationRow[] = [];
  for (const [leads, names] of Object.entries(LEAD_SETS)) {
    const ecg = await model.embedRecords(data.signals, records, presenceOf(names));
    for (const method of CHOICE_LEAD_SETS.includes(leads) ? [DEFAULT_METHOD, ...OTHER_METHODS] : [DEFAULT_METHOD]) rows.push({ leads, method, tasks: intervalsPerTask(tasks, fold, ecg, { prompts, projected, method }) });
  }
  await model.close();
  return { model: loaded.id, rows, markdown: toMarkdown(loaded.id, loaded.manifest, rows), json: toJson(loaded.id, loaded.manifest, rows) };
}

function toMarkdown(id: string, manifest: Manifest, rows: readonly EvaluationRow[]): string {
  const n = rows[0]!.tasks.superclass.n;
  const cell = ({ value, low, high }: Interval): string => `${value.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
  const heads = TASK_NAMES.map((name) => `${name} (${rows[0]!.tasks[name].labels})`);
  return [
    `# ${id}: zero-shot macro AUC on PTB-XL fold ${CHOICE_FOLD}`,
    '',
    `${n} records; 95 % bootstrap intervals by patient; in brackets the number of labels with a positive. A label is positive at any likelihood (MERL's protocol).`,
    '',
    `| leads | labels made from | ${heads.join(' | ')} |`,
    `|---|---|${TASK_NAMES.map(() => '---|').join('')}`,
    ...rows.map(({ leads, method, tasks }) => `| ${leads} | ${nameOfMethod(method)} | ${TASK_NAMES.map((name) => cell(tasks[name])).join(' | ')} |`),
    '',
    `Trained on reports alone (${manifest.training.data}); no statement code entered the loss, the positives or the prompts. Fold ${CHOICE_FOLD}'s labels chose the epoch (${manifest.training.epochs}) and the way labels are made, so these figures lean to the good side; fold 10 has not been touched.`,
    '',
  ].join('\n');
}

function toJson(model: string, { training }: Manifest, rows: readonly EvaluationRow[]): Evaluation['json'] {
  return {
    model, training, fold: CHOICE_FOLD, metric: 'macro AUC', interval: '95 % bootstrap by patient',
    labelsUsed: 'fold 9, to choose the epoch and the way labels are made',
    date: new Date(systemClock.now()).toISOString(),
    machine: `${platform()} ${arch()}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`,
    rows: rows.map(({ leads, method, tasks }) => ({
      leads, method: nameOfMethod(method),
      ...Object.fromEntries(TASK_NAMES.map((name) => {
        const { value, low, high, n, labels } = tasks[name];
        return [name, { auc: round(value), low: round(low), high: round(high), n, labels }];
      })),
    })),
  };
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;
