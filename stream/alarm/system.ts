/**
 * The alarm system of one bed as a pure function: what holds, plus one input at one time, gives what holds next and
 * what changed. IEC 60601-1-8 in the words of ecg/alarm.ts; docs/alarms.md draws the states.
 */
import type { Alarm, AlarmCondition, Priority } from '../../ecg/alarm.ts';
import type { EpochMs } from '../../ecg/units.ts';
import { offAfter, reminderOf } from './alarm-off.ts';
import { comparePriority, groupOf, isLethal, type AlarmPolicy } from './policy.ts';
import { alarmOf, type AlarmInput, type BedAlarms, type HeldCondition, type PersonInput, type Step } from './state.ts';

/** Audio pause of IEC 60601-1-8 monitors: two minutes, then it ends by itself. */
export const AUDIO_PAUSE_MS = 120_000;
/** A high alarm that nobody answers is raised again, for others than those who did not come, and once more. */
export const ESCALATE_AFTER_MS = [60_000, 120_000] as const;

type PolicyOf = (condition: AlarmCondition) => AlarmPolicy;

/** @param policyOf the policy of every condition that can occur; an unknown condition is a programming error */
export function step(last: BedAlarms, input: AlarmInput, now: EpochMs, policyOf: PolicyOf): Step {
  const before = notAhead(last, now);
  const held = new Map(before.held);
  const changes: Alarm[] = [];
  const put = (next: HeldCondition): void => {
    held.set(next.condition, next);
    if (next.state !== undefined) changes.push(alarmOf(before.bed, next, next.state));
  };
  const end = (entry: HeldCondition): void => {
    // What ends although it holds (an answer to a latched one while its group is off) is watched on, so that it can begin again.
    held.delete(entry.condition);
    if (entry.present) held.set(entry.condition, { ...entry, state: undefined, escalation: 0, breakthrough: false });
    changes.push(alarmOf(before.bed, entry, 'cleared'));
  };
  const audioPausedUntilMs = audioPause(before, input, now);
  const off = offAfter(before.off, input, now);
  const isOff = (condition: AlarmCondition): boolean => {
    const group = off.size === 0 ? undefined : groupOf(condition, policyOf(condition));
    return group !== undefined && off.has(group);
  };

  if (input.type === 'condition') notePresence(held, input, now, policyOf(input.condition));
  if (off !== before.off) noteOff(held, off, now, policyOf('alarmsOff'));
  if (input.type === 'acknowledge' || input.type === 'reset') answer(held, input, put, end);
  if (input.type === 'pauseAudio') hushBreakthroughs(held);
  if (input.type === 'withdraw') {
    const entry = held.get(input.finding);
    held.delete(input.finding);
    if (entry?.state !== undefined) end({ ...entry, present: false, cause: input.cause });
  }

  for (const entry of [...held.values()]) {
    const { condition } = entry;
    const policy = policyOf(condition);
    const forMs = now - entry.sinceMs;
    if (isOff(condition) && !(policy.latching && entry.state !== undefined)) {
      // Turned off: nothing is signalled, but what holds is still watched, so that it begins once alarms are on again.
      if (entry.state !== undefined) end(entry);
      else if (!entry.present) held.delete(condition);
    } else if (entry.present) {
      const superseded = policy.supersededBy.some((other) => held.get(other)?.present && !isOff(other));
      const begins = (entry.state === 'latched' && !isOff(condition)) || (entry.state === undefined && forMs >= policy.onsetDelayMs && !superseded);
      const next = present(entry, begins, forMs, now, policy, held, audioPausedUntilMs, off);
      const told = before.held.get(condition);
      // A latched alarm that comes back while it is turned off begins nothing, but what is on show of it is new.
      if (next !== entry || (told?.state !== undefined && told.detectedAtMs !== entry.detectedAtMs)) put(next);
    } else if (entry.state === undefined) {
      held.delete(condition);
    } else if (forMs >= releaseDelay(entry, policy, audioPausedUntilMs) && entry.state !== 'latched') {
      if (policy.latching && entry.state === 'active') put(escalated({ ...entry, state: 'latched' }, now));
      else end(entry);
    } else {
      const next = escalated(entry, now);
      if (next !== entry) put(next);
    }
  }
  return { state: { bed: before.bed, held, audioPausedUntilMs, off }, changes };
}

