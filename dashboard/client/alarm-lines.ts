/** Where the alarms of a bed begin, as its trends draw it. */
import type { Priority } from '../../ecg/alarm.ts';
import type { LabelView } from '../wire.ts';
import type { BedView } from './ward-store.ts';

export interface AlarmLine {
  /** bpm, or standard deviations of a score. */
  readonly value: number;
  readonly priority: Priority;
  /** A person has turned these alarms off: nothing begins at the line. */
  readonly off: boolean;
}

/** The heart rate among the trends, as the history names it. */
export const HEART_RATE = 'heartRateBpm';

/** Limits in force now, by the name of the trend: the heart rate's, and the threshold of each label that raises an alarm. */
export function alarmLines({ snapshot: { limits }, numerics: { alarmsOff = [] } }: BedView, labels: readonly LabelView[]): ReadonlyMap<string, readonly AlarmLine[]> {
  const off = (group: 'heartRate' | 'findings'): boolean => alarmsOff.some((each) => each.group === group);
  const rates = limits ? [limits.rhythm.heartRateLowBpm, limits.rhythm.heartRateHighBpm] : [];
  return new Map([
    [HEART_RATE, rates.map((value): AlarmLine => ({ value, priority: 'medium', off: off('heartRate') }))],
    ...labels.flatMap(({ id, alarm }): [string, AlarmLine[]][] =>
      (alarm ? [[id, [{ value: limits?.thresholds[id] ?? alarm.threshold, priority: alarm.priority, off: off('findings') }]]] : [])),
  ]);
}
