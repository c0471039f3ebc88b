/**
 * The alarm desk: every bed's alarm state, and the way of each change to the outside: reducer -> sequence number ->
 * ledger -> alert. A change goes out once it is on the disk, or after 200 ms marked not durable: no lethal alarm ever
 * waits for a disk.
 */
import { Subject, type Observable } from 'rxjs';
import type { Alarm, AlarmCondition } from '../../ecg/alarm.ts';
import type { Clock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import type { AlarmPolicy } from './policy.ts';
import { noAlarms, restored, signalled, step, type AlarmInput, type BedAlarms } from './system.ts';

/** A change on its way to people and programs. */
export interface DeliveredAlarm extends LedgerEntry {
  /** False where the ledger had not confirmed it in time. */
  readonly durable: boolean;
}

/** Longest wait for the disk before an alarm goes out all the same. */
export const DURABILITY_WAIT = ms(200);
/** How often delays, rises and pauses are looked at. */
const TICK = ms(250);
/** Entries waiting to be written again; a disk that fails for longer loses the oldest, counted. */
const RETRY_BOUND = 10_000;
const RETRY_EVERY = ms(5000);
/** Changes kept in memory for subscribers that resume. */
const RESUME_BOUND = 50_000;

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
  readonly counters = { notDurable: 0, lost: 0 };
  readonly #options: AlarmDeskOptions;
  readonly #delivered = new Subject<DeliveredAlarm>();
  readonly #changed = new Subject<string>();
  readonly #beds = new Map<string, BedAlarms>();
  readonly #sequence = new Map<string, number>();
  readonly #outgoing = new Map<string, Promise<void>>(); // keeps a bed's changes in order
  readonly #history: DeliveredAlarm[] = [];
  #unstored: LedgerEntry[] = [];
  readonly #stop: (() => void)[];

  constructor(options: AlarmDeskOptions) {
    this.#options = options;
    this.delivered$ = this.#delivered.asObservable();
    this.changed$ = this.#changed.asObservable();
    const { ledger, clock } = options;
    for (const entry of ledger.restored) {
      this.#sequence.set(entry.bed, entry.seq);
      this.#remember({ ...entry, durable: true });
    }
    for (const entry of latestPerCondition(ledger.restored)) {
      this.#beds.set(entry.bed, restored(this.#of(entry.bed), entry, clock.now()));
    }
    this.#stop = [clock.every(TICK, () => this.#tick()), clock.every(RETRY_EVERY, () => void this.#storeAgain())];
  }

  /** Applies one input to one bed; alerts follow by themselves. */
  apply(bed: string, input: AlarmInput): void {
    const { clock, policyOf } = this.#options;
    const before = this.#of(bed);
    const { state, changes } = step(before, input, clock.now(), policyOf);
    this.#beds.set(bed, state);
    for (const change of changes) this.#send(change);
    if (changes.length > 0 || state.audioPausedUntilMs !== before.audioPausedUntilMs) this.#changed.next(bed);
  }

  /** What is signalled at a bed now, the most urgent first. */
  alarmsOf(bed: string): Alarm[] {
    return signalled(this.#of(bed));
  }

  audioPausedUntilMs(bed: string): number | undefined {
    return this.#of(bed).audioPausedUntilMs;
  }

  /** Changes of a bed after `seq` of `epoch`, for a subscriber that resumes; all that are known for another epoch. */
  since(bed: string, epoch: number, seq: number): DeliveredAlarm[] {
    return this.#history.filter((entry) => entry.bed === bed && (entry.epoch !== epoch || entry.seq > seq));
  }

  beds(): string[] {
    return [...this.#beds.keys()];
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.#delivered.complete();
    this.#changed.complete();
  }

  #of(bed: string): BedAlarms {
    return this.#beds.get(bed) ?? noAlarms(bed);
  }

  #send(change: Alarm): void {
    const { ledger, clock } = this.#options;
    const seq = (this.#sequence.get(change.bed) ?? 0) + 1;
    this.#sequence.set(change.bed, seq);
    const entry: LedgerEntry = { ...change, epoch: ledger.epoch, seq };
    const stored = ledger.append(entry).then(() => true, (error: Error) => {
      this.#notStored(entry, error.message);
      return false;
    });
    const late = new Promise<boolean>((resolve) => void clock.after(DURABILITY_WAIT, () => resolve(false)));
    const inTime = Promise.race([stored, late]);
    const previous = this.#outgoing.get(change.bed) ?? Promise.resolve();
    this.#outgoing.set(change.bed, previous.then(async () => {
      const durable = await inTime;
      if (!durable) this.counters.notDurable++;
      const delivered = { ...entry, durable };
      this.#remember(delivered);
      this.#delivered.next(delivered);
    }));
  }

  #remember(entry: DeliveredAlarm): void {
    this.#history.push(entry);
    if (this.#history.length > RESUME_BOUND) this.#history.splice(0, this.#history.length - RESUME_BOUND);
  }

  #notStored(entry: LedgerEntry, message: string): void {
    this.#options.warn(`alarm ${entry.bed}/${entry.epoch}/${entry.seq} not stored: ${message}`);
    this.#unstored.push(entry);
    if (this.#unstored.length > RETRY_BOUND) {
      this.#unstored.shift();
      this.counters.lost++;
    }
    if (entry.condition !== 'alarmNotStored') this.#storageAlarm(entry.bed, true, message);
  }

  async #storeAgain(): Promise<void> {
    const waiting = this.#unstored;
    this.#unstored = [];
    for (const entry of waiting) {
      await this.#options.ledger.append(entry).catch(() => this.#unstored.push(entry));
    }
    if (waiting.length > 0 && this.#unstored.length === 0) for (const bed of this.beds()) this.#storageAlarm(bed, false, '');
  }

  #storageAlarm(bed: string, active: boolean, cause: string): void {
    this.apply(bed, { type: 'condition', condition: 'alarmNotStored', active, onsetMs: this.#options.clock.now(), cause });
  }

  #tick(): void {
    for (const bed of this.#beds.keys()) this.apply(bed, { type: 'tick' });
  }
}

function latestPerCondition(entries: readonly LedgerEntry[]): LedgerEntry[] {
  return [...new Map(entries.map((entry) => [`${entry.bed} ${entry.condition}`, entry])).values()];
}
