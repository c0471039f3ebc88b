/**
 * The alarm system of one bed as a pure function: what holds, plus one input at one time, gives what holds next and
 * what changed. IEC 60601-1-8 in the words of ecg/alarm.ts; docs/alarms.md draws the states.
 */
import type { Alarm, AlarmCondition, AlarmState, Priority } from '../../ecg/alarm.ts';
import type { EpochMs } from '../../ecg/units.ts';
import { comparePriority, type AlarmPolicy } from './policy.ts';

/** A condition that holds, or an alarm that is not over although it does not. */
export interface HeldCondition {
  readonly condition: AlarmCondition;
  readonly present: boolean;
  /** When `present` last changed, on the server's clock. */
  readonly sinceMs: EpochMs;
  /** Undefined until the onset delay has passed: then nothing has been signalled yet. */
  readonly state: Exclude<AlarmState, 'cleared'> | undefined;
  readonly priority: Priority;
  readonly onsetMs: EpochMs;
  readonly detectedAtMs: EpochMs;
  readonly cause: string;
}

export interface BedAlarms {
  readonly bed: string;
  readonly held: ReadonlyMap<AlarmCondition, HeldCondition>;
  /** Until when the bed's sounds are paused; undefined where they are not. */
  readonly audioPausedUntilMs: EpochMs | undefined;
}

export type AlarmInput =
  | { readonly type: 'condition'; readonly condition: AlarmCondition; readonly active: boolean; readonly onsetMs: EpochMs; readonly cause: string }
  /** Of one alarm, or of all that are there now. */
  | { readonly type: 'acknowledge'; readonly condition?: AlarmCondition }
  | { readonly type: 'pauseAudio' }
  | { readonly type: 'resumeAudio' }
  /** Time passes: delays end, priorities rise. */
  | { readonly type: 'tick' };

export interface Step {
  readonly state: BedAlarms;
  readonly changes: readonly Alarm[];
}

/** Audio pause of IEC 60601-1-8 monitors: two minutes, then it ends by itself. */
export const AUDIO_PAUSE_MS = 120_000;

export const noAlarms = (bed: string): BedAlarms => ({ bed, held: new Map(), audioPausedUntilMs: undefined });

/** @param policyOf the policy of every condition that can occur; an unknown condition is a programming error */
export function step(before: BedAlarms, input: AlarmInput, now: EpochMs, policyOf: (condition: AlarmCondition) => AlarmPolicy): Step {
  const held = new Map(before.held);
  const changes: Alarm[] = [];
  const put = (next: HeldCondition): void => {
    held.set(next.condition, next);
  };
  const signal = (next: Omit<HeldCondition, 'state'> & { readonly state: AlarmState }): void => {
    const { condition, priority, state, onsetMs, detectedAtMs, cause } = next;
    changes.push({ bed: before.bed, condition, priority, state, onsetMs, detectedAtMs, cause });
  };
  const end = (entry: HeldCondition): void => {
    held.delete(entry.condition);
    signal({ ...entry, state: 'cleared' });
  };

  if (input.type === 'condition') notePresence(held, input, now, policyOf(input.condition));
  if (input.type === 'acknowledge') {
    for (const entry of [...held.values()]) {
      if (input.condition !== undefined && input.condition !== entry.condition) continue;
      if (entry.state === 'latched') end(entry);
      if (entry.state === 'active') {
        const next = { ...entry, state: 'acknowledged' as const };
        put(next);
        signal(next);
      }
    }
  }

  for (const entry of [...held.values()]) {
    const policy = policyOf(entry.condition);
    const forMs = now - entry.sinceMs;
    if (entry.present) {
      const begins = entry.state === 'latched'
        || (entry.state === undefined && forMs >= policy.onsetDelayMs && !policy.supersededBy.some((other) => held.get(other)?.present));
      const priority = risen(policy, forMs);
      const rises = entry.state !== undefined && comparePriority(priority, entry.priority) > 0;
      if (begins || rises) {
        const next = { ...entry, state: 'active' as const, priority, detectedAtMs: begins ? now : entry.detectedAtMs };
        put(next);
        signal(next);
      }
    } else if (entry.state === undefined) {
      held.delete(entry.condition);
    } else if (forMs >= policy.releaseDelayMs && entry.state !== 'latched') {
      if (policy.latching && entry.state === 'active') {
        const next = { ...entry, state: 'latched' as const };
        put(next);
        signal(next);
      } else {
        end(entry);
      }
    }
  }

  return { state: { bed: before.bed, held, audioPausedUntilMs: audioPause(before, input, now) }, changes };
}

function notePresence(
  held: Map<AlarmCondition, HeldCondition>,
  { condition, active, onsetMs, cause }: Extract<AlarmInput, { type: 'condition' }>,
  now: EpochMs,
  { priority }: AlarmPolicy,
): void {
  const known = held.get(condition);
  if (active && !known?.present) {
    // Back within the release delay: the same alarm goes on, with its first onset.
    const goesOn = known?.state === 'active' || known?.state === 'acknowledged';
    held.set(condition, {
      condition,
      present: true,
      sinceMs: now,
      state: known?.state,
      priority: goesOn ? known.priority : priority,
      onsetMs: goesOn ? known.onsetMs : onsetMs,
      detectedAtMs: goesOn ? known.detectedAtMs : now,
      cause,
    });
  } else if (!active && known?.present) {
    held.set(condition, { ...known, present: false, sinceMs: now });
  }
}

function risen({ priority, rises }: AlarmPolicy, forMs: number): Priority {
  return rises.reduce((highest, rise) => (forMs >= rise.afterMs && comparePriority(rise.priority, highest) > 0 ? rise.priority : highest), priority);
}

function audioPause({ audioPausedUntilMs }: BedAlarms, input: AlarmInput, now: EpochMs): EpochMs | undefined {
  if (input.type === 'pauseAudio') return (now + AUDIO_PAUSE_MS) as EpochMs;
  if (input.type === 'resumeAudio') return undefined;
  return audioPausedUntilMs !== undefined && now >= audioPausedUntilMs ? undefined : audioPausedUntilMs;
}

/** The alarms that are signalled, the most urgent and then the newest first. */
export function signalled({ bed, held }: BedAlarms): Alarm[] {
  return [...held.values()]
    .filter((entry): entry is HeldCondition & { state: Exclude<AlarmState, 'cleared'> } => entry.state !== undefined)
    .map(({ condition, priority, state, onsetMs, detectedAtMs, cause }) => ({ bed, condition, priority, state, onsetMs, detectedAtMs, cause }))
    .sort((a, b) => comparePriority(b.priority, a.priority) || b.detectedAtMs - a.detectedAtMs);
}

/** Puts back an alarm that was signalled before a restart: its cause is not known to hold, so it is present no more. */
export function restored(state: BedAlarms, alarm: Alarm, now: EpochMs): BedAlarms {
  if (alarm.state === 'cleared') return state;
  const { condition, priority, onsetMs, detectedAtMs, cause } = alarm;
  const entry: HeldCondition = { condition, present: false, sinceMs: now, state: alarm.state, priority, onsetMs, detectedAtMs, cause };
  return { ...state, held: new Map(state.held).set(condition, entry) };
}
