/** Which limits a bed may have. A limit outside its range would be a slip of the hand, or an alarm turned off by the back door. */
import { EcgError } from '../../ecg/errors.ts';
import type { BedLimits, LimitsChange } from '../../ecg/limits.ts';
import { DEFAULT_RHYTHM_LIMITS, type RhythmLimits } from '../../ecg/rhythm.ts';

/** Widest settings of bedside monitors (IEC 60601-2-27 wants asystole and VF alarmed within 10 s). */
const RANGES: Readonly<Partial<Record<string, readonly [low: number, high: number]>>> = {
  asystoleMs: [3000, 10_000],
  fibrillationMs: [2000, 8000],
  ventricularTachycardiaBeats: [3, 15],
  ventricularTachycardiaBpm: [90, 180],
  extremeTachycardiaBpm: [110, 300],
  extremeTachycardiaBeats: [3, 30],
  extremeBradycardiaBpm: [15, 60],
  extremeBradycardiaBeats: [2, 10],
  pauseMs: [1500, 3500],
  ventricularRunBeats: [3, 15],
  bigeminyCycles: [2, 8],
  ventricularBeatsPerMinute: [1, 99],
  atrialFibrillationMs: [10_000, 300_000],
  heartRateHighBpm: [60, 300],
  heartRateLowBpm: [15, 120],
};
/** Of a limit without an entry above: so much of its default, either way. */
const FACTOR = 4;
/** Standard deviations; beyond them a finding would always or never be in alarm. */
const THRESHOLD_RANGE = [0, 20] as const;

export const DEFAULT_LIMITS: BedLimits = { rhythm: DEFAULT_RHYTHM_LIMITS, thresholds: {} };

const isLimit = (name: string): name is keyof RhythmLimits => Object.hasOwn(DEFAULT_RHYTHM_LIMITS, name);

/**
 * The limits after a change.
 * @param labels ids of the labels that raise alarms
 * @throws EcgError LIMITS_INVALID that names the limit, its range and what was wanted
 */
export function changedLimits(current: BedLimits, change: LimitsChange, labels: readonly string[], from: string): BedLimits {
  for (const [name, value] of Object.entries(change.rhythm ?? {})) {
    if (!isLimit(name)) refuse(`there is no limit ${name}`, Object.keys(DEFAULT_RHYTHM_LIMITS).join(' | '), name, from);
    else inRange(name, value, RANGES[name] ?? [DEFAULT_RHYTHM_LIMITS[name] / FACTOR, DEFAULT_RHYTHM_LIMITS[name] * FACTOR], from);
  }
  const thresholds: Record<string, number> = { ...current.thresholds };
  for (const [label, value] of Object.entries(change.thresholds ?? {})) {
    if (!labels.includes(label)) refuse(`no finding ${label} raises alarms`, labels.join(' | ') || 'a model with labels that raise alarms', label, from);
    if (value === null) delete thresholds[label];
    else thresholds[label] = inRange(`threshold of ${label}`, value, THRESHOLD_RANGE, from);
  }
  const rhythm: RhythmLimits = { ...current.rhythm, ...change.rhythm };
  const order: readonly (keyof RhythmLimits)[] = ['extremeBradycardiaBpm', 'heartRateLowBpm', 'heartRateHighBpm', 'extremeTachycardiaBpm'];
  order.slice(1).forEach((name, i) => {
    const below = order[i]!;
    if (rhythm[below] >= rhythm[name]) refuse(`${below} must lie below ${name}`, `less than ${rhythm[name]}`, String(rhythm[below]), from);
  });
  return { rhythm, thresholds };
}

function inRange(name: string, value: unknown, [low, high]: readonly [number, number], from: string): number {
  if (typeof value !== 'number' || !(value >= low && value <= high)) refuse(`${name} is out of range`, `${low} to ${high}`, JSON.stringify(value) ?? 'nothing', from);
  return value as number;
}

function refuse(what: string, expected: string, received: string, from: string): never {
  throw new EcgError('LIMITS_INVALID', what, { expected, received, from });
}
