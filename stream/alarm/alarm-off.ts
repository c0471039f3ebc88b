/** Alarms that a person turned off, per group: who may, and how often it is brought back to mind. */
import type { AlarmGroup } from '../../ecg/alarm.ts';
import type { EpochMs } from '../../ecg/units.ts';
import type { Role } from '../access.ts';
import type { AlarmInput, GroupOff } from './state.ts';

/** The reminder signal of IEC 60601-1-8: `alarmsOff` is signalled anew, acknowledged or not. */
export const REMIND_EVERY_MS = 180_000;
/** ... and sooner while nobody would hear of an asystole. */
export const REMIND_LETHAL_EVERY_MS = 60_000;

const MAY_TURN_OFF_LETHAL: ReadonlySet<Role> = new Set(['clinician', 'engineer']);

export const mayTurnOff = (group: AlarmGroup, role: Role): boolean => group !== 'lethal' || MAY_TURN_OFF_LETHAL.has(role);

/** @returns the same map where nothing changed */
export function offAfter(off: ReadonlyMap<AlarmGroup, GroupOff>, input: AlarmInput, now: EpochMs): ReadonlyMap<AlarmGroup, GroupOff> {
  if (input.type !== 'alarmOff' || input.off === off.has(input.group)) return off;
  const { group, by, reason } = input;
  const next = new Map(off);
  if (!input.off) next.delete(group);
  else if (mayTurnOff(group, by.role)) next.set(group, { group, by, reason, sinceMs: now });
  else return off;
  return next;
}

/** True where the reminder is due; where the clock was set back behind the last one, at once. */
export function reminderOf(off: ReadonlyMap<AlarmGroup, GroupOff>, remindedAtMs: EpochMs, now: EpochMs): boolean {
  return remindedAtMs > now || now - remindedAtMs >= (off.has('lethal') ? REMIND_LETHAL_EVERY_MS : REMIND_EVERY_MS);
}
