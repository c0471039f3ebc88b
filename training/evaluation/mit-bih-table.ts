/** The MIT-BIH test of a model, and its stand-in on fold 9, by which everything about it is chosen. */
import { CHOICE_FOLD, type PtbXlRow } from '../data/ptb-xl.ts';
import { DEFAULT_METHOD, nameOfLeads } from '../lead-sets.ts';
import { balancedTest, type BalancedResult } from './balanced-test.ts';
import { momentsOf, standardise, type Evaluator } from './evaluator.ts';
import { competingScores, singleScores, type ClassLabel } from './five-classes.ts';
import { MIT_BIH_CLASSES, mitBihSegments, type MitBihClass, type MitBihSegment } from './mit-bih-test.ts';
import { argmax, singleLabelItems } from './single-label-sets.ts';

/** What most of MIT-BIH's records have. */
const LEADS = 'II + V1';
/** Whose prompts stand for a beat class. */
const STATEMENTS: Readonly<Record<MitBihClass, string>> = { N: 'NORM', LBBB: 'CLBBB', RBBB: 'CRBBB', APB: 'PAC', PVC: 'PVC' };
/** Statements of records in which not every beat is a normal one, or may not be. */
const NOT_ALL_NORMAL: readonly string[] = ['CLBBB', 'CRBBB', 'PAC', 'PVC', 'PACE', 'WPW', 'BIGU', 'TRIGU', 'SVARR'];

export interface MitBihResult {
  /** N is "none of the others". */
  readonly competing: BalancedResult;
  /** N by the prompts of a normal ECG. */
  readonly single: BalancedResult;
  /** The first by moments over these segments, unlabelled, instead of PTB-XL's ECGs. */
  readonly ownMoments: BalancedResult;
  /** Segments of each class from each record. */
  readonly perRecord: Readonly<Record<MitBihClass, Readonly<Record<string, number>>>>;
}

export async function mitBihTable(evaluator: Evaluator): Promise<MitBihResult> {
  const segments = await mitBihSegments();
  const ecg = await evaluator.model.embedInputs(segments);
  const records = [...new Set(segments.map(({ record }) => record))];
  const items = (scores: readonly Float32Array[]): BalancedResult => balancedTest(segments.map(({ record, truth }, index) => ({
    truth: MIT_BIH_CLASSES.indexOf(truth), chosen: argmax(scores.map((score) => score[index]!)), group: records.indexOf(record),
  })), MIT_BIH_CLASSES.length);
  const labels = labelsOf(evaluator);
  const perLeads = (score: (ecg: Float32Array, leads: string) => Promise<Float32Array[]>): Promise<Float32Array[]> => scoredPerLeads(segments, ecg, evaluator.model.dimension, score);
  const competing = await perLeads((part, leads) => competingScores(evaluator, labels, part, leads));
  return {
    competing: items(competing),
    single: items(await perLeads((part, leads) => singleScores(evaluator, labels, part, leads, DEFAULT_METHOD))),
    ownMoments: items(competing.map((values) => standardise(values, momentsOf(values)))),
    perRecord: Object.fromEntries(MIT_BIH_CLASSES.map((name) => [name, countsPerRecord(segments.filter(({ truth }) => truth === name))])) as MitBihResult['perRecord'],
  };
}

/** Records differ in their second lead; each segment is scored by ECGs with the leads it has. @returns [labels][segments] */
async function scoredPerLeads(segments: readonly MitBihSegment[], ecg: Float32Array, dimension: number, score: (ecg: Float32Array, leads: string) => Promise<Float32Array[]>): Promise<Float32Array[]> {
  const scores = MIT_BIH_CLASSES.map(() => new Float32Array(segments.length));
  for (const leads of new Set(segments.map(({ presence }) => nameOfLeads(presence)))) {
    const own = segments.flatMap(({ presence }, index) => (nameOfLeads(presence) === leads ? [index] : []));
    const part = Float32Array.from(own.flatMap((index) => [...ecg.subarray(index * dimension, (index + 1) * dimension)]));
    (await score(part, leads)).forEach((values, label) => own.forEach((index, i) => (scores[label]![index] = values[i]!)));
  }
  return scores;
}

/** Fold 9's records with II and V1 that belong to exactly one class, as the statements have it: F1 by each way of scoring. */
export async function mitBihStandIn(evaluator: Evaluator): Promise<{ readonly competing: BalancedResult; readonly single: BalancedResult }> {
  const labels = labelsOf(evaluator).map((label) => ({
    ...label, isPositive: (row: PtbXlRow): boolean => (label.rest ? !NOT_ALL_NORMAL.some((code) => code in row.statements) : label.isPositive(row)) }));
  const ecg = await evaluator.ecgs(CHOICE_FOLD, LEADS);
  const items = (scores: readonly Float32Array[]): BalancedResult => balancedTest(singleLabelItems(evaluator.rowsOf(CHOICE_FOLD), labels, scores), labels.length);
  return { competing: items(await competingScores(evaluator, labels, ecg, LEADS)), single: items(await singleScores(evaluator, labels, ecg, LEADS, DEFAULT_METHOD)) };
}

function labelsOf({ prepared: { tasks } }: Evaluator): (ClassLabel & { readonly id: string; isPositive(row: PtbXlRow): boolean })[] {
  const statements = tasks.flatMap(({ labels }) => labels);
  return MIT_BIH_CLASSES.map((name) => ({ ...statements.find(({ id }) => id === STATEMENTS[name])!, rest: name === 'N' }));
}

function countsPerRecord(segments: readonly MitBihSegment[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { record } of segments) counts[record] = (counts[record] ?? 0) + 1;
  return counts;
}
