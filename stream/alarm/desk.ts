/** The alarm desk: every bed's alarm state, limits and display band. Each input goes through the reducer, each change into the outbox. */
import { Subject, type Observable } from 'rxjs';
import type { Alarm, AlarmCondition, FindingCondition } from '../../ecg/alarm.ts';
import type { Clock } from '../../ecg/clock.ts';
import type { DisplayBand } from '../../ecg/dsp/display-band.ts';
import type { BedLimits } from '../../ecg/limits.ts';
import { ms, type EpochMs } from '../../ecg/units.ts';
import type { CarriedOut } from './entries.ts';
import type { Ledger } from './ledger.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { AlarmOutbox, type DeliveredAlarm } from './outbox.ts';
import type { AlarmPolicy } from './policy.ts';
import { replayLedger } from './replay.ts';
import { noAlarms, signalled, type AlarmInput, type BedAlarms, type GroupOff, type Person } from './state.ts';
import { step } from './system.ts';

export { DURABILITY_WAIT, type DeliveredAlarm } from './outbox.ts';

/** How often delays, rises and pauses are looked at. */
const TICK = ms(250);
/** So many ticks without the clock moving on, and it stands still. */
const STOPPED_AFTER_TICKS = 8;

export interface AlarmDeskOptions {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly policyOf: (condition: AlarmCondition) => AlarmPolicy;
  readonly warn: (message: string) => void;
}

export class AlarmDesk {
  /** Every change, in order for each bed. */
  readonly delivered$: Observable<DeliveredAlarm>;
  /** A bed whose alarm state changed, at once: the page does not wait for the disk. */
  readonly changed$: Observable<string>;
  /** A bed whose limits a person changed. */
  readonly limitsChanged$: Observable<string>;
  /** A bed whose display band a person chose. */
  readonly bandChanged$: Observable<string>;
  readonly #options: AlarmDeskOptions;
  readonly #outbox: AlarmOutbox;
  readonly #changed = new Subject<string>();
  readonly #limitsChanged = new Subject<string>();
  readonly #bandChanged = new Subject<string>();
  readonly #beds = new Map<string, BedAlarms>();
  readonly #limits = new Map<string, BedLimits>();
  readonly #bands = new Map<string, DisplayBand>();
  readonly #stopTicking: () => void;
  #lastTickMs: EpochMs | undefined;
  #ticksStopped = 0;

  constructor(options: AlarmDeskOptions) {
    this.#options = options;
    const { ledger, clock, warn } = options;
    this.#outbox = new AlarmOutbox({ ledger, clock, warn, storageFault: (bed, message) => this.#storageFault(bed, message) });
    this.delivered$ = this.#outbox.delivered$;
    this.changed$ = this.#changed.asObservable();
    this.limitsChanged$ = this.#limitsChanged.asObservable();
    this.bandChanged$ = this.#bandChanged.asObservable();
    for (const [bed, { alarms, limits, band }] of replayLedger(ledger.restored, clock.now())) {
      this.#beds.set(bed, alarms);
      if (limits) this.#limits.set(bed, limits);
      if (band) this.#bands.set(bed, band);
    }
    this.#stopTicking = clock.every(TICK, () => this.#tick());
  }

