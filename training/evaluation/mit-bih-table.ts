/** The MIT-BIH test of a model, and its stand-in on fold 9, by which everything about it is chosen. */
import { CHOICE_FOLD } from '../data/ptb-xl.ts';
import { DEFAULT_METHOD, nameOfLeads } from '../lead-sets.ts';
import type { OnnxModel } from '../onnx/onnx-model.ts';
import type { Task, TaskLabel } from '../tasks.ts';
import { gatherRows } from '../vectors.ts';
import { balancedTest, type BalancedResult } from './balanced-test.ts';
import { momentsOf, standardise, type Evaluator } from './evaluator.ts';
import { competingScores, singleScores, type ClassLabel } from './five-classes.ts';
import { MIT_BIH_CLASSES, mitBihSegments, type MitBihClass, type MitBihSegment } from './mit-bih-test.ts';
import { argmax, singleLabelItems } from './single-label-sets.ts';

/** What most of MIT-BIH's records have. */
export const STAND_IN_LEADS = 'II + V1';
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
  const { segments, scored, test } = await mitBihTest(evaluator.model);
  const labels = mitBihLabels(evaluator.prepared.tasks);
  const competing = await scored((part, leads) => competingScores(evaluator, labels, part, leads));
  return {
    competing: test(competing),
    single: test(await scored((part, leads) => singleScores(evaluator, labels, part, leads, DEFAULT_METHOD))),
    ownMoments: test(competing.map((values) => standardise(values, momentsOf(values)))),
    perRecord: Object.fromEntries(MIT_BIH_CLASSES.map((name) => [name, countsPerRecord(segments.filter(({ truth }) => truth === name))])) as MitBihResult['perRecord'],
  };
}

/** Scores some segments' embeddings with the leads they have. @returns [labels][segments] */
type ScoreSegments = (ecg: Float32Array, leads: string) => Promise<readonly Float32Array[]>;

export interface MitBihTest {
  readonly segments: readonly MitBihSegment[];
  /** @returns [labels][segments] */
  scored(score: ScoreSegments): Promise<Float32Array[]>;
  /** The highest score chooses; groups are records. */
  test(scores: readonly Float32Array[]): BalancedResult;
}

/** The segments, embedded once for every way of scoring them. */
export async function mitBihTest(model: OnnxModel): Promise<MitBihTest> {
  const segments = await mitBihSegments();
  const ecg = await model.embedInputs(segments);
  const records = [...new Set(segments.map(({ record }) => record))];
  return {
    segments,
    scored: (score) => scoredPerLeads(segments, ecg, model.dimension, score),
    test: (scores) => balancedTest(segments.map(({ record, truth }, index) => ({
      truth: MIT_BIH_CLASSES.indexOf(truth), chosen: argmax(scores.map((values) => values[index]!)), group: records.indexOf(record),
    })), MIT_BIH_CLASSES.length),
  };
}

/** Records differ in their second lead; each segment is scored by ECGs with the leads it has. @returns [labels][segments] */
async function scoredPerLeads(segments: readonly MitBihSegment[], ecg: Float32Array, dimension: number, score: ScoreSegments): Promise<Float32Array[]> {
  const scores = MIT_BIH_CLASSES.map(() => new Float32Array(segments.length));
  for (const leads of new Set(segments.map(({ presence }) => nameOfLeads(presence)))) {
    const own = segments.flatMap(({ presence }, index) => (nameOfLeads(presence) === leads ? [index] : []));
    (await score(gatherRows(ecg, dimension, own), leads)).forEach((values, label) => own.forEach((index, i) => (scores[label]![index] = values[i]!)));
  }
  return scores;
}

/** Fold 9's records with II and V1 that belong to exactly one class, as the statements have it: F1 by each way of scoring. */
export async function mitBihStandIn(evaluator: Evaluator): Promise<{ readonly competing: BalancedResult; readonly single: BalancedResult }> {
  const labels = mitBihLabels(evaluator.prepared.tasks);
  const ecg = await evaluator.ecgs(CHOICE_FOLD, STAND_IN_LEADS);
  const items = (scores: readonly Float32Array[]): BalancedResult => balancedTest(singleLabelItems(evaluator.rowsOf(CHOICE_FOLD), labels, scores), labels.length);
  return { competing: items(await competingScores(evaluator, labels, ecg, STAND_IN_LEADS)), single: items(await singleScores(evaluator, labels, ecg, STAND_IN_LEADS, DEFAULT_METHOD)) };
}

/** One label a beat class, with the records of PTB-XL that it is true of; N is the rest. */
export function mitBihLabels(tasks: readonly Task[]): (TaskLabel & ClassLabel)[] {
  const statements = tasks.flatMap(({ labels }) => labels);
  return MIT_BIH_CLASSES.map((name) => {
    const label = statements.find(({ id }) => id === STATEMENTS[name])!;
    return name === 'N' ? { ...label, rest: true, isPositive: (row) => !NOT_ALL_NORMAL.some((code) => code in row.statements) } : label;
  });
}

function countsPerRecord(segments: readonly MitBihSegment[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { record } of segments) counts[record] = (counts[record] ?? 0) + 1;
  return counts;
}
