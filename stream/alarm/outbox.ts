/**
 * The way of a change to the outside: sequence number -> ledger -> alert. A change goes out once it is on the disk,
 * or after 200 ms marked not durable: no lethal alarm ever waits for a disk.
 */
import { Subject, type Observable } from 'rxjs';
import type { Alarm } from '../../ecg/alarm.ts';
import type { Clock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import { byPosition, isAfter, isChange, isCommand, isContinuation, type CommandEntry, type LedgerEntry } from './entries.ts';
import { KeptChanges } from './kept.ts';
import type { Ledger } from './ledger.ts';

/** A change on its way to people and programs. */
export interface DeliveredAlarm extends LedgerEntry {
  /** False where the ledger had not confirmed it in time. */
  readonly durable: boolean;
}

/** Longest wait for the disk before an alarm goes out all the same. */
export const DURABILITY_WAIT = ms(200);
/** Entries waiting to be written again; a disk that fails for longer loses the oldest, counted. */
const RETRY_BOUND = 10_000;
const RETRY_EVERY = ms(5000);

export interface OutboxOptions {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  /** Told that a record of this bed was refused, and (with undefined) that every record has been stored since. */
  readonly storageFault: (bed: string | undefined, message: string) => void;
}

export class AlarmOutbox {
  /** Every change, in order for each bed. */
  readonly delivered$: Observable<DeliveredAlarm>;
  readonly counters = { notDurable: 0, lost: 0 };
  readonly #options: OutboxOptions;
  readonly #delivered = new Subject<DeliveredAlarm>();
  readonly #sequence = new Map<string, number>();
  readonly #outgoing = new Map<string, Promise<void>>(); // keeps a bed's changes in order
  readonly #history = new Map<string, KeptChanges<DeliveredAlarm>>();
  #commands = 0;
  #unstored: (LedgerEntry | CommandEntry)[] = [];
  readonly #stopRetrying: () => void;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.delivered$ = this.#delivered.asObservable();
    const { ledger, clock } = options;
    for (const entry of ledger.restored.filter(isChange).sort(byPosition)) {
      if (entry.epoch === ledger.epoch) this.#sequence.set(entry.bed, entry.seq);
      this.#kept(entry.bed).add({ ...entry, durable: true });
    }
    for (const line of ledger.restored) {
      if (isContinuation(line)) for (const [bed, position] of Object.entries(line.leftOut)) this.#kept(bed).leftOut = position;
      if (isCommand(line) && line.epoch === ledger.epoch) this.#commands = Math.max(this.#commands, line.number ?? 0);
    }
    this.#stopRetrying = clock.every(RETRY_EVERY, () => void this.#storeAgain());
  }

  /** Entries that wait for a disk that refused them. */
  get waiting(): number {
    return this.#unstored.length;
  }

  send(change: Alarm): void {
    const { ledger, clock } = this.#options;
    const seq = (this.#sequence.get(change.bed) ?? 0) + 1;
    this.#sequence.set(change.bed, seq);
    const entry: LedgerEntry = { ...change, epoch: ledger.epoch, seq };
    const inTime = new Promise<boolean>((resolve) => {
      const giveUp = clock.after(DURABILITY_WAIT, () => resolve(false));
      ledger.append(entry).then(() => resolve(true), (error: Error) => {
        this.#notStored(entry, error.message);
        resolve(false);
      }).finally(giveUp);
    });
    const previous = this.#outgoing.get(change.bed) ?? Promise.resolve();
    this.#outgoing.set(change.bed, previous.then(async () => {
      const durable = await inTime;
      if (!durable) this.counters.notDurable++;
      const delivered = { ...entry, durable };
      this.#kept(entry.bed).add(delivered);
      this.#delivered.next(delivered);
    }));
  }

  /** Stores what a person did; it has been carried out already. */
  record(command: Omit<CommandEntry, 'epoch' | 'number'>): void {
    const entry: CommandEntry = { ...command, epoch: this.#options.ledger.epoch, number: ++this.#commands };
    this.#options.ledger.append(entry).catch((error: Error) => this.#notStored(entry, error.message));
  }

  /** Changes of a bed after `seq` of `epoch`, for a subscriber that resumes; all that are known where that position is of no ledger known here. */
  since(bed: string, epoch: number, seq: number): DeliveredAlarm[] {
    const known = this.#history.get(bed)?.all() ?? [];
    if (epoch > this.#options.ledger.epoch) return [...known];
    return known.filter((entry) => isAfter(entry, { epoch, seq }));
  }

  /** True where changes after this position are no longer in memory, or were of a ledger that is not known here. */
  hasForgotten(bed: string, epoch: number, seq: number): boolean {
    return epoch > this.#options.ledger.epoch || [bed, '*'].some((each) => this.#history.get(each)?.misses({ epoch, seq }));
  }

  close(): void {
    this.#stopRetrying();
    this.#delivered.complete();
  }

  #kept(bed: string): KeptChanges<DeliveredAlarm> {
    const kept = this.#history.get(bed) ?? new KeptChanges<DeliveredAlarm>();
    this.#history.set(bed, kept);
    return kept;
  }

  #notStored(entry: LedgerEntry | CommandEntry, message: string): void {
    const { warn, storageFault } = this.#options;
    warn(`alarm record of ${entry.bed} not stored: ${message}`);
    this.#unstored.push(entry);
    if (this.#unstored.length > RETRY_BOUND) {
      this.#unstored.shift();
      this.counters.lost++;
    }
    if (!isChange(entry) || entry.condition !== 'alarmNotStored') storageFault(entry.bed, message);
  }

  async #storeAgain(): Promise<void> {
    const waiting = this.#unstored;
    if (waiting.length === 0) return;
    this.#unstored = [];
    const refused: typeof waiting = [];
    await Promise.all(waiting.map((entry) => this.#options.ledger.append(entry).catch(() => void refused.push(entry))));
    this.#unstored = [...refused, ...this.#unstored];
    if (this.#unstored.length === 0) this.#options.storageFault(undefined, '');
  }
}
