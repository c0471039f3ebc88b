/**
 * Beat-by-beat comparison after ANSI/AAMI EC57: pairs within 150 ms, flutter and fibrillation left out, the first
 * five minutes are for learning.
 */
import type { BeatClass } from '../../ecg/beat.ts';
import { LEARNING_S, MATCH_WINDOW_S, type ReferenceBeat } from '../../ecg/reference-beats.ts';

export interface FoundBeat {
  readonly sample: number;
  readonly class: BeatClass;
}

/** Counts of one record. `veb*`: ventricular beats as EC57 counts them (fusion and unclassifiable beats are no false positives). */
export interface BeatCounts {
  readonly record: string;
  readonly beats: number;
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
  readonly vebTruePositive: number;
  readonly vebFalsePositive: number;
  readonly vebFalseNegative: number;
}

export interface MatchDetail {
  readonly sample: number;
  readonly what: 'missed' | 'extra' | 'vebMissed' | 'vebExtra';
}

/** Compares two lists sorted by time. `onDetail` is told every difference. */
export function matchBeats(
  record: string,
  fs: number,
  reference: readonly ReferenceBeat[],
  found: readonly FoundBeat[],
  excluded: readonly (readonly [number, number])[],
  fromS = LEARNING_S,
  onDetail: (detail: MatchDetail) => void = () => {},
): BeatCounts {
  const window = MATCH_WINDOW_S * fs;
  const from = fromS * fs;
  const counted = (sample: number): boolean => sample >= from && !excluded.some(([a, b]) => sample >= a - window && sample <= b + window);
  const a = reference.filter((beat) => counted(beat.sample));
  // A beat just before the start may belong to a reference beat just after it: let it pair, but never count it as extra.
  const t = found.filter((beat) => beat.sample >= from - window && !excluded.some(([x, y]) => beat.sample >= x - window && beat.sample <= y + window));
  let tp = 0, fp = 0, fn = 0, vtp = 0, vfp = 0, vfn = 0;
  const missed = (beat: ReferenceBeat): void => {
    fn++;
    if (beat.class === 'V') vfn++;
    onDetail({ sample: beat.sample, what: 'missed' });
  };
  const extra = (beat: FoundBeat): void => {
    if (beat.sample < from) return;
    fp++;
    if (beat.class === 'ventricular') vfp++;
    onDetail({ sample: beat.sample, what: 'extra' });
  };
  let i = 0, j = 0;
  while (i < a.length && j < t.length) {
    const distance = t[j]!.sample - a[i]!.sample;
    if (distance < -window) extra(t[j++]!);
    else if (distance > window) missed(a[i++]!);
    else if (j + 1 < t.length && Math.abs(t[j + 1]!.sample - a[i]!.sample) < Math.abs(distance) && !(i + 1 < a.length && Math.abs(a[i + 1]!.sample - t[j + 1]!.sample) <= Math.abs(t[j + 1]!.sample - a[i]!.sample))) extra(t[j++]!);
    else if (i + 1 < a.length && Math.abs(t[j]!.sample - a[i + 1]!.sample) < Math.abs(distance) && !(j + 1 < t.length && Math.abs(t[j + 1]!.sample - a[i + 1]!.sample) <= Math.abs(t[j]!.sample - a[i + 1]!.sample))) missed(a[i++]!);
    else {
      tp++;
      const truth = a[i]!.class;
      const said = t[j]!.class === 'ventricular';
      if (truth === 'V' && said) vtp++;
      else if (truth === 'V') {
        vfn++;
        onDetail({ sample: a[i]!.sample, what: 'vebMissed' });
      } else if (said && (truth === 'N' || truth === 'S')) {
        vfp++;
        onDetail({ sample: a[i]!.sample, what: 'vebExtra' });
      }
      i++;
      j++;
    }
  }
  while (i < a.length) missed(a[i++]!);
  while (j < t.length) extra(t[j++]!);
  return { record, beats: a.length, truePositive: tp, falsePositive: fp, falseNegative: fn, vebTruePositive: vtp, vebFalsePositive: vfp, vebFalseNegative: vfn };
}
