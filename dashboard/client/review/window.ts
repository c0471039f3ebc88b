/** The stretch of time under review, cut into lines of a minute. */
export const LINE_MS = 60_000;
export const HOUR_MS = 3_600_000;
/** Lengths a person can choose, hours; waveforms are kept for 72. */
export const WINDOW_HOURS = [1, 6, 24, 72] as const;
export type WindowHours = (typeof WINDOW_HOURS)[number];

/** From `fromMs`, up to and without `toMs`; both are whole minutes. */
export interface ReviewWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The window of this length whose last line holds `ms`. */
export function windowEnding(ms: number, hours: WindowHours): ReviewWindow {
  const toMs = (Math.floor(ms / LINE_MS) + 1) * LINE_MS;
  return { fromMs: toMs - hours * HOUR_MS, toMs };
}

/** The window of this length that has `ms` in its middle. */
export const windowAround = (ms: number, hours: WindowHours): ReviewWindow => windowEnding(ms + (hours * HOUR_MS) / 2, hours);

export const holds = ({ fromMs, toMs }: ReviewWindow, ms: number): boolean => ms >= fromMs && ms < toMs;
export const clampTo = ({ fromMs, toMs }: ReviewWindow, ms: number): number => Math.min(toMs - 1, Math.max(fromMs, ms));
export const lineCount = ({ fromMs, toMs }: ReviewWindow): number => Math.round((toMs - fromMs) / LINE_MS);
export const lineOf = ({ fromMs }: ReviewWindow, ms: number): number => Math.floor((ms - fromMs) / LINE_MS);

/** What a person may type as a time of the wall: `14:03`, `14:03:07`, `2026-03-01 14:03:07`. The day of `nearMs` where none is given. */
export function parseTime(text: string, nearMs: number): number | undefined {
  const match = /^(?:(\d{4})-(\d{1,2})-(\d{1,2})[T ]+)?(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match.map((part) => (part === undefined ? undefined : Number(part)));
  if (hour! > 23 || minute! > 59 || (second ?? 0) > 59) return undefined;
  const date = new Date(nearMs);
  if (year !== undefined) {
    date.setFullYear(year, month! - 1, day!);
    if (date.getMonth() !== month! - 1) return undefined;
  }
  date.setHours(hour!, minute!, second ?? 0, 0);
  return date.getTime();
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-03-01 14:03:07`, in this browser's time zone: sorts, and parseTime reads it back. */
export function dateTimeText(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
