import type { EpochMs } from './units.ts';

/** IEC 60601-1-8 priorities, plus `technical` for what concerns the equipment rather than the patient. */
export type Priority = 'high' | 'medium' | 'low' | 'technical';

/** Conditions that the rules raise without any model. */
export type RhythmCondition =
  | 'asystole'
  | 'ventricularFibrillation'
  | 'ventricularTachycardia'
  | 'extremeTachycardia'
  | 'extremeBradycardia'
  | 'heartRateHigh'
  | 'heartRateLow';

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
  | 'alarmNotStored';

/** A zero-shot finding's condition is `finding:` and the label's id. */
export type FindingCondition = `finding:${string}`;

export type AlarmCondition = RhythmCondition | TechnicalCondition | FindingCondition;

/**
 * The life of an alarm, as the page and `/alerts` see it: `active` and not acknowledged, `acknowledged` while the
 * cause lasts, `latched` when the cause has gone but nobody has acknowledged, `cleared` at the end.
 */
export type AlarmState = 'active' | 'acknowledged' | 'latched' | 'cleared';

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
}