  get counters(): { readonly notDurable: number; readonly lost: number; readonly waiting: number } {
    return { ...this.#outbox.counters, waiting: this.#outbox.waiting };
  }

  /** Applies one input to one bed; alerts follow by themselves. */
  apply(bed: string, input: AlarmInput): void {
    const { clock, policyOf } = this.#options;
    const before = this.#of(bed);
    const { state, changes } = step(before, input, clock.now(), policyOf);
    this.#beds.set(bed, state);
    for (const change of changes) this.#outbox.send(change);
    if (changes.length > 0 || state.audioPausedUntilMs !== before.audioPausedUntilMs || state.off !== before.off) this.#changed.next(bed);
  }

  /** Carries out what a person with the right to it wants, and writes down who and why. */
  command(bed: string, command: CarriedOut, by: Person, reason: string): void {
    this.#outbox.record({ bed, atMs: this.#options.clock.now(), by, reason, command });
    if (command.type === 'setLimits') {
      this.#limits.set(bed, command.limits);
      this.#limitsChanged.next(bed);
    } else if (command.type === 'setBand') {
      const before = this.bandOf(bed);
      this.#bands.set(bed, command.band);
      if (command.band !== before) this.#bandChanged.next(bed);
    } else if (command.type === 'withdraw') {
      this.apply(bed, { ...command, cause: `${reason} (${by.name})` });
    } else {
      this.apply(bed, command.type === 'alarmOff' ? { ...command, by, reason } : command);
    }
  }

  /** Ends a finding at every bed that holds it. @returns how many beds signalled it */
  withdraw(finding: FindingCondition, by: Person, reason: string): number {
    const holding = [...this.#beds.values()].filter(({ held }) => held.has(finding));
    for (const { bed } of holding) this.command(bed, { type: 'withdraw', finding }, by, reason);
    return holding.filter(({ held }) => held.get(finding)!.state !== undefined).length;
  }

  /** What is signalled at a bed now, the most urgent first. */
  alarmsOf(bed: string): Alarm[] {
    return signalled(this.#of(bed));
  }

  /** Groups of alarms that somebody turned off at a bed. */
  offAt(bed: string): GroupOff[] {
    return [...this.#of(bed).off.values()];
  }

  limitsOf(bed: string): BedLimits {
    return this.#limits.get(bed) ?? DEFAULT_LIMITS;
  }

  bandOf(bed: string): DisplayBand {
    return this.#bands.get(bed) ?? 'monitor';
  }

  audioPausedUntilMs(bed: string): number | undefined {
    return this.#of(bed).audioPausedUntilMs;
  }

  /** Of the numbers that are given out now. */
  get epoch(): number {
    return this.#options.ledger.epoch;
  }

  since(bed: string, epoch: number, seq: number): DeliveredAlarm[] {
    return this.#outbox.since(bed, epoch, seq);
  }

  hasForgotten(bed: string, epoch: number, seq: number): boolean {
    return this.#outbox.hasForgotten(bed, epoch, seq);
  }

  beds(): string[] {
    return [...this.#beds.keys()];
  }

  close(): void {
    this.#stopTicking();
    this.#outbox.close();
    this.#changed.complete();
    this.#limitsChanged.complete();
    this.#bandChanged.complete();
  }

  #of(bed: string): BedAlarms {
    return this.#beds.get(bed) ?? noAlarms(bed);
  }

  #storageFault(bed: string | undefined, message: string): void {
    const onsetMs = this.#options.clock.now();
    for (const each of bed === undefined ? this.beds() : [bed]) {
      this.apply(each, { type: 'condition', condition: 'alarmNotStored', active: bed !== undefined, onsetMs, cause: message });
    }
  }

  #tick(): void {
    this.#watchClock();
    for (const bed of this.#beds.keys()) this.apply(bed, { type: 'tick' });
  }

  /** Delays and pauses are counted on this clock: one that stands still must not go unnoticed. */
  #watchClock(): void {
    const now = this.#options.clock.now();
    this.#ticksStopped = this.#lastTickMs !== undefined && now <= this.#lastTickMs ? this.#ticksStopped + 1 : 0;
    this.#lastTickMs = now;
    if (this.#ticksStopped !== 0 && this.#ticksStopped !== STOPPED_AFTER_TICKS) return;
    const active = this.#ticksStopped > 0;
    for (const bed of this.#beds.keys()) {
      this.apply(bed, { type: 'condition', condition: 'serverClockStopped', active, onsetMs: now, cause: `the server's clock has not moved for ${STOPPED_AFTER_TICKS} looks` });
    }
  }
}
