/** What the alarm system holds of one bed, and what it can be told. The words are those of ecg/alarm.ts. */
import type { Alarm, AlarmCondition, AlarmGroup, AlarmSource, AlarmState, FindingCondition, Priority } from '../../ecg/alarm.ts';
import type { EpochMs } from '../../ecg/units.ts';
import type { Role } from '../access.ts';
import { comparePriority } from './policy.ts';

/** A condition that holds, or an alarm that is not over although it does not. */
export interface HeldCondition {
  readonly condition: AlarmCondition;
  readonly present: boolean;
  /** When `present` last changed, on the server's clock. */
  readonly sinceMs: EpochMs;
  /** Undefined until the onset delay has passed: then nothing has been signalled yet. */
  readonly state: Exclude<AlarmState, 'cleared'> | undefined;
  readonly priority: Priority;
  /** The priority before any finding lowered it. */
  readonly ownPriority: Priority;
  readonly onsetMs: EpochMs;
  readonly detectedAtMs: EpochMs;
  readonly cause: string;
  readonly source: AlarmSource | undefined;
  /** Since when a high alarm waits for an answer. */
  readonly unansweredSinceMs: EpochMs;
  readonly escalation: 0 | 1 | 2;
  readonly breakthrough: boolean;
}

/** Who gave a command. */
export interface Person {
  readonly name: string;
  readonly role: Role;
}

/** A group that somebody turned off. */
export interface GroupOff {
  readonly group: AlarmGroup;
  readonly by: Person;
  readonly reason: string;
  readonly sinceMs: EpochMs;
}

export interface BedAlarms {
  readonly bed: string;
  readonly held: ReadonlyMap<AlarmCondition, HeldCondition>;
  /** Until when the bed's sounds are paused; undefined where they are not. */
  readonly audioPausedUntilMs: EpochMs | undefined;
  readonly off: ReadonlyMap<AlarmGroup, GroupOff>;
}

export type AlarmInput =
  | {
      readonly type: 'condition';
      readonly condition: AlarmCondition;
      readonly active: boolean;
      readonly onsetMs: EpochMs;
      readonly cause: string;
      readonly source?: AlarmSource;
    }
  | PersonInput
  /** A finding is looked for no longer: it ends at once, whatever its state, and says why. */
  | { readonly type: 'withdraw'; readonly finding: FindingCondition; readonly cause: string }
  /** Time passes: delays end, priorities rise. */
  | { readonly type: 'tick' };

/** What a person does; the caller has checked the role, the reducer once more where lethal alarms would be turned off. */
export type PersonInput =
  /** Of one alarm, or of all that are there now; not of those detected later than what the person had been shown. */
  | { readonly type: 'acknowledge'; readonly condition?: AlarmCondition; readonly seenUpToMs?: EpochMs }
  /** Ends what is latched, of one alarm or of all; what holds goes on as it is. */
  | { readonly type: 'reset'; readonly condition?: AlarmCondition }
  | { readonly type: 'pauseAudio' }
  | { readonly type: 'resumeAudio' }
  | { readonly type: 'alarmOff'; readonly group: AlarmGroup; readonly off: boolean; readonly by: Person; readonly reason: string };

export interface Step {
  readonly state: BedAlarms;
  readonly changes: readonly Alarm[];
}

export const noAlarms = (bed: string): BedAlarms => ({ bed, held: new Map(), audioPausedUntilMs: undefined, off: new Map() });

/** The alarm as it is told, with what is absent left out. */
export function alarmOf(bed: string, entry: Omit<HeldCondition, 'state'>, state: AlarmState): Alarm {
  const { condition, priority, onsetMs, detectedAtMs, cause, source, escalation, breakthrough } = entry;
  return {
    bed, condition, priority, state, onsetMs, detectedAtMs, cause,
    ...(source && { source }), ...(escalation > 0 && { escalation: escalation as 1 | 2 }), ...(breakthrough && { breakthrough }),
  };
}

/** The alarms that are signalled, the most urgent and then the newest first. */
export function signalled({ bed, held }: BedAlarms): Alarm[] {
  return [...held.values()]
    .flatMap((entry) => (entry.state === undefined ? [] : [alarmOf(bed, entry, entry.state)]))
    .sort((a, b) => comparePriority(b.priority, a.priority) || b.detectedAtMs - a.detectedAtMs);
}

/** Puts back an alarm that was signalled before a restart: its cause is not known to hold, so it is present no more. */
export function restored(state: BedAlarms, alarm: Alarm, now: EpochMs): BedAlarms {
  const held = new Map(state.held);
  if (alarm.state === 'cleared') {
    held.delete(alarm.condition);
  } else {
    const { condition, priority, onsetMs, detectedAtMs, cause, source, escalation = 0, breakthrough = false } = alarm;
    held.set(condition, {
      condition, present: false, sinceMs: now, state: alarm.state, priority, ownPriority: priority, onsetMs, detectedAtMs, cause, source,
      unansweredSinceMs: now, escalation, breakthrough,
    });
  }
  return { ...state, held };
}
