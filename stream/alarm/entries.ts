/** What stands in the alarm ledger: changes of alarms, commands of people, and the mark of an orderly end. */
import type { Alarm, AlarmCondition, AlarmGroup, FindingCondition } from '../../ecg/alarm.ts';
import type { DisplayBand } from '../../ecg/dsp/display-band.ts';
import type { BedLimits } from '../../ecg/limits.ts';
import type { EpochMs } from '../../ecg/units.ts';
import type { Person } from './state.ts';

/** A place in a bed's sequence of changes. */
export interface Position {
  /** Grows when the ledger begins anew, or when the server did not end in order; sequence numbers are only comparable within an epoch. */
  readonly epoch: number;
  /** Counts the bed's changes from 1, without a hole. */
  readonly seq: number;
}

/** One change of one alarm, with its place in the bed's sequence. */
export interface LedgerEntry extends Alarm, Position {}

/** What a person did, as it was carried out: limits are the whole of what holds after. */
export type CarriedOut =
  | { readonly type: 'acknowledge'; readonly condition?: AlarmCondition; readonly seenUpToMs?: EpochMs }
  | { readonly type: 'reset'; readonly condition?: AlarmCondition }
  | { readonly type: 'pauseAudio' | 'resumeAudio' }
  | { readonly type: 'alarmOff'; readonly group: AlarmGroup; readonly off: boolean }
  | { readonly type: 'setLimits'; readonly limits: BedLimits }
  | { readonly type: 'setBand'; readonly band: DisplayBand }
  /** What could be found is found no longer: its label was deleted, changed or disarmed. */
  | { readonly type: 'withdraw'; readonly finding: FindingCondition };

export interface CommandEntry {
  readonly bed: string;
  readonly epoch: number;
  /** Counts the commands of an epoch from 1. One that was stored late stands further down in the file. Absent in older ledgers. */
  readonly number?: number;
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

/** What the lines after it do not say any more, because only what still matters was carried on. */
export interface Continuation {
  readonly epoch: number;
  /** The file before, and the hash it ended with, where this line begins a file. */
  readonly continues?: { readonly file: string; readonly hash: string };
  /** By bed, `*` for every bed: up to here changes have been left out. */
  readonly leftOut: Readonly<Record<string, Position>>;
}

export type LedgerLine = LedgerEntry | CommandEntry | ClosedMark | Continuation;

export const isContinuation = (line: LedgerLine): line is Continuation => 'leftOut' in line;
export const isChange = (line: LedgerLine): line is LedgerEntry => 'seq' in line;
export const isCommand = (line: LedgerLine): line is CommandEntry => 'command' in line;

/** Older first. A change that was stored late stands further down in the file than its number says. */
export const byPosition = (a: Position, b: Position): number => a.epoch - b.epoch || a.seq - b.seq;
export const isAfter = (a: Position, b: Position): boolean => byPosition(a, b) > 0;
/** In the order in which they were carried out. */
export const byNumber = (a: CommandEntry, b: CommandEntry): number => a.epoch - b.epoch || (a.number ?? 0) - (b.number ?? 0);
