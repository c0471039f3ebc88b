/** From measured beats to weights: mitdb teaches first, then, with what it taught, PTB-XL's records say which beats they meant. */
import { ventricularOdds, type BeatFeature, type BeatWeights } from '../../ecg/rhythm/beat-features.ts';
import type { AnnotatedBeat } from './annotated-beats.ts';
import { consensus } from './consensus.ts';
import { mitdbExamples, ptbXlExamples, type Example } from './examples.ts';
import { fitWeights } from './fit.ts';
import type { BeatEvent } from './ten-seconds.ts';

/** How often the classes of PTB-XL's beats are asked for anew; then they hardly change. */
const ROUNDS = 3;

export interface Learned {
  readonly weights: BeatWeights;
  readonly examples: readonly Example[];
}

/** @param events of folds to learn from; may be empty @param names of the features that may count */
export function learn(beats: readonly AnnotatedBeat[], events: readonly BeatEvent[], names: readonly BeatFeature[]): Learned {
  const annotated = mitdbExamples(beats);
  const total = annotated.reduce((sum, { weight }) => sum + weight, 0);
  let examples = annotated;
  for (let round = 0; round < ROUNDS && events.length > 0; round++) {
    const weights = fitWeights(examples, names);
    const classes = consensus(events, (features) => ventricularOdds(weights, features));
    examples = [...annotated, ...ptbXlExamples(events, classes, total)];
  }
  return { weights: fitWeights(examples, names), examples };
}
