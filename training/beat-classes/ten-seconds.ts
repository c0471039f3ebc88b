/** The beats of PTB-XL, of which the database says for a whole record only whether there are ventricular ones among them. */
import type { Lead } from '../../ecg/leads.ts';
import type { ClassifierWeights } from '../../ecg/rhythm/beat-features.ts';
import { loadRecord } from '../../stream/recordings/library.ts';
import type { PtbXlRow } from '../data/ptb-xl.ts';
import { randomOf } from '../random.ts';
import { measureBeats, type MeasuredBeat } from './measure.ts';

/** Leads, each by itself, and how much its beats count: most monitors show II, and the first channel of mitdb is like it. */
export const LEAD_WEIGHTS: Readonly<Partial<Record<Lead, number>>> = { II: 1, V1: 0.5, V5: 0.5, I: 0.5, V2: 0.5 };
const LEADS = Object.keys(LEAD_WEIGHTS) as Lead[];
/** Beats nearer than this to each other in different leads are one. */
const SAME_BEAT_S = 0.12;
/** At the seam of the two showings nothing counts, seconds. */
const SEAM_S = 0.6;
/** Mean over this stretch is the level a showing ends with; it drifts back to the recording's own in the next one within a second or so. */
const LEVEL_S = 0.2;
/** What else is in records without ventricular beats decides how many of them are taken: all that a ventricular beat is mistaken for, few normal ones. */
const MISTAKABLE = ['PAC', 'SVARR', 'AFIB', 'CLBBB', 'PSVT', 'SVTAC', 'WPW'];
const UNUSUAL = ['AFLT', 'CRBBB', 'ILBBB', 'IRBBB', 'IVCD', 'STACH', 'SARRH', 'LVH', 'RVH', 'ABQRS', 'QWAVE'];
const UNUSUAL_SHARE = 0.25;
const NORMAL_SHARE = 0.08;

export interface TenSecondBeat extends MeasuredBeat {
  readonly lead: Lead;
}

/** One heart beat, seen in one lead or more. */
export interface BeatEvent {
  readonly record: number;
  readonly fold: number;
  /** Whether its record has ventricular beats. */
  readonly ventricularRecord: boolean;
  readonly seen: readonly TenSecondBeat[];
}

/** Whether a record has ventricular beats; undefined where that cannot be said, or a pacemaker paces. */
export function hasVentricularBeats({ statements, extraBeats, pacemaker, report }: PtbXlRow): boolean | undefined {
  const said = (code: string): boolean => code in statements;
  if (said('PACE') || pacemaker !== '') return undefined;
  const supraventricular = /SVES/.test(extraBeats);
  if (said('PVC') || (/VES/.test(extraBeats) && !supraventricular)) return true;
  if ((/ES/.test(extraBeats) && !supraventricular) || said('BIGU') || said('TRIGU') || said('PRC(S)')) return undefined;
  const words = report.toLowerCase();
  if (/extrasys|premature|ektop|ectop|pvc|\bves\b/.test(words) && !/supra|atrial|vorhof/.test(words)) return undefined;
  return false;
}

/** Rows to learn from, with whether they have ventricular beats. Seeded: the same rows every time. */
export function chosenRows(rows: readonly PtbXlRow[], folds: readonly number[], seed: number): { row: PtbXlRow; ventricular: boolean }[] {
  return rows.flatMap((row) => {
    const ventricular = hasVentricularBeats(row);
    if (ventricular === undefined || !folds.includes(row.fold)) return [];
    const any = (codes: readonly string[]): boolean => codes.some((code) => code in row.statements);
    const share = ventricular || any(MISTAKABLE) ? 1 : any(UNUSUAL) ? UNUSUAL_SHARE : NORMAL_SHARE;
    return randomOf(seed, row.ecgId).next() < share ? [{ row, ventricular }] : [];
  });
}

/**
 * The beats of one record's leads, each lead streamed by itself and twice in a row, so that in the second showing the
 * analysis knows the patient as it would at the bedside; only that one counts. @param weights as for `measureBeats`
 */
export function beatEvents(directory: string, { row, ventricular }: { row: PtbXlRow; ventricular: boolean }, weights?: ClassifierWeights): BeatEvent[] {
  const { samplesUv, samplingFrequency, leads } = loadRecord(directory, row.record);
  const lengthS = samplesUv[0]!.length / samplingFrequency;
  const seen = LEADS.flatMap((lead) => {
    const samples = samplesUv[leads.indexOf(lead)];
    if (!samples) return [];
    return measureBeats(twice(samples, samplingFrequency), samplingFrequency, lead, weights)
      .filter(({ timeS }) => timeS > lengthS + SEAM_S && timeS < 2 * lengthS).map((beat) => ({ ...beat, lead }));
  }).sort((a, b) => a.timeS - b.timeS);
  const events: TenSecondBeat[][] = [];
  for (const beat of seen) {
    const last = events[events.length - 1];
    if (last && beat.timeS - last[last.length - 1]!.timeS <= SAME_BEAT_S) last.push(beat);
    else events.push([beat]);
  }
  return events.map((of) => ({ record: row.ecgId, fold: row.fold, ventricularRecord: ventricular, seen: of }));
}

export function twice(samples: Float32Array, samplingFrequency: number): Float32Array {
  const n = Math.round(LEVEL_S * samplingFrequency);
  const mean = (from: number): number => samples.subarray(from, from + n).reduce((sum, value) => sum + value, 0) / n;
  const step = mean(samples.length - n) - mean(0);
  const both = new Float32Array(2 * samples.length);
  both.set(samples);
  for (let i = 0; i < samples.length; i++) both[samples.length + i] = samples[i]! + step * Math.exp(-i / samplingFrequency);
  return both;
}
