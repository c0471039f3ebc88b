/** What stands in the alarm ledger: changes of alarms, commands of people, and the mark of an orderly end. */
import type { Alarm, AlarmCondition, AlarmGroup, FindingCondition } from '../../ecg/alarm.ts';
import type { DisplayBand } from '../../ecg/dsp/display-band.ts';
import type { BedLimits } from '../../ecg/limits.ts';
import type { EpochMs } from '../../ecg/units.ts';
import type { Person } from './state.ts';

/** One change of one alarm, with its place in the bed's sequence. */
export interface LedgerEntry extends Alarm {
  /** Grows when the ledger begins anew, or when the server did not end in order; sequence numbers are only comparable within an epoch. */
  readonly epoch: number;
  /** Counts the bed's changes from 1, without a hole. */
  readonly seq: number;
}

/** What a person did, as it was carried out: limits are the whole of what holds after. */
export type CarriedOut =
  | { readonly type: 'acknowledge' | 'reset'; readonly condition?: AlarmCondition }
  | { readonly type: 'pauseAudio' | 'resumeAudio' }
  | { readonly type: 'alarmOff'; readonly group: AlarmGroup; readonly off: boolean }
  | { readonly type: 'setLimits'; readonly limits: BedLimits }
  | { readonly type: 'setBand'; readonly band: DisplayBand }
  /** What could be found is found no longer: its label was deleted, changed or disarmed. */
  | { readonly type: 'withdraw'; readonly finding: FindingCondition };

export interface CommandEntry {
  readonly bed: string;
  readonly epoch: number;
  readonly atMs: EpochMs;
  readonly by: Person;
  readonly reason: string;
  readonly command: CarriedOut;
}

/** The server ended with everything stored: no number of this epoch was ever given out beyond what is here. */
export interface ClosedMark {
  readonly epoch: number;
  readonly closedAtMs: EpochMs;
}

export type LedgerLine = LedgerEntry | CommandEntry | ClosedMark;

export const isChange = (line: LedgerLine): line is LedgerEntry => 'seq' in line;
export const isCommand = (line: LedgerLine): line is CommandEntry => 'command' in line;

/** Older first. A change that was stored late stands further down in the file than its number says. */
export const byPosition = (a: LedgerEntry, b: LedgerEntry): number => a.epoch - b.epoch || a.seq - b.seq;
