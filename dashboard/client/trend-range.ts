/** How far back trends reach, in how many points, and where their time axis has its labels. */
import { timeText } from './format.ts';

/** Hours a person can choose; waveforms are kept for 72 and so are reviews. */
export const TREND_HOURS = [1, 2, 8, 24, 72] as const;
export type TrendHours = (typeof TREND_HOURS)[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Some 400 points: what a chart has room for. From eight hours on whole minutes, which the server has counted already. */
const POINT_MS: Readonly<Record<TrendHours, number>> = { 1: 10_000, 2: 20_000, 8: MINUTE_MS, 24: 3 * MINUTE_MS, 72: 10 * MINUTE_MS };
/** From label to label, minutes. */
const TICK_MIN: Readonly<Record<TrendHours, number>> = { 1: 10, 2: 20, 8: 60, 24: 180, 72: 720 };

export interface TrendRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: number;
}

/** The hours up to now, and to the end of the point that has begun: a point is the same stretch of time whenever it is looked at. */
export function trendRange(hours: TrendHours, nowMs: number): TrendRange {
  const toMs = (Math.floor(nowMs / POINT_MS[hours]) + 1) * POINT_MS[hours];
  return { fromMs: toMs - hours * HOUR_MS, toMs, points: (hours * HOUR_MS) / POINT_MS[hours] };
}

export interface Tick {
  readonly atMs: number;
  /** `14:00` */
  readonly time: string;
  /** Where the range spans days, the day of the first label and of the first of each day; of the first label not where the second has one. */
  readonly date: string;
}

/** Round times of the wall, in this browser's time zone. @param language of the dates, as BCP 47 has it */
export function trendTicks(hours: TrendHours, { fromMs, toMs }: TrendRange, language: string): Tick[] {
  const step = TICK_MIN[hours];
  const spansDays = dayOf(fromMs, language) !== dayOf(toMs, language);
  const at = new Date(fromMs);
  at.setHours(0, Math.floor((at.getHours() * 60 + at.getMinutes()) / step) * step, 0, 0);
  const ticks: Tick[] = [];
  let day = '';
  // Counted on the clock of the wall, which the day of summer time puts an hour ahead or back.
  for (; at.getTime() < toMs; at.setMinutes(at.getMinutes() + step)) {
    const atMs = at.getTime();
    if (atMs < fromMs) continue;
    const date = dayOf(atMs, language);
    ticks.push({ atMs, time: timeText(atMs).slice(0, 5), date: spansDays && date !== day ? date : '' });
    day = date;
  }
  // On a phone the next date begins before that of the first label ends.
  return ticks[1]?.date ? [{ ...ticks[0]!, date: '' }, ...ticks.slice(1)] : ticks;
}

/** `25 Nov` */
export const dayOf = (ms: number, language: string): string => new Date(ms).toLocaleDateString(language === 'en' ? 'en-GB' : language, { day: 'numeric', month: 'short' });

/** From `start`, up to and without `end`, as indices of points. */
export interface GapRun {
  readonly start: number;
  readonly end: number;
}

/** Runs of points that nothing is known of. What has not come to its end yet is none. */
export function gapsOf(mean: readonly number[], { fromMs, toMs }: TrendRange, nowMs: number): GapRun[] {
  const pointMs = (toMs - fromMs) / mean.length;
  const past = Math.min(mean.length, Math.floor((nowMs - fromMs) / pointMs));
  const gaps: GapRun[] = [];
  for (let start = 0; start < past; start++) {
    if (!Number.isNaN(mean[start]!)) continue;
    let end = start + 1;
    while (end < past && Number.isNaN(mean[end]!)) end++;
    gaps.push({ start, end });
    start = end;
  }
  return gaps;
}
