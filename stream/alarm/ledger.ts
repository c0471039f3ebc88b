/**
 * The alarm ledger: an append-only file of JSON lines, each carrying the hash of the one before, written to the disk
 * (fdatasync) before an alert goes out. It restores what was on screen after a restart, and lets a subscriber resume.
 */
import { createReadStream } from 'node:fs';
import { link, mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Clock } from '../../ecg/clock.ts';
import { EcgError } from '../../ecg/errors.ts';
import type { CommandEntry, Continuation, LedgerEntry, LedgerLine } from './entries.ts';
import { KeptLines } from './kept.ts';
import { chain, LedgerReader, NO_HASH } from './ledger-reader.ts';

export type { LedgerEntry } from './entries.ts';

/** What the ledger needs of an open file. */
export type LedgerFile = Pick<FileHandle, 'write' | 'datasync' | 'truncate' | 'close'>;

const FILE = 'alarms.jsonl';
/** A file longer than this is followed by a new one at the next start: some seconds of reading. */
const FILE_BOUND = 128 * 1024 ** 2;
const PIECE_BYTES = 1024 ** 2;
const PIECE_LINES = 1000;
const OWED_BOUND = 20_000;
/** The epoch that follows a damaged ledger is so many seconds ahead: which was in use cannot be read, only that it grew with the clock. */
const BEYOND_DAMAGED_S = 60;

export interface Ledger {
  readonly epoch: number;
  /** What the file held when it was opened, but for what no longer matters (kept.ts). */
  readonly restored: readonly LedgerLine[];
  /** Resolves once the entry is on the disk. @throws EcgError LEDGER_WRITE */
  append(entry: LedgerEntry | CommandEntry): Promise<void>;
  /** Marks an orderly end, unless something was refused and never stored. */
  close(): Promise<void>;
}

/**
 * Opens the ledger in `directory`, however long it has grown. A torn last line (a crash in mid-write) is cut off. A ledger
 * that is damaged elsewhere is put aside under another name and a new epoch begins: a damaged file must not stop the monitor.
 * @param warn told in one line what was found wrong
 * @param openFile opens the file for appending; default: the file system's own
 * @param fileBound bytes; a longer file is put aside whole, and a new one begins with what still matters
 */
export async function openLedger(
  directory: string, clock: Clock, warn: (message: string) => void,
  openFile: (path: string) => Promise<LedgerFile> = (path) => open(path, 'a'), fileBound = FILE_BOUND,
): Promise<Ledger> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, FILE);
  let aheadS = 0;
  let found: Found = { kept: new KeptLines(), hash: NO_HASH, goodBytes: 0, lines: 0 };
  let damaged = false;
  try {
    found = (await readLedger(path, warn)) ?? found;
  } catch (error) {
    if (!(error instanceof EcgError)) throw error;
    const aside = `${path}.damaged-${clock.now()}`;
    await rename(path, aside);
    aheadS = BEYOND_DAMAGED_S;
    warn(`${error.message}; put aside as ${aside}, a new epoch begins, with the default limits of every bed`);
    damaged = true;
  }
  const epoch = epochAfter(found.kept, Math.floor(clock.now() / 1000) + aheadS);
  if (found.goodBytes > fileBound) {
    found = await continued(path, found, clock).catch((error: Error) => {
      warn(`the alarm ledger goes on in its long file: ${error.message}`);
      return found;
    });
  }
  const file = await openFile(path);
  await file.truncate(found.goodBytes);
  // Whoever resumes from before the damage is told that changes may be missed, also after the next restart.
  const note: Continuation | undefined = damaged ? { epoch, leftOut: { '*': { epoch: epoch - 1, seq: Number.MAX_SAFE_INTEGER } } } : undefined;
  if (note) found.kept.add(note);
  const ledger = new FileLedger(file, epoch, clock, found);
  if (note) ledger.append(note).catch((error: Error) => warn(error.message));
  return ledger;
}

interface Found {
  readonly kept: KeptLines;
  readonly hash: string;
  readonly goodBytes: number;
  readonly lines: number;
}

