/** How often a label would have alarmed on what was scored: threshold, hysteresis, dwell and release as the alarm desk has them. Pure. */
import { FINDING_HYSTERESIS, FINDINGS_LIFETIME } from '../bed-findings.ts';

export interface AlarmTerms {
  readonly threshold: number;
  readonly dwellMs: number;
}

export interface DryRun {
  /** Time that was scored, summed over the beds. */
  readonly hours: number;
  readonly beds: number;
  readonly alarms: number;
  readonly perBedDay: number;
}

export interface BedCount {
  readonly scoredMs: number;
  readonly alarms: number;
}

/**
 * One bed.
 * @param atMs ends of the segments, ascending
 * @param scores one for each
 */
export function countAlarms(atMs: ArrayLike<number>, scores: ArrayLike<number>, { threshold, dwellMs }: AlarmTerms): BedCount {
  let scoredMs = 0;
  let alarms = 0;
  let presentSince: number | undefined;
  let absentSince: number | undefined;
  let sounding = false;
  for (let i = 0; i < atMs.length; i++) {
    const now = atMs[i]!;
    const passed = i === 0 ? 0 : now - atMs[i - 1]!;
    if (passed <= FINDINGS_LIFETIME) {
      scoredMs += passed;
    } else {
      // Nothing was known for so long that the finding was over.
      presentSince = undefined;
      absentSince = undefined;
      sounding = false;
    }
    if (scores[i]! >= threshold) {
      presentSince ??= now;
      absentSince = undefined;
    } else if (scores[i]! < threshold - FINDING_HYSTERESIS) {
      presentSince = undefined;
      absentSince ??= now;
    }
    if (!sounding && presentSince !== undefined && now - presentSince >= dwellMs) {
      sounding = true;
      alarms++;
    } else if (sounding && absentSince !== undefined && now - absentSince >= dwellMs) {
      sounding = false;
    }
  }
  return { scoredMs, alarms };
}

const HOUR_MS = 3_600_000;

export function summed(counts: readonly BedCount[]): DryRun {
  const scoredMs = counts.reduce((sum, count) => sum + count.scoredMs, 0);
  const alarms = counts.reduce((sum, count) => sum + count.alarms, 0);
  const hours = scoredMs / HOUR_MS;
  return { hours, beds: counts.length, alarms, perBedDay: hours === 0 ? 0 : (24 * alarms) / hours };
}
