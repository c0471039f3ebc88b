/**
 * Labels that compete: each record has exactly one of them, as in the METS paper's tests. A label's direction is then what tells
 * its training ECGs from its competitors', not from everything: a linear discriminant in which every label weighs the same.
 * The reports say which training ECGs are whose; no code does.
 */
import { covarianceOf, invert, times } from '../matrices.ts';
import { dotRows } from '../vectors.ts';
import type { Moments } from './evaluator.ts';

/** Of the covariance's mean variance, added to each (fold 9: 0.1, 0.3 and 1 differ by less than 0.01 in F1). */
const RIDGE = 0.3;
/** A record that none, or more than one, of the labels is said of. */
export const NONE = -1;

export interface Competitor {
  /** [dimension]; only its cosine is looked at. */
  readonly direction: Float32Array;
  /** Of that cosine over the training ECGs, every label's equally many. */
  readonly moments: Moments;
}

/**
 * @param ecg [records][dimension], unit length
 * @param labelOf label of each record, or NONE
 * @throws RangeError for a label without a record
 */
export function competitors(ecg: Float32Array, dimension: number, labelOf: Int32Array, labels: number): Competitor[] {
  const counts = new Int32Array(labels);
  labelOf.forEach((label) => label !== NONE && (counts[label] = counts[label]! + 1));
  const empty = counts.indexOf(0);
  if (empty >= 0) throw new RangeError(`no training report says label ${empty} alone`);
  const weights = Float32Array.from(labelOf, (label) => (label === NONE ? 0 : 1 / (labels * counts[label]!)));
  const means = meansOf(ecg, dimension, labelOf, counts);
  const differences = ecg.map((value, i) => {
    const label = labelOf[Math.floor(i / dimension)]!;
    return label === NONE ? 0 : value - means[label]![i % dimension]!;
  });
  const inverse = invert(covarianceOf(differences, dimension, weights, RIDGE));
  const common = means[0]!.map((_, i) => means.reduce((sum, mean) => sum + mean[i]!, 0) / labels);
  return means.map((mean) => {
    const direction = Float32Array.from(times(inverse, mean.map((value, i) => value - common[i]!)));
    return { direction, moments: weightedMoments(ecg, direction, weights) };
  });
}

function meansOf(ecg: Float32Array, dimension: number, labelOf: Int32Array, counts: Int32Array): Float64Array[] {
  const means = Array.from(counts, () => new Float64Array(dimension));
  labelOf.forEach((label, record) => {
    if (label === NONE) return;
    const mean = means[label]!;
    for (let i = 0; i < dimension; i++) mean[i] = mean[i]! + ecg[record * dimension + i]! / counts[label]!;
  });
  return means;
}

/** @param weights sum to 1 */
function weightedMoments(ecg: Float32Array, direction: Float32Array, weights: Float32Array): Moments {
  let [mean, square] = [0, 0];
  weights.forEach((weight, record) => {
    if (weight === 0) return;
    const value = dotRows(ecg, record, direction, 0, direction.length);
    mean += weight * value;
    square += weight * value * value;
  });
  return { mean, sd: Math.sqrt(Math.max(0, square - mean * mean)) };
}

/**
 * Which of the labels each report says.
 * @param textsOfLabels texts that say each label; undefined for the label that is "none of the others", where there is one
 * @param textOf text of each record, negative where it has none
 * @returns per record a label, or NONE where it is said none or several
 */
export function labelsOfReports(textsOfLabels: readonly (ReadonlySet<number> | undefined)[], textOf: Int32Array): Int32Array {
  const rest = textsOfLabels.indexOf(undefined);
  return textOf.map((text) => {
    if (text < 0) return NONE;
    const said = textsOfLabels.flatMap((texts, label) => (texts?.has(text) ? [label] : []));
    if (said.length === 0) return rest;
    return said.length === 1 ? said[0]! : NONE;
  });
}
