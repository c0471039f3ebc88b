/**
 * The files of the embedded store, by kind and time: an hour of waveforms, a day of the rest, so that forgetting is
 * unlinking a file. `strips.db` keeps the waveforms around alarms, `catalogue.db` the names, `lock.db` says whose it is.
 */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TableFile } from './table-file.ts';

export type FileKind = 'wave' | 'trend' | 'event';
const SPAN_SECONDS: Readonly<Record<FileKind, number>> = { wave: 3600, trend: 86_400, event: 86_400 };
/** Open at once: three days of waveforms and some of the rest. */
const OPEN_BOUND = 96;
/** Two kinds of the present and of a bed whose clock is being put right. */
export const WRITER_OPEN_BOUND = 8;

export interface DatedFile {
  readonly kind: FileKind;
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export function fileAt(kind: FileKind, timeMs: number): DatedFile {
  const span = SPAN_SECONDS[kind] * 1000;
  const fromMs = Math.floor(timeMs / span) * span;
  const stamp = new Date(fromMs).toISOString();
  return { kind, name: `${kind}-${kind === 'wave' ? stamp.slice(0, 13) : stamp.slice(0, 10)}.db`, fromMs, toMs: fromMs + span };
}

function parseName(name: string): DatedFile | undefined {
  const match = /^(wave|trend|event)-(\d{4}-\d{2}-\d{2}(?:T\d{2})?)\.db$/.exec(name);
  if (!match) return undefined;
  const [, kind, stamp] = match as unknown as [string, FileKind, string];
  return fileAt(kind, Date.parse(stamp.length === 10 ? stamp : `${stamp}:00:00Z`));
}

const BESIDE = ['', '-wal', '-shm'];

export class HistoryFiles {
  readonly #directory: string;
  readonly #key: Uint8Array | undefined;
  readonly #readOnly: boolean;
  readonly #bound: number;
  readonly #open = new Map<string, TableFile>(); // least recently used first

  constructor(directory: string, key: Uint8Array | undefined, readOnly: boolean, bound = OPEN_BOUND) {
    this.#directory = directory;
    this.#key = key;
    this.#readOnly = readOnly;
    this.#bound = bound;
  }

  path(name: string): string {
    return join(this.#directory, name);
  }

  /** Files that hold anything of the interval, oldest first. */
  list(kind: FileKind, fromMs = -Infinity, toMs = Infinity): DatedFile[] {
    const names = new Set(readdirSync(this.#directory));
    for (const name of this.#open.keys()) if (!names.has(name)) this.drop(name); // unlinked by retention
    return [...names].map(parseName).filter((file): file is DatedFile => file?.kind === kind && file.fromMs < toMs && file.toMs > fromMs)
      .sort((a, b) => a.fromMs - b.fromMs);
  }

  /** @throws EcgError HISTORY_SCHEMA | HISTORY_KEY; SQLite's own errors pass through */
  open(name: string): TableFile {
    const known = this.#open.get(name);
    if (known) {
      this.#open.delete(name);
      this.#open.set(name, known);
      return known;
    }
    const file = new TableFile(this.path(name), this.#key, this.#readOnly);
    this.#open.set(name, file);
    return file;
  }

  /** Closes what was not used for longest; never between the begin and the end of a transaction. */
  trim(): void {
    while (this.#open.size > this.#bound) this.drop(this.#open.keys().next().value!);
  }

  /** To be called where nothing waits. @throws SQLite's errors */
  tidy(): void {
    for (const file of this.#open.values()) file.tidy();
  }

  drop(name: string): void {
    this.#open.get(name)?.end();
    this.#open.delete(name);
  }

  remove(name: string): void {
    this.drop(name);
    for (const suffix of BESIDE) rmSync(this.path(name + suffix), { force: true });
  }

  /** A damaged file makes room for a new one, and stays for whoever wants to look. */
  putAside(name: string, stamp: number): void {
    this.drop(name);
    for (const suffix of BESIDE) {
      try {
        renameSync(this.path(name + suffix), this.path(`damaged-${stamp}-${name}${suffix}`));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  bytesOf(name: string): number {
    return BESIDE.reduce((sum, suffix) => sum + (statSync(this.path(name + suffix), { throwIfNoEntry: false })?.size ?? 0), 0);
  }

  close(): void {
    for (const name of [...this.#open.keys()]) this.drop(name);
  }
}
