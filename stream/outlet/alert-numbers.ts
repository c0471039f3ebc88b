/**
 * Numbers of alerts for receivers that tell an update from a new alert by one (HL7's filler order number): an alert keeps
 * its number until it is over, also where its cause, latched, came back with a new onset. Otherwise a receiver could never
 * close what it opened.
 */
import type { AlarmDesk } from '../alarm/desk.ts';
import type { DeliveredAlarm } from '../alarm/outbox.ts';

export class AlertNumbers {
  /** Settled when a change is first seen, in order: it may be sent, and sent again, long after. */
  readonly #numbers = new WeakMap<DeliveredAlarm, string>();
  /** By bed and condition. */
  readonly #newest = new Map<string, { readonly number: string; readonly over: boolean }>();

  constructor(desk: Pick<AlarmDesk, 'beds' | 'since' | 'delivered$'>) {
    for (const bed of desk.beds()) for (const alarm of desk.since(bed, 0, 0)) this.of(alarm);
    desk.delivered$.subscribe((alarm) => void this.of(alarm));
  }

  of(alarm: DeliveredAlarm): string {
    const known = this.#numbers.get(alarm);
    if (known !== undefined) return known;
    const key = `${alarm.bed}-${alarm.condition}`;
    const before = this.#newest.get(key);
    const number = before && !before.over ? before.number : `${key}-${alarm.onsetMs}`;
    this.#newest.set(key, { number, over: alarm.state === 'cleared' });
    this.#numbers.set(alarm, number);
    return number;
  }
}
