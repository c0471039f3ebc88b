import type { AlarmView } from '../wire.ts';
import type { Priority } from '../../ecg/alarm.ts';

/** An alarm as the page shows it; `own` where the page raised it itself, so that the server has nothing to acknowledge. */
export interface ShownAlarm extends AlarmView {
  readonly own: boolean;
}

const RANK: Readonly<Record<Priority, number>> = { high: 0, medium: 1, low: 2, technical: 3 };

/** An alarm nobody has acknowledged: it flashes and sounds. A latched one still does, though its cause has gone. */
export const isUnacknowledged = (alarm: AlarmView): boolean => alarm.state === 'active' || alarm.state === 'latched';

/**
 * Order of display: what nobody has seen to comes first, then priority, then the newest. So an acknowledged alarm
 * never hides a new one where a card has room for one line only.
 */
export function byUrgency(a: AlarmView, b: AlarmView): number {
  return (
    Number(isUnacknowledged(b)) - Number(isUnacknowledged(a)) || RANK[a.priority] - RANK[b.priority] || b.onsetMs - a.onsetMs
  );
}

/**
 * The alarms of one bed as the page shows them: those the server told of, cleared ones left out, and the page's
 * own `noData` where it sees no live data and the server (perhaps gone itself) has said nothing of it.
 * @param sinceMs server time at which the page's data ended; null where the bed never had any, or has data now
 */
export function alarmsToShow(told: readonly AlarmView[], live: boolean, sinceMs: number | null, text: { noData: string; noDataCause: string }): ShownAlarm[] {
  const alarms: ShownAlarm[] = told.filter(({ state }) => state !== 'cleared').map((alarm) => ({ ...alarm, own: false }));
  if (!live && !alarms.some((alarm) => alarm.condition === 'noData')) {
    alarms.push({ condition: 'noData', text: text.noData, priority: 'technical', state: 'active', onsetMs: sinceMs ?? 0, detectedAtMs: sinceMs ?? 0, cause: text.noDataCause, own: true });
  }
  return alarms.sort(byUrgency);
}

/** What a person had been shown of a bed who acknowledges all of it: an alarm that the server detects meanwhile is none of it. */
export const seenUpToMs = (alarms: readonly ShownAlarm[]): number => alarms.reduce((latest, { own, detectedAtMs }) => (own ? latest : Math.max(latest, detectedAtMs)), 0);

/** The highest priority among unacknowledged alarms: what sounds. */
export function soundingPriority(alarms: readonly AlarmView[]): Priority | null {
  let best: Priority | null = null;
  for (const alarm of alarms) {
    if (isUnacknowledged(alarm) && (best === null || RANK[alarm.priority] < RANK[best])) best = alarm.priority;
  }
  return best;
}
