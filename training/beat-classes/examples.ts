/** Beats with a class and a weight, taken from both databases so that no patient, lead or class drowns the others. */
import { randomOf, shuffled, type Random } from '../random.ts';
import { LEARNING_CLASSES, type AnnotatedBeat } from './annotated-beats.ts';
import { LEAD_WEIGHTS, type BeatEvent } from './ten-seconds.ts';

/** Beats of one class that a channel of mitdb gives at most, and how much the second channel counts. */
const MOST_OF_CHANNEL = 200;
const SECOND_CHANNEL = 0.5;
/** Beats of one class that a lead of a PTB-XL record gives at most. */
const MOST_OF_LEAD = 1;
/** How much PTB-XL counts in all beside mitdb, for it has many patients, and what share of it are ventricular beats. */
const PTB_XL_TOTAL = 8;
const PTB_XL_VENTRICULAR = 0.2;

export interface Example {
  readonly features: Float32Array;
  readonly ventricular: 0 | 1;
  readonly weight: number;
  /** Record of mitdb it comes from; undefined for PTB-XL. */
  readonly record: string | undefined;
}

export function mitdbExamples(beats: readonly AnnotatedBeat[], seed: number): Example[] {
  const usable = beats.filter(({ truth }) => truth !== undefined && LEARNING_CLASSES.includes(truth));
  return atMost(usable, ({ record, channel, truth }) => `${record} ${channel} ${truth === 'V'}`, MOST_OF_CHANNEL, randomOf(seed, 1))
    .map(({ features, truth, record, channel }) => ({ features, record, ventricular: truth === 'V' ? 1 : 0, weight: channel === 0 ? 1 : SECOND_CHANNEL }));
}

/** @param classes as `consensus` gives them @param mitdbTotal sum of the weights of mitdb's examples */
export function ptbXlExamples(events: readonly BeatEvent[], classes: readonly (0 | 1 | undefined)[], mitdbTotal: number, seed: number): Example[] {
  const all = events.flatMap(({ record, seen }, i) => {
    const ventricular = classes[i];
    return ventricular === undefined ? [] : seen.map(({ lead, features }) => ({ record, lead, features, ventricular, weight: LEAD_WEIGHTS[lead]! }));
  });
  const taken = atMost(all, ({ record, lead, ventricular }) => `${record} ${lead} ${ventricular}`, MOST_OF_LEAD, randomOf(seed, 2));
  const total = [0, 1].map((of) => taken.reduce((sum, { ventricular, weight }) => sum + (ventricular === of ? weight : 0), 0));
  return taken.map(({ features, ventricular, weight }) => ({
    features, ventricular, record: undefined,
    weight: (weight / total[ventricular]!) * (ventricular === 1 ? PTB_XL_VENTRICULAR : 1 - PTB_XL_VENTRICULAR) * PTB_XL_TOTAL * mitdbTotal,
  }));
}

/** Up to `most` items of each key, drawn at random. */
function atMost<T>(items: readonly T[], keyOf: (item: T) => string, most: number, random: Random): T[] {
  const taken = new Map<string, number>();
  return [...shuffled(items.length, random)].flatMap((index) => {
    const item = items[index]!;
    const key = keyOf(item);
    const count = (taken.get(key) ?? 0) + 1;
    taken.set(key, count);
    return count <= most ? [item] : [];
  });
}
