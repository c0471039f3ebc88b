/** Reads the state of every bed back from the ledger. Pure: the same lines give the same state, on any machine, at any time. */
import type { AlarmCondition } from '../../ecg/alarm.ts';
import type { DisplayBand } from '../../ecg/dsp/display-band.ts';
import type { BedLimits } from '../../ecg/limits.ts';
import { DEFAULT_RHYTHM_LIMITS } from '../../ecg/rhythm.ts';
import { epochMs, type EpochMs } from '../../ecg/units.ts';
import { offAfter } from './alarm-off.ts';
import { byNumber, byPosition, isChange, isCommand, type LedgerEntry, type LedgerLine } from './entries.ts';
import { POLICIES } from './policy.ts';
import { noAlarms, restored, type BedAlarms } from './state.ts';
import { AUDIO_PAUSE_MS, noteOff, offCause } from './system.ts';

export interface ReplayedBed {
  readonly alarms: BedAlarms;
  /** Undefined where nobody ever set any. */
  readonly limits: BedLimits | undefined;
  /** Undefined where nobody ever chose one. */
  readonly band: DisplayBand | undefined;
}

/** @param now time at which the state is asked for: a pause that has run out by then is over */
export function replayLedger(lines: readonly LedgerLine[], now: EpochMs): Map<string, ReplayedBed> {
  const beds = new Map<string, ReplayedBed>();
  const of = (bed: string): ReplayedBed => beds.get(bed) ?? { alarms: noAlarms(bed), limits: undefined, band: undefined };
  for (const change of latestPerCondition(lines.filter(isChange))) {
    const before = of(change.bed);
    beds.set(change.bed, { ...before, alarms: restored(before.alarms, change, now) });
  }
  for (const { bed, atMs, by, reason, command } of lines.filter(isCommand).sort(byNumber)) {
    const before = of(bed);
    const { alarms } = before;
    if (command.type === 'setLimits') {
      // A limit that came with a later version has its default.
      beds.set(bed, { ...before, limits: { ...command.limits, rhythm: { ...DEFAULT_RHYTHM_LIMITS, ...command.limits.rhythm } } });
    } else if (command.type === 'setBand') {
      beds.set(bed, { ...before, band: command.band });
    } else if (command.type === 'alarmOff') {
      beds.set(bed, { ...before, alarms: { ...alarms, off: offAfter(alarms.off, { ...command, by, reason }, atMs) } });
    } else if (command.type === 'pauseAudio' || command.type === 'resumeAudio') {
      const untilMs = epochMs(atMs + AUDIO_PAUSE_MS);
      const pausing = command.type === 'pauseAudio';
      const held = pausing ? hushed(alarms, atMs) : alarms.held;
      beds.set(bed, { ...before, alarms: { ...alarms, held, audioPausedUntilMs: pausing && now < untilMs ? untilMs : undefined } });
    }
  }
  for (const [bed, before] of beds) {
    const { alarms } = before;
    const silent = alarms.held.get('noData');
    // Nothing has come since: to end it would say that the bed is watched again. The first sample does.
    if (silent) beds.set(bed, { ...before, alarms: { ...alarms, held: new Map(alarms.held).set('noData', { ...silent, present: true }) } });
  }
  for (const [bed, before] of beds) {
    const { alarms } = before;
    if (alarms.off.size === 0) continue;
    // That alarms are off goes on holding; it is known here, not measured at the bed. Where the record of it was not stored any
    // more, although the command was, it begins now.
    const held = new Map(alarms.held);
    const told = held.get('alarmsOff');
    if (told) held.set('alarmsOff', { ...told, present: true });
    if (told?.cause !== offCause(alarms.off)) noteOff(held, alarms.off, now, POLICIES.alarmsOff);
    beds.set(bed, { ...before, alarms: { ...alarms, held } });
  }
  return beds;
}

/** A pause hushes what sounded through the pause before it. */
function hushed({ held }: BedAlarms, atMs: EpochMs): BedAlarms['held'] {
  return new Map([...held].map(([condition, entry]) => [condition, entry.detectedAtMs <= atMs ? { ...entry, breakthrough: false } : entry]));
}

function latestPerCondition(changes: readonly LedgerEntry[]): LedgerEntry[] {
  const latest = new Map<string, LedgerEntry>();
  for (const change of changes.toSorted(byPosition)) latest.set(`${change.bed} ${change.condition satisfies AlarmCondition}`, change);
  return [...latest.values()];
}