/** What a condition that holds is next: begun, risen, lowered or raised by a finding, escalated, reminded of, or the same. */
function present(
  entry: HeldCondition, begins: boolean, forMs: number, now: EpochMs, policy: AlarmPolicy,
  held: ReadonlyMap<AlarmCondition, HeldCondition>, pausedUntilMs: EpochMs | undefined, off: BedAlarms['off'],
): HeldCondition {
  if (entry.state === undefined && !begins) return entry;
  const risenTo = risen(policy, forMs);
  const rises = entry.state !== undefined && comparePriority(risenTo, entry.ownPriority) > 0;
  const ownPriority = begins && entry.state === undefined ? risenTo : higher(risenTo, entry.ownPriority);
  const priority = demoted(policy, ownPriority, held);
  const reminded = entry.state !== undefined && entry.condition === 'alarmsOff' && reminderOf(off, entry.detectedAtMs, now);
  if (begins || rises || reminded) {
    return {
      ...entry, state: 'active', priority, ownPriority,
      detectedAtMs: begins || reminded ? now : entry.detectedAtMs,
      unansweredSinceMs: entry.state === 'latched' ? entry.unansweredSinceMs : now,
      escalation: entry.state === 'latched' ? entry.escalation : 0,
      breakthrough: begins && isLethal(policy) && pausedUntilMs !== undefined,
    };
  }
  // A finding that comes or goes changes how urgent the alarm looks, never whether somebody has answered it.
  return escalated(priority === entry.priority ? entry : { ...entry, priority }, now);
}

/** In an audio pause nothing is held: a lethal condition that comes back must sound through it. */
function releaseDelay({ state }: HeldCondition, { releaseDelayMs, unansweredHoldMs = releaseDelayMs }: AlarmPolicy, pausedUntilMs: EpochMs | undefined): number {
  return state === 'active' && pausedUntilMs === undefined ? unansweredHoldMs : releaseDelayMs;
}

function escalated(entry: HeldCondition, now: EpochMs): HeldCondition {
  if (entry.priority !== 'high' || (entry.state !== 'active' && entry.state !== 'latched')) return entry;
  const waitedMs = now - entry.unansweredSinceMs;
  const escalation = waitedMs >= ESCALATE_AFTER_MS[1] ? 2 : waitedMs >= ESCALATE_AFTER_MS[0] ? 1 : 0;
  return escalation > entry.escalation ? { ...entry, escalation } : entry;
}

function answer(
  held: ReadonlyMap<AlarmCondition, HeldCondition>, input: Extract<PersonInput, { type: 'acknowledge' | 'reset' }>,
  put: (entry: HeldCondition) => void, end: (entry: HeldCondition) => void,
): void {
  for (const entry of [...held.values()]) {
    if (input.condition !== undefined && input.condition !== entry.condition) continue;
    if (input.type === 'acknowledge' && entry.detectedAtMs > (input.seenUpToMs ?? Infinity)) continue;
    if (entry.state === 'latched') end(entry);
    if (entry.state === 'active' && input.type === 'acknowledge') put({ ...entry, state: 'acknowledged', escalation: 0, breakthrough: false });
  }
}

function notePresence(
  held: Map<AlarmCondition, HeldCondition>,
  { condition, active, onsetMs, cause, source }: Extract<AlarmInput, { type: 'condition' }>,
  now: EpochMs,
  { priority }: AlarmPolicy,
): void {
  const known = held.get(condition);
  if (active && !known?.present) {
    // Back within the release delay: the same alarm goes on, with its first onset.
    const goesOn = known?.state === 'active' || known?.state === 'acknowledged';
    const own = goesOn ? known.ownPriority : priority;
    held.set(condition, {
      condition,
      present: true,
      sinceMs: now,
      state: known?.state,
      priority: goesOn ? known.priority : priority,
      ownPriority: own,
      onsetMs: goesOn ? known.onsetMs : onsetMs,
      detectedAtMs: goesOn ? known.detectedAtMs : now,
      cause,
      source,
      unansweredSinceMs: known?.unansweredSinceMs ?? now,
      escalation: known?.escalation ?? 0,
      breakthrough: known?.breakthrough ?? false,
    });
  } else if (!active && known?.present) {
    held.set(condition, { ...known, present: false, sinceMs: now });
  }
}

