/**
 * What is kept of a ledger in memory, and carried into the next file: what a restart and a subscriber that resumes need,
 * so that neither memory nor the time a start takes grows with the years. The files keep everything.
 */
import { byNumber, byPosition, isAfter, isChange, isCommand, isContinuation, type CommandEntry, type Continuation, type LedgerEntry, type LedgerLine, type Position } from './entries.ts';

/** Changes of one bed kept for subscribers that resume: a day of the busiest bed, weeks of a quiet one (docs/results/alarm-burden.md). */
export const RESUME_BOUND = 2000;

/** The newest changes of one bed, and older ones of alarms that are not over. */
export class KeptChanges<T extends LedgerEntry = LedgerEntry> {
  /** Up to here changes have been left out; undefined where none were. */
  leftOut: Position | undefined;
  readonly #bound: number;
  #changes: T[] = [];

  constructor(bound = RESUME_BOUND) {
    this.#bound = bound;
  }

  add(change: T): void {
    this.#changes.push(change);
    if (this.#changes.length > this.#bound * 1.2) this.#thin();
  }

  all(): readonly T[] {
    return this.#changes;
  }

  /** True where changes after this position have been left out. */
  misses(position: Position): boolean {
    return this.leftOut !== undefined && isAfter(this.leftOut, position);
  }

  #thin(): void {
    const sorted = this.#changes.toSorted(byPosition);
    const newest = new Map(sorted.map((change) => [change.condition, change]));
    const onScreen = (change: T): boolean => change.state !== 'cleared' && newest.get(change.condition) === change;
    const old = sorted.slice(0, -this.#bound);
    const gone = old.filter((change) => !onScreen(change)).at(-1);
    if (gone) this.leftOut = { epoch: gone.epoch, seq: gone.seq };
    this.#changes = [...old.filter(onScreen), ...sorted.slice(-this.#bound)];
  }
}

export class KeptLines {
  /** The highest there is. */
  epoch = 0;
  /** True where the last line marks an orderly end. */
  closed = false;
  readonly #changes = new Map<string, KeptChanges>();
  /** Of each bed and kind of command the one that holds. */
  readonly #newest = new Map<string, CommandEntry>();
  /** Groups of alarms turned off and on: who was first matters, and they are few. */
  readonly #turned: CommandEntry[] = [];
  readonly #bound: number;

  /** @param bound changes of one bed */
  constructor(bound = RESUME_BOUND) {
    this.#bound = bound;
  }

  add(line: LedgerLine): void {
    this.epoch = Math.max(this.epoch, line.epoch);
    this.closed = 'closedAtMs' in line;
    if (isContinuation(line)) for (const [bed, position] of Object.entries(line.leftOut)) this.#of(bed).leftOut = position;
    else if (isChange(line)) this.#of(line.bed).add(line);
    else if (isCommand(line)) this.#addCommand(line);
  }

  /** A note of what was left out, then what matters of everything that was added. */
  lines(): [note: Continuation, ...rest: LedgerLine[]] {
    const leftOut = Object.fromEntries([...this.#changes].flatMap(([bed, { leftOut: position }]) => (position ? [[bed, position]] : [])));
    return [{ epoch: this.epoch, leftOut }, ...this.#turned, ...this.#newest.values(), ...[...this.#changes.values()].flatMap((kept) => kept.all())];
  }

  #addCommand(entry: CommandEntry): void {
    const { type } = entry.command;
    if (type === 'alarmOff') this.#turned.push(entry);
    // What was acknowledged, reset or withdrawn stands in the changes that it brought.
    if (type === 'alarmOff' || type === 'acknowledge' || type === 'reset' || type === 'withdraw') return;
    const key = `${entry.bed} ${type}`;
    const known = this.#newest.get(key);
    if (!known || byNumber(known, entry) <= 0) this.#newest.set(key, entry);
  }

  #of(bed: string): KeptChanges {
    const kept = this.#changes.get(bed) ?? new KeptChanges(this.#bound);
    this.#changes.set(bed, kept);
    return kept;
  }
}
