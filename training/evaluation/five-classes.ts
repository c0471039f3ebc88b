/**
 * The METS paper's tests: five labels, one of which is right. Two ways to score them, none with a statement code: each label by
 * itself, standardised over fold 9's ECGs; and against its competitors (competing-labels.ts), standardised over training ECGs.
 */
import { textsSaying, type LabelMethod } from '../label-embeddings.ts';
import { cosines } from '../zero-shot-evaluation.ts';
import { competitors, labelsOfReports } from './competing-labels.ts';
import { standardise, type Evaluator } from './evaluator.ts';

export interface ClassLabel {
  readonly prompts: readonly string[];
  /** The label is "none of the others", whatever else the report says: a normal beat in any rhythm. */
  readonly rest?: boolean;
}

/** Cosines with each label's own direction, standardised over fold 9's ECGs. @returns [labels][records] */
export async function singleScores(evaluator: Evaluator, labels: readonly ClassLabel[], ecg: Float32Array, leads: string, method: LabelMethod): Promise<Float32Array[]> {
  return Promise.all(labels.map(async ({ prompts }) => {
    const direction = evaluator.direction(prompts, method);
    return standardise(cosines(ecg, direction), await evaluator.moments(direction, leads));
  }));
}

/** Cosines with the directions that tell the labels apart, standardised over the training ECGs, every label's equally many. */
export async function competingScores(evaluator: Evaluator, labels: readonly ClassLabel[], ecg: Float32Array, leads: string): Promise<Float32Array[]> {
  const { prepared: { prompts: set }, model: { dimension } } = evaluator;
  const said = labels.map(({ prompts, rest }) => (rest ? undefined : textsSaying(set, prompts)));
  const labelOf = labelsOfReports(said, evaluator.trainingTexts());
  return competitors(await evaluator.trainingEcgs(leads), dimension, labelOf, labels.length)
    .map(({ direction, moments }) => standardise(cosines(ecg, direction), moments));
}
