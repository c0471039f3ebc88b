/**
 * What each alarm condition means: one table, the whole of it documented in docs/alarms.md.
 * Priorities and latching of the five lethal arrhythmias follow PhysioNet/CinC 2015 and IEC 60601-2-27 practice.
 */
import type { AlarmCondition, AlarmGroup, FindingCondition, Priority, RhythmCondition, TechnicalCondition } from '../../ecg/alarm.ts';
import { EcgError } from '../../ecg/errors.ts';
import type { LabelDefinition } from '../../models/label-bank.ts';

export interface AlarmPolicy {
  /** What a person reads. */
  readonly text: string;
  readonly priority: Priority;
  /** A latching alarm stays until acknowledged although its cause has gone. */
  readonly latching: boolean;
  /** The condition must hold this long before the alarm begins (the rhythm rules have their own delays before that). */
  readonly onsetDelayMs: number;
  /** ... and be gone this long before the alarm ends, so that no alarm flickers. */
  readonly releaseDelayMs: number;
  /**
   * While nobody has answered, it must be gone this long instead: what comes and goes meanwhile is one alarm. An answered one
   * ends after the release delay, so that it sounds when its cause is back. Absent: the release delay.
   */
  readonly unansweredHoldMs?: number;
  /** Priority after the condition has lasted, for equipment faults that leave a patient unwatched. */
  readonly rises: readonly { readonly afterMs: number; readonly priority: Priority }[];
  /** Conditions that say the same and more: while one of them holds, this one does not begin. */
  readonly supersededBy: readonly AlarmCondition[];
  /** Findings which, while they are signalled, lower this alarm's priority. Without effect on a lethal alarm. */
  readonly demotedBy?: readonly { readonly finding: FindingCondition; readonly to: Priority }[];
}

const lethal = (text: string, supersededBy: readonly AlarmCondition[] = []): AlarmPolicy => ({
  text, priority: 'high', latching: true, onsetDelayMs: 0, releaseDelayMs: 2000, rises: [], supersededBy,
});
const technical = (text: string, policy: Partial<AlarmPolicy> = {}): AlarmPolicy => ({
  text, priority: 'technical', latching: false, onsetDelayMs: 0, releaseDelayMs: 2000, rises: [], supersededBy: [], ...policy,
});

/** A rate beyond a limit comes and goes with every few beats where the rhythm is not even (mitdb 232). */
const lethalRate = (text: string, supersededBy: readonly AlarmCondition[]): AlarmPolicy => ({ ...lethal(text, supersededBy), unansweredHoldMs: 10_000 });

/** An arrhythmia that is not lethal by itself. The rules hold each for a dwell of their own. */
const arrhythmia = (text: string, priority: Priority, supersededBy: readonly AlarmCondition[]): AlarmPolicy => ({
  text, priority, latching: false, onsetDelayMs: 0, releaseDelayMs: 2000, rises: [], supersededBy, unansweredHoldMs: 20_000,
});
/** What says more than that there are ventricular beats. */
const VENTRICULAR_RHYTHMS = ['ventricularRun', 'ventricularTachycardia', 'ventricularFibrillation'] as const;

/** A patient nobody watches: a nurse must come within a minute or two, so it becomes an ordinary, then an urgent alarm. */
const UNWATCHED = [{ afterMs: 60_000, priority: 'medium' }, { afterMs: 300_000, priority: 'high' }] as const;

