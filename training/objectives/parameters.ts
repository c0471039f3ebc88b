/** What an objective adds to the model's parameters, behind them: checkpoints and exports of the others stay as they are. */
import type { Parameter } from '../architecture.ts';
import type { TrainConfig } from '../config.ts';

export const PAIR_OFFSET = 'pairOffset';
export const CLASSES = { weight: 'classes.weight', offset: 'classes.offset', logScale: 'classes.logScale' } as const;
export const PROJECTION = { hidden: 'projection.hidden', offset: 'projection.hiddenOffset', output: 'projection.output' } as const;

/** Where the sigmoid loss's offset begins: most pairs are none, and without it the first steps say only that (SigLIP). */
const FIRST_PAIR_OFFSET = -10;
/** Where the classes' scale begins: embeddings are of unit length, and a step of the optimiser moves an offset by a thousandth or two. */
const CLASS_SCALE = 10;

/** @param labels how many there are, for the objectives that learn from them */
export function objectiveParameters({ objective: { kind }, loss, model: { embeddingDimension } }: TrainConfig, labels: number): Parameter[] {
  const pairs = loss === 'sigmoid' ? [free(PAIR_OFFSET, [], FIRST_PAIR_OFFSET)] : [];
  switch (kind) {
    case 'reports': return pairs;
    case 'views': return projectionParameters(embeddingDimension);
    case 'labels': return classParameters(embeddingDimension, labels);
    case 'reports+labels': return [...pairs, ...classParameters(embeddingDimension, labels)];
  }
}

const weight = (name: string, shape: readonly number[], init: Parameter['init']): Parameter => ({ name, shape, init, decay: true, learned: true });
const free = (name: string, shape: readonly number[], init: Parameter['init']): Parameter => ({ name, shape, init, decay: false, learned: true });

/** The class matrix, its offsets and their common scale. */
const classParameters = (dimension: number, labels: number): Parameter[] => [
  weight(CLASSES.weight, [dimension, labels], 'small'),
  free(CLASSES.offset, [labels], 'zeros'),
  free(CLASSES.logScale, [], Math.log(CLASS_SCALE)),
];

/** Two layers, as wide as the embedding. */
const projectionParameters = (dimension: number): Parameter[] => [
  weight(PROJECTION.hidden, [dimension, dimension], 'he'),
  free(PROJECTION.offset, [dimension], 'zeros'),
  weight(PROJECTION.output, [dimension, dimension], 'he'),
];
