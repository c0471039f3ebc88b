/**
 * Makes a model's label bank. No statement code goes into an embedding, a mean or a spread; fold 9's codes choose, for each
 * label, between its prompts and prototypes of reports, set the thresholds of the few labels that raise an alarm, and fit the
 * probabilities (label-probability.ts).
 */
import { encodeFloats, type LabelBankFile } from '../../models/label-bank.ts';
import { CHOICE_FOLD, type PtbXlRow } from '../data/ptb-xl.ts';
import { rowsOfFolds } from '../data/dataset.ts';
import { labelEmbedding, type LabelMethod } from '../label-embeddings.ts';
import { cachedEmbeddings, momentsOf, projectedWithEcgs, standardise } from '../evaluation/evaluator.ts';
import { auc, rank } from '../metrics.ts';
import { hasFinding, isWronglyAlarmed, MONITOR_LABELS, type MonitorLabel } from '../monitor-labels.ts';
import type { Prepared } from '../prepare.ts';
import { DEFAULT_METHOD, LEAD_SETS } from '../lead-sets.ts';
import { cosines } from '../zero-shot-evaluation.ts';
import { chooseAbstention, fitProbability, type ChosenAbstention, type FittedLabel } from './label-probability.ts';
import type { OnnxModel } from './onnx-model.ts';

const METHODS: readonly LabelMethod[] = [
  ...(['prompt', 'nearest', 'phrase', 'both'] as const).flatMap((from) => [0, 0.5, 1].map((contrast) => ({ from, contrast }))),
  { from: 'ecgs', contrast: 0 }, { from: 'ecgs+prompt', contrast: 0 },
];
/** A label with fewer positives in fold 9 keeps the default method: so few choose nothing. */
const POSITIVES_TO_CHOOSE = 10;
/** Share of fold 9's records without the finding that stay below an alarm's threshold; the dwell time does the rest. */
const ALARM_SPECIFICITY = 0.99;

/** What was chosen for one label, and what it reaches on fold 9. */
export interface BankChoice {
  readonly id: string;
  readonly method: LabelMethod;
  readonly positives: number;
  /** By lead set; undefined without a positive. */
  readonly auc: Readonly<Record<string, number | undefined>>;
  /** Share of records with the finding that reach the alarm threshold. */
  readonly alarmSensitivity?: Readonly<Record<string, number>>;
  /** Expected calibration error by lead set, of a fit on half of the patients on the others; absent: no probability was fitted. */
  readonly calibrationErrors?: Readonly<Record<string, number>>;
}

export interface MadeBank {
  readonly bank: LabelBankFile;
  readonly choices: readonly BankChoice[];
  readonly abstention: ChosenAbstention | undefined;
}

interface MadeLabel {
  readonly entry: LabelBankFile['labels'][number];
  readonly choice: BankChoice;
  readonly fitted: FittedLabel | undefined;
}

/** @param sha256 of the encoder */
export async function makeLabelBank(model: OnnxModel, sha256: string, prepared: Prepared): Promise<MadeBank> {
  const { data, prompts } = prepared;
  const records = rowsOfFolds(data.rows, [CHOICE_FOLD]);
  const rows = records.map((record) => data.rows[record]!);
  const projected = await projectedWithEcgs(model, sha256, prepared);
  const ecgs = new Map<string, Float32Array>();
  for (const name of Object.keys(LEAD_SETS)) ecgs.set(name, await cachedEmbeddings(model, sha256, prepared, [CHOICE_FOLD], name));
  const made = MONITOR_LABELS.map((label) => {
    const embed = (method: LabelMethod): Float32Array => labelEmbedding(prompts, projected, label.prompts, method);
    return makeLabel(label, rows, ecgs, embed);
  });
  const sets = Object.keys(LEAD_SETS).join('; ');
  const abstention = chooseAbstention(made.flatMap(({ fitted }) => fitted ?? []));
  return {
    bank: {
      bankVersion: 1,
      embeddingDimension: projected.dimension,
      standardisedOver: `PTB-XL 1.0.3 fold 9, ${records.length} records without their labels, each with these leads: ${sets}`,
      ...(abstention && {
        probabilitiesFittedOn: `PTB-XL 1.0.3 fold 9, ${records.length} records with cardiologists' labels`,
        abstention: { probability: abstention.probability, chosenOn: 'PTB-XL 1.0.3 fold 9: with any of these leads at most 5 % of its records have no label as probable' },
      }),
      labels: made.map(({ entry }) => entry),
    },
    choices: made.map(({ choice }) => choice),
    abstention,
  };
}

function makeLabel(label: MonitorLabel, rows: readonly PtbXlRow[], ecgs: ReadonlyMap<string, Float32Array>, embed: (method: LabelMethod) => Float32Array): MadeLabel {
  const positive = Uint8Array.from(rows, (row) => (hasFinding(label, row) ? 1 : 0));
  const positives = positive.reduce((sum, value) => sum + value, 0);
  const aucs = (method: LabelMethod): (number | undefined)[] => {
    const embedding = embed(method);
    return [...ecgs.values()].map((ecg) => auc(rank(cosines(ecg, embedding), positive)));
  };
  const meanAuc = (method: LabelMethod): number => aucs(method).reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const method = positives < POSITIVES_TO_CHOOSE ? DEFAULT_METHOD : best(METHODS, meanAuc);
  const embedding = embed(method);
  const raw = [...ecgs].map(([name, ecg]) => ({ name, cosines: cosines(ecg, embedding) }));
  const moments = momentsOf(Float32Array.from(raw.flatMap((set) => [...set.cosines])));
  const scores = raw.map((set) => ({ name: set.name, scores: standardise(set.cosines, moments) }));
  const fitted = fitProbability(scores, positive, rows.map(({ patientId }) => patientId), label.statements);
  const names = [...ecgs.keys()];
  const choice: BankChoice = { id: label.id, method, positives, auc: Object.fromEntries(aucs(method).map((value, i) => [names[i]!, value])), ...(fitted && { calibrationErrors: fitted.errors }) };
  const { id, name, kind, prompts } = label;
  const entry = { id, name, kind, prompts: [...prompts], method: method.from === 'prompt' ? 'prompt' as const : 'prototype' as const, embedding: encodeFloats(embedding), cosineMean: moments.mean, cosineSd: moments.sd, ...(fitted && { probability: fitted.probability }) };
  const withProbability = fitted && { probability: fitted.probability, scores, positive };
  if (!label.alarm) return { entry, choice, fitted: withProbability };
  // The strictest of the lead sets, so that none of them exceeds the false positives allowed.
  const { priority, dwellMs } = label.alarm;
  const wrong = rows.map((row) => isWronglyAlarmed(label, row));
  const threshold = Math.max(...scores.map((set) => quantile(set.scores.filter((_, row) => wrong[row]), ALARM_SPECIFICITY)));
  return {
    entry: { ...entry, alarm: { priority, threshold: Number(threshold.toFixed(3)), dwellMs } },
    choice: { ...choice, alarmSensitivity: Object.fromEntries(scores.map((set) => [
      set.name, set.scores.filter((score, row) => positive[row] === 1 && score >= threshold).length / positives,
    ])) },
    fitted: withProbability,
  };
}

function best<T>(candidates: readonly T[], value: (candidate: T) => number): T {
  return candidates.map((candidate) => ({ candidate, value: value(candidate) })).reduce((a, b) => (b.value > a.value ? b : a)).candidate;
}

/** Smallest value that this share of the values does not exceed. */
function quantile(values: Float32Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