export const POLICIES: Readonly<Record<RhythmCondition | TechnicalCondition, AlarmPolicy>> = {
  asystole: lethal('ASYSTOLE'),
  ventricularFibrillation: lethal('VENTRICULAR FIBRILLATION'),
  ventricularTachycardia: lethal('VENTRICULAR TACHYCARDIA'),
  extremeTachycardia: lethalRate('EXTREME TACHYCARDIA', ['ventricularTachycardia', 'ventricularFibrillation']),
  extremeBradycardia: lethalRate('EXTREME BRADYCARDIA', ['asystole']),
  pause: arrhythmia('Pause', 'medium', ['asystole', 'ventricularFibrillation', 'extremeBradycardia']),
  ventricularRun: arrhythmia('Run of ventricular beats', 'medium', ['ventricularTachycardia', 'ventricularFibrillation']),
  ventricularCouplet: arrhythmia('Couplet of ventricular beats', 'low', VENTRICULAR_RHYTHMS),
  ventricularBigeminy: arrhythmia('Ventricular bigeminy', 'low', VENTRICULAR_RHYTHMS),
  frequentVentricularBeats: arrhythmia('Frequent ventricular beats', 'low', [...VENTRICULAR_RHYTHMS, 'ventricularBigeminy', 'ventricularCouplet']),
  atrialFibrillation: arrhythmia('Atrial fibrillation', 'medium', ['ventricularTachycardia', 'ventricularFibrillation', 'asystole']),
  heartRateHigh: {
    text: 'Heart rate high', priority: 'medium', latching: false, onsetDelayMs: 5000, releaseDelayMs: 5000, rises: [],
    supersededBy: ['extremeTachycardia', 'ventricularTachycardia', 'ventricularFibrillation'],
  },
  heartRateLow: {
    text: 'Heart rate low', priority: 'medium', latching: false, onsetDelayMs: 5000, releaseDelayMs: 5000, rises: [],
    supersededBy: ['extremeBradycardia', 'asystole'],
  },
  noData: technical('No data from the bed', { rises: UNWATCHED, releaseDelayMs: 0 }),
  leadsOff: technical('Lead off', { onsetDelayMs: 500, rises: UNWATCHED, supersededBy: ['noData'] }),
  asystoleNotMonitored: technical('Asystole not monitored', { onsetDelayMs: 1000, rises: UNWATCHED, supersededBy: ['noData'] }),
  signalSaturated: technical('Signal saturated', { supersededBy: ['noData'] }),
  noisySignal: technical('Noisy signal', { supersededBy: ['noData', 'leadsOff'] }),
  feedClockOff: technical('Clock of the device is off'),
  modelUnavailable: technical('Findings unavailable', { onsetDelayMs: 10_000, supersededBy: ['noData'] }),
  monitoringFault: technical('Monitoring fault', { rises: UNWATCHED, releaseDelayMs: 10_000 }),
  alarmNotStored: technical('Alarm record not stored', { releaseDelayMs: 0 }),
  serverClockStopped: technical('Clock of the server stands still', { rises: UNWATCHED }),
  alarmsOff: technical('Alarms off', { priority: 'low', releaseDelayMs: 0 }),
};

/** An alarm that a life may hang on: nothing but a person with the right role turns it down. */
export const isLethal = ({ priority, latching }: AlarmPolicy): boolean => priority === 'high' && latching;

/** The group a condition is turned off with; undefined where it cannot be turned off: what says that alarms are off. */
export function groupOf(condition: AlarmCondition, policy: AlarmPolicy): AlarmGroup | undefined {
  if (condition === 'alarmsOff') return undefined;
  if (condition.startsWith('finding:')) return 'findings';
  if (isLethal(policy)) return 'lethal';
  if (policy.priority === 'technical') return 'equipment';
  return condition === 'heartRateHigh' || condition === 'heartRateLow' ? 'heartRate' : 'rhythm';
}

/**
 * The table with findings that lower other alarms.
 * @throws EcgError CONFIG_INVALID where a lethal or an unknown condition is named
 */
export function withDemotions(demotions: readonly { readonly condition: string; readonly finding: string; readonly to: Priority }[]): Map<string, AlarmPolicy> {
  const all = new Map<string, AlarmPolicy>(Object.entries(POLICIES));
  for (const { condition, finding, to } of demotions) {
    const policy = all.get(condition);
    if (!policy || isLethal(policy)) {
      throw new EcgError('CONFIG_INVALID', 'an alarm cannot be lowered by a finding', {
        expected: 'a condition of the alarm table that is not lethal', received: condition, from: 'alarms.demotions' });
    }
    all.set(condition, { ...policy, demotedBy: [...(policy.demotedBy ?? []), { finding: finding as FindingCondition, to }] });
  }
  return all;
}

/** The policy of a zero-shot finding; undefined where the label is for display only. */
export function findingPolicy(label: Pick<LabelDefinition, 'name' | 'alarm'>): AlarmPolicy | undefined {
  if (!label.alarm) return undefined;
  const { priority, dwellMs } = label.alarm;
  return { text: label.name, priority, latching: false, onsetDelayMs: dwellMs, releaseDelayMs: dwellMs, rises: [], supersededBy: ['noData'] };
}

const RANK: Readonly<Record<Priority, number>> = { high: 3, medium: 2, low: 1, technical: 0 };

/** Positive where `a` is the more urgent. */
export const comparePriority = (a: Priority, b: Priority): number => RANK[a] - RANK[b];
