/** How well classes are told in patients that nothing was learned from: records of mitdb left out in turn, and fold 9 of PTB-XL. */
import type { Lead } from '../../ecg/leads.ts';
import { LEARNING_S } from '../../ecg/reference-beats.ts';
import { ventricularOdds, type BeatFeature, type BeatWeights } from '../../ecg/rhythm/beat-features.ts';
import { auc, rank } from '../metrics.ts';
import type { AnnotatedBeat } from './annotated-beats.ts';
import type { Example } from './examples.ts';
import { fitWeights } from './fit.ts';
import type { BeatEvent } from './ten-seconds.ts';

/** Parts into which mitdb's records are cut; each is judged by what the others and PTB-XL taught. */
const PARTS = 6;

export interface JudgedBeat {
  readonly record: string;
  readonly channel: number;
  readonly truth: AnnotatedBeat['truth'];
  readonly odds: number;
}

/**
 * Beats from 5:00 on, each judged by a fit without its own record. Which beats of PTB-XL the examples call ventricular, and what was said at once
 * when the beats were measured, was learned with it: a figure of patients nothing knows is the odd half's (docs/results/rhythm.md).
 */
export function leaveRecordsOut(beats: readonly AnnotatedBeat[], examples: readonly Example[], names: readonly BeatFeature[]): JudgedBeat[] {
  const records = [...new Set(beats.map(({ record }) => record))].sort();
  return Array.from({ length: Math.min(PARTS, records.length) }, (_, part) => new Set(records.filter((__, i) => i % PARTS === part))).flatMap((left) => {
    const weights = fitWeights(examples.filter(({ record }) => record === undefined || !left.has(record)), names);
    return beats.filter(({ record, timeS }) => left.has(record) && timeS >= LEARNING_S)
      .map(({ record, channel, truth, features }) => ({ record, channel, truth, odds: ventricularOdds(weights, features) }));
  });
}

export interface Confusion {
  readonly found: number;
  readonly missed: number;
  readonly wrong: number;
}

/** As EC57 counts: fusion and unclassifiable beats are not wrong, what no annotator saw is. Beats the detector misses are not among them. */
export function confusion(beats: readonly JudgedBeat[], threshold: number): Confusion {
  let found = 0, missed = 0, wrong = 0;
  for (const { truth, odds } of beats) {
    if (truth === 'V' && odds > threshold) found++;
    else if (truth === 'V') missed++;
    else if (odds > threshold && truth !== 'F' && truth !== 'Q') wrong++;
  }
  return { found, missed, wrong };
}

/** Area under the curve of a lead's highest odds, for whether the record has ventricular beats. */
export function recordAuc(events: readonly BeatEvent[], weights: BeatWeights, lead: Lead): number | undefined {
  const highest = new Map<number, { odds: number; ventricular: boolean }>();
  for (const { record, ventricularRecord, seen } of events) {
    for (const beat of seen) {
      if (beat.lead !== lead) continue;
      const odds = ventricularOdds(weights, beat.features);
      if (odds > (highest.get(record)?.odds ?? -Infinity)) highest.set(record, { odds, ventricular: ventricularRecord });
    }
  }
  const records = [...highest.values()];
  return auc(rank(Float32Array.from(records, ({ odds }) => odds), Uint8Array.from(records, ({ ventricular }) => Number(ventricular))));
}

const percent = (hits: number, of: number): string => (of === 0 ? '-' : `${((100 * hits) / of).toFixed(2)} (${hits}/${of})`);

/** A table of sensitivity and positive predictive value with their counts, and where the errors at one threshold are. */
export function validationTable(judged: readonly JudgedBeat[], thresholds: readonly number[], chosen: number): string {
  const lines = ['| channel | log odds above | VEB Se | VEB +P |', '| --- | --- | --- | --- |'];
  for (const channel of [0, 1]) {
    const own = judged.filter((beat) => beat.channel === channel);
    for (const threshold of thresholds) {
      const { found, missed, wrong } = confusion(own, threshold);
      lines.push(`| ${channel + 1} | ${threshold.toFixed(1)}${threshold === chosen ? ' (in use)' : ''} | ${percent(found, found + missed)} | ${percent(found, found + wrong)} |`);
    }
  }
  const first = judged.filter(({ channel }) => channel === 0);
  const errors = [...new Set(first.map(({ record }) => record))].sort().flatMap((record) => {
    const { missed, wrong } = confusion(first.filter((beat) => beat.record === record), chosen);
    return missed + wrong === 0 ? [] : [`${record}: ${missed} missed, ${wrong} wrong`];
  });
  return [...lines, '', `Errors in channel 1 at ${chosen.toFixed(1)}: ${errors.join('; ')}`].join('\n');
}
