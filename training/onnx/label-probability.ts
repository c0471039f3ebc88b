/**
 * What the bank says of its scores WITH labels: a probability for each label that enough of fold 9's ECGs have, and below which
 * probability of all of them a segment is like none. Scores cannot say that: on fold 9 the most probable label is right in 44 %
 * of the 5 % least sure and in 94 % of the surest 80 %, the highest score in 58 % and 48 %.
 */
import type { LabelBankFile } from '../../models/label-bank.ts';
import { probabilityOf } from '../../models/platt.ts';
import { calibrationError, fitPlatt, reliability } from '../evaluation/calibration.ts';

/** Two numbers are fitted, and half of the positives must do to measure them. */
const POSITIVES_TO_FIT = 30;
/** Share of fold 9 that is said to be like no label, with the lead set with which most of it is. */
const ABSTAINED = 0.05;

export type LabelProbability = NonNullable<LabelBankFile['labels'][number]['probability']>;

/** A label's scores on all records with one lead set. */
export interface LeadSetScores {
  readonly name: string;
  /** [records] */
  readonly scores: Float32Array;
}

export interface FittedProbability {
  readonly probability: LabelProbability;
  /** By lead set: expected calibration error on every other patient's records, of a fit on the rest. */
  readonly errors: Readonly<Record<string, number>>;
}

/**
 * One fit for all lead sets, as means and spreads are: a bed's leads change.
 * @param positive [records] @param patients of the records @param statements those that count as the finding
 * @returns undefined where too few are positive, or the score does not rise with the finding
 */
export function fitProbability(sets: readonly LeadSetScores[], positive: Uint8Array, patients: readonly number[], statements: readonly string[]): FittedProbability | undefined {
  const positives = positive.reduce((sum, value) => sum + value, 0);
  if (positives < POSITIVES_TO_FIT) return undefined;
  const fit = fitOf(sets, positive, () => true);
  if (!(fit.slope > 0)) return undefined;
  const fitted = everyOtherPatient(patients);
  const half = fitOf(sets, positive, (record) => fitted[record]!);
  const others = (values: Float32Array | Uint8Array): number[] => [...values].filter((_, record) => !fitted[record]);
  const truths = Uint8Array.from(others(positive));
  return {
    probability: { slope: rounded(fit.slope), offset: rounded(fit.offset), statements: [...statements], positives, records: positive.length },
    errors: Object.fromEntries(sets.map(({ name, scores }) => (
      [name, calibrationError(reliability(Float32Array.from(others(scores), (score) => probabilityOf(score, half)), truths))]))),
  };
}

/** Whether a record is of the first, third, fifth ... patient to come: no patient is on both sides. */
export function everyOtherPatient(patients: readonly number[]): boolean[] {
  const order = new Map([...new Set(patients)].map((patient, index) => [patient, index]));
  return patients.map((patient) => order.get(patient)! % 2 === 0);
}

function fitOf(sets: readonly LeadSetScores[], positive: Uint8Array, wanted: (record: number) => boolean): ReturnType<typeof fitPlatt> {
  const pairs = sets.flatMap(({ scores }) => [...scores].flatMap((score, record) => (wanted(record) ? [[score, positive[record]!] as const] : [])));
  return fitPlatt(Float32Array.from(pairs, ([score]) => score), Uint8Array.from(pairs, ([, truth]) => truth));
}

export interface ChosenAbstention {
  /** Where no label is as probable, a segment is like none. */
  readonly probability: number;
  /** By lead set: the share of such records, and how often the most probable label is right in those and in the others. */
  readonly sets: readonly { readonly name: string; readonly share: number; readonly rightBelow: number; readonly rightAbove: number }[];
}

/** A label with a probability: what it says of each record, and whether the record has it. */
export interface FittedLabel {
  readonly probability: LabelProbability;
  /** The same lead sets for every label. */
  readonly scores: readonly LeadSetScores[];
  readonly positive: Uint8Array;
}

/** @returns undefined where no label has a probability */
export function chooseAbstention(labels: readonly FittedLabel[]): ChosenAbstention | undefined {
  if (labels.length === 0) return undefined;
  const sets = labels[0]!.scores.map(({ name, scores }, set) => ({
    name,
    likeliest: Array.from(scores, (_, record) => labels
      .map(({ probability, scores: of, positive }) => ({ probability: probabilityOf(of[set]!.scores[record]!, probability), right: positive[record] === 1 }))
      .reduce((a, b) => (b.probability > a.probability ? b : a))),
  }));
  const lowest = Math.min(...sets.map(({ likeliest }) => likeliest.map((each) => each.probability).sort((a, b) => a - b)[Math.floor(ABSTAINED * likeliest.length)]!));
  // Rounded down: not one record more.
  const probability = Math.floor(lowest * 1e4) / 1e4;
  return { probability, sets: sets.map(({ name, likeliest }) => {
    const below = likeliest.filter((each) => each.probability < probability);
    const above = likeliest.filter((each) => each.probability >= probability);
    const right = (of: typeof likeliest): number => of.filter((each) => each.right).length / of.length;
    return { name, share: below.length / likeliest.length, rightBelow: right(below), rightAbove: right(above) };
  }) };
}

const rounded = (value: number): number => Number(value.toFixed(4));