/** @returns undefined where there is none @throws EcgError LEDGER_CORRUPT */
async function readLedger(path: string, warn: (message: string) => void): Promise<Found | undefined> {
  const size = await stat(path).then((found) => found.size, (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (size === undefined) return undefined;
  const kept = new KeptLines();
  const reader = new LedgerReader(path, (line) => kept.add(line));
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) reader.push(piece as Buffer);
  const { hash, goodBytes, lines } = reader;
  if (goodBytes < size) warn(`the alarm ledger ended in a torn line of ${size - goodBytes} bytes, which is cut off`);
  return { kept, hash, goodBytes, lines };
}

/**
 * Begins a new file with what still matters, chained to the end of the old one, which stays beside it. At every moment
 * there is a whole ledger. A file of which most still matters is left as it is.
 */
async function continued(path: string, found: Found, clock: Clock): Promise<Found> {
  const { kept, lines: before } = found;
  const [note, ...rest] = kept.lines();
  if (before < 2 * (rest.length + 1)) return found;
  const old = `${path}.until-${clock.now()}`;
  const first: Continuation = { ...note, continues: { file: basename(old), hash: found.hash } };
  let { hash } = found;
  let goodBytes = 0;
  await rm(`${path}.new`, { force: true });
  const file = await open(`${path}.new`, 'a');
  try {
    for (let at = 0, lines: LedgerLine[] = [first, ...rest]; at < lines.length; at += PIECE_LINES) {
      const text = lines.slice(at, at + PIECE_LINES).map((line) => {
        const body = JSON.stringify(line);
        return `${(hash = chain(hash, body))} ${body}\n`;
      }).join('');
      await file.appendFile(text);
      goodBytes += Buffer.byteLength(text);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  await link(path, old);
  await rename(`${path}.new`, path);
  return { kept, hash, goodBytes, lines: rest.length + 1 };
}

/**
 * After an orderly end the numbers go on. After any other end an alarm may have gone out whose record was never
 * stored; its number must not be given to a second alarm, so a new epoch begins. Seconds since 1970 grow from one
 * ledger to the next, also when the whole directory was lost.
 */
function epochAfter({ epoch, closed }: KeptLines, nowS: number): number {
  return closed && epoch > 0 ? epoch : Math.max(epoch + 1, nowS);
}

interface Pending {
  readonly body: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class FileLedger implements Ledger {
  readonly epoch: number;
  readonly restored: readonly LedgerLine[];
  readonly #file: LedgerFile;
  readonly #clock: Clock;
  /** Refused and not stored since; of a fault that lasts, no more than are tried again. */
  readonly #owed = new Set<string>();
  #owedForGood = false;
  #hash: string;
  #size: number;
  /** Part of a refused batch may stand behind `#size`. */
  #torn = false;
  #pending: Pending[] = [];
  #writing: Promise<void> | undefined;

  constructor(file: LedgerFile, epoch: number, clock: Clock, { kept, hash, goodBytes }: Found) {
    this.#file = file;
    this.epoch = epoch;
    this.#clock = clock;
    this.restored = kept.lines();
    this.#hash = hash;
    this.#size = goodBytes;
  }

  append(entry: LedgerLine): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ body: JSON.stringify(entry), resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    if (this.#owed.size === 0 && !this.#owedForGood) await this.append({ epoch: this.epoch, closedAtMs: this.#clock.now() }).catch(() => undefined);
    await this.#file.close();
  }

  /** Everything that waits goes out with one sync: alarms that come together cost one turn of the disk. */
  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0);
      let hash = this.#hash;
      const text = batch.map(({ body }) => `${(hash = chain(hash, body))} ${body}\n`).join('');
      const bytes = Buffer.from(text);
      try {
        if (this.#torn) await this.#mend();
        const { bytesWritten } = await this.#file.write(bytes);
        // The last room on a disk is given without a word; only the next write is refused.
        if (bytesWritten < bytes.length) throw new Error(`no room but for ${bytesWritten} of ${bytes.length} bytes`);
        await this.#file.datasync();
        this.#hash = hash;
        this.#size += bytes.length;
        for (const { body, resolve } of batch) {
          this.#owed.delete(body);
          resolve();
        }
      } catch (cause) {
        this.#torn = true;
        await this.#mend().catch(() => undefined); // tried again before the next batch
        const error = new EcgError('LEDGER_WRITE', 'an alarm change could not be written to the ledger', { received: (cause as Error).message, cause });
        for (const { body, reject } of batch) {
          this.#owed.add(body);
          reject(error);
        }
        if (this.#owed.size > OWED_BOUND) {
          this.#owedForGood = true;
          this.#owed.clear();
        }
      }
    }
    // In the same turn as the last look at what is pending: an entry that comes later must find that nobody is writing.
    this.#writing = undefined;
  }

  /** Cuts off what a refused batch left in the file, so that the chain stays whole for the next attempt. */
  async #mend(): Promise<void> {
    await this.#file.truncate(this.#size);
    this.#torn = false;
  }
}