/** In words, who turned off what and why. */
export const offCause = (off: BedAlarms['off']): string => [...off.values()].map(({ group, by, reason }) => `${group} off by ${by.name}: ${reason}`).join('; ');

/** That alarms are off is itself an alarm, so that every screen and program shows it. */
export function noteOff(held: Map<AlarmCondition, HeldCondition>, off: BedAlarms['off'], now: EpochMs, policy: AlarmPolicy): void {
  const cause = offCause(off);
  const known = held.get('alarmsOff');
  if (off.size > 0 && known?.present) {
    // Due at once, so that the new wording is told.
    held.set('alarmsOff', { ...known, cause, onsetMs: now, detectedAtMs: 0 as EpochMs });
    return;
  }
  notePresence(held, { type: 'condition', condition: 'alarmsOff', active: off.size > 0, onsetMs: now, cause }, now, policy);
}

/** A new pause is a decision taken in sight of what sounds now. */
function hushBreakthroughs(held: Map<AlarmCondition, HeldCondition>): void {
  for (const entry of [...held.values()]) if (entry.breakthrough) held.set(entry.condition, { ...entry, breakthrough: false });
}

const higher = (a: Priority, b: Priority): Priority => (comparePriority(a, b) > 0 ? a : b);

function risen({ priority, rises }: AlarmPolicy, forMs: number): Priority {
  return rises.reduce((highest, rise) => (forMs >= rise.afterMs ? higher(rise.priority, highest) : highest), priority);
}

/** Lowers, never raises, and leaves a lethal alarm alone whatever the table says. */
function demoted(policy: AlarmPolicy, own: Priority, held: ReadonlyMap<AlarmCondition, HeldCondition>): Priority {
  if (!policy.demotedBy || isLethal(policy)) return own;
  const signalledNow = policy.demotedBy.filter(({ finding }) => held.get(finding)?.state !== undefined);
  return signalledNow.reduce((lowest, { to }) => (comparePriority(to, lowest) < 0 ? to : lowest), own);
}

/** A clock that was set back must not stretch what is counted on it: a delay that lies ahead begins now, a pause has its two minutes at most. */
function notAhead(bed: BedAlarms, now: EpochMs): BedAlarms {
  const longest = (now + AUDIO_PAUSE_MS) as EpochMs;
  const pause = bed.audioPausedUntilMs !== undefined && bed.audioPausedUntilMs > longest;
  const ahead = ({ sinceMs, unansweredSinceMs }: HeldCondition): boolean => sinceMs > now || unansweredSinceMs > now;
  if (!pause && ![...bed.held.values()].some(ahead)) return bed;
  const earlier = (at: EpochMs): EpochMs => (at > now ? now : at);
  const held = new Map([...bed.held].map(([condition, entry]) => (
    [condition, { ...entry, sinceMs: earlier(entry.sinceMs), unansweredSinceMs: earlier(entry.unansweredSinceMs) }])));
  return { ...bed, held, audioPausedUntilMs: pause ? longest : bed.audioPausedUntilMs };
}

function audioPause({ audioPausedUntilMs }: BedAlarms, input: AlarmInput, now: EpochMs): EpochMs | undefined {
  if (input.type === 'pauseAudio') return (now + AUDIO_PAUSE_MS) as EpochMs;
  if (input.type === 'resumeAudio') return undefined;
  return audioPausedUntilMs !== undefined && now >= audioPausedUntilMs ? undefined : audioPausedUntilMs;
}
