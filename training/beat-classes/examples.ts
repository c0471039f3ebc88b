/** Beats with a class and a weight, taken from both databases so that no patient, lead or class drowns the others. */
import { LEARNING_CLASSES, type AnnotatedBeat } from './annotated-beats.ts';
import { LEAD_WEIGHTS, type BeatEvent } from './ten-seconds.ts';

/** As how many beats those of one class in a channel of mitdb count at most, and how much the second channel counts. */
const MOST_OF_CHANNEL = 200;
const SECOND_CHANNEL = 0.5;
/** As how many beats those of one class in a lead of a PTB-XL record count at most. */
const MOST_OF_LEAD = 2;
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

export function mitdbExamples(beats: readonly AnnotatedBeat[]): Example[] {
  const usable = beats.filter(({ truth }) => truth !== undefined && LEARNING_CLASSES.includes(truth));
  const shares = sharesOf(usable, ({ record, channel, truth }) => `${record} ${channel} ${truth === 'V'}`, MOST_OF_CHANNEL);
  return usable.map(({ features, truth, record, channel }, i) => ({
    features, record, ventricular: truth === 'V' ? 1 : 0, weight: shares[i]! * (channel === 0 ? 1 : SECOND_CHANNEL) }));
}

/** @param classes as `consensus` gives them @param mitdbTotal sum of the weights of mitdb's examples */
export function ptbXlExamples(events: readonly BeatEvent[], classes: readonly (0 | 1 | undefined)[], mitdbTotal: number): Example[] {
  const all = events.flatMap(({ record, seen }, i) => {
    const ventricular = classes[i];
    return ventricular === undefined ? [] : seen.map(({ lead, features }) => ({ record, lead, features, ventricular }));
  });
  const shares = sharesOf(all, ({ record, lead, ventricular }) => `${record} ${lead} ${ventricular}`, MOST_OF_LEAD);
  const weights = all.map(({ lead }, i) => shares[i]! * LEAD_WEIGHTS[lead]!);
  const total = [0, 1].map((of) => all.reduce((sum, { ventricular }, i) => sum + (ventricular === of ? weights[i]! : 0), 0));
  return all.map(({ features, ventricular }, i) => ({
    features, ventricular, record: undefined,
    weight: (weights[i]! / total[ventricular]!) * (ventricular === 1 ? PTB_XL_VENTRICULAR : 1 - PTB_XL_VENTRICULAR) * PTB_XL_TOTAL * mitdbTotal,
  }));
}

/** What each item counts, so that those of one key together count as `most` at most. */
function sharesOf<T>(items: readonly T[], keyOf: (item: T) => string, most: number): number[] {
  const keys = items.map(keyOf);
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return keys.map((key) => Math.min(1, most / counts.get(key)!));
}
