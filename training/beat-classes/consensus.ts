/**
 * Which beats of a record with ventricular ones are these: all leads of the record are asked together, by what has been
 * learned so far. Wrong in one lead is seldom wrong in five, so that each lead learns from the others.
 */
import { clamp } from '../../ecg/rhythm/beat-features.ts';
import type { BeatEvent } from './ten-seconds.ts';

/** No lead counts for more than this many log odds. */
const MOST_ODDS = 4;
/** Mean log odds of the leads from which a beat is called ventricular; the foremost of a record already from the second on. */
const VENTRICULAR = 0.3;
const FOREMOST = -1;
/** Below this it is called another; in between nothing is said. */
const OTHER = -1.5;
const FEWEST_LEADS = 3;

/** @param odds log odds of one lead's features @returns for each event 1 (ventricular), 0 (not) or undefined (cannot be said) */
export function consensus(events: readonly BeatEvent[], odds: (features: Float32Array) => number): (0 | 1 | undefined)[] {
  const together = events.map(({ seen }) =>
    seen.length < FEWEST_LEADS ? NaN : seen.reduce((sum, { features }) => sum + clamp(odds(features), -MOST_ODDS, MOST_ODDS), 0) / seen.length);
  const foremost = new Map<number, number>();
  events.forEach(({ record }, i) => {
    if (!Number.isNaN(together[i])) foremost.set(record, Math.max(foremost.get(record) ?? -Infinity, together[i]!));
  });
  return events.map(({ record, ventricularRecord }, i) => {
    const own = together[i]!;
    if (Number.isNaN(own)) return undefined;
    if (!ventricularRecord) return 0;
    if (own > VENTRICULAR || (own === foremost.get(record) && own > FOREMOST)) return 1;
    return own < OTHER ? 0 : undefined;
  });
}
