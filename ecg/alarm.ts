import type { EpochMs } from './units.ts';

/** IEC 60601-1-8 priorities, plus `technical` for what concerns the equipment rather than the patient. */
export type Priority = 'high' | 'medium' | 'low' | 'technical';

/** Conditions that the rules raise without any model. */
export const RHYTHM_CONDITIONS = [
  'asystole', 'ventricularFibrillation', 'ventricularTachycardia', 'extremeTachycardia', 'extremeBradycardia', 'pause', 'ventricularRun',
  'ventricularCouplet', 'ventricularBigeminy', 'frequentVentricularBeats', 'atrialFibrillation', 'heartRateHigh', 'heartRateLow',
] as const;
export type RhythmCondition = (typeof RHYTHM_CONDITIONS)[number];

/** Conditions of the equipment. */
export type TechnicalCondition =
  | 'noData'
  | 'leadsOff'
  | 'signalSaturated'
  | 'noisySignal'
  | 'asystoleNotMonitored'
  | 'feedClockOff'
  | 'modelUnavailable'
  | 'monitoringFault'
  | 'alarmNotStored'
  | 'alarmsOff'
  | 'serverClockStopped';

/** A zero-shot finding's condition is `finding:` and the label's id. */
export type FindingCondition = `finding:${string}`;

export type AlarmCondition = RhythmCondition | TechnicalCondition | FindingCondition;

/**
 * The life of an alarm, as the page and `/alerts` see it: `active` and not acknowledged, `acknowledged` while the
 * cause lasts, `latched` when the cause has gone but nobody has acknowledged, `cleared` at the end.
 */
export type AlarmState = 'active' | 'acknowledged' | 'latched' | 'cleared';

/** What a person may turn off together, per bed. */
export const ALARM_GROUPS = ['lethal', 'rhythm', 'heartRate', 'findings', 'equipment'] as const;
export type AlarmGroup = (typeof ALARM_GROUPS)[number];

/** Who says that a condition holds, exactly enough to judge the same samples again. */
export type AlarmSource =
  | { readonly kind: 'rule'; readonly rule: string; readonly limits: Readonly<Record<string, number>> }
  | {
      readonly kind: 'model';
      readonly modelId: string;
      readonly manifestSha256: string;
      readonly label: string;
      /** The sentences that the label is scored by. */
      readonly text: readonly string[];
      readonly score: number;
      readonly threshold: number;
      /** The scored segment: the feed's epoch, its first sample on the model's axis, that sample's time on the device's clock. */
      readonly feedEpoch: number;
      readonly segmentStartIndex: number;
      readonly segmentStartMs: number;
    };

/** One alarm of one bed. */
export interface Alarm {
  readonly bed: string;
  readonly condition: AlarmCondition;
  readonly priority: Priority;
  readonly state: AlarmState;
  /** When the condition began, on the server's clock. */
  readonly onsetMs: EpochMs;
  /** When the server knew. */
  readonly detectedAtMs: EpochMs;
  /** The rule or model and its figures, in words a person can check: `no QRS for 4.0 s`. */
  readonly cause: string;
  readonly source?: AlarmSource;
  /** How often it was raised again because nobody answered: after one minute (1) and after two (2). Absent: 0. */
  readonly escalation?: 1 | 2;
  /** A lethal condition that began during an audio pause: it sounds all the same. */
  readonly breakthrough?: true;
}
