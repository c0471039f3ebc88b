/**
 * The alarm ledger: an append-only file of JSON lines, each carrying the hash of the one before, written to the disk
 * (fdatasync) before an alert goes out. It restores what was on screen after a restart, and lets a subscriber resume.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../ecg/clock.ts';
import { EcgError } from '../../ecg/errors.ts';
import type { CommandEntry, LedgerEntry, LedgerLine } from './entries.ts';

export type { LedgerEntry } from './entries.ts';

/** What the ledger needs of an open file. */
export type LedgerFile = Pick<FileHandle, 'write' | 'datasync' | 'truncate' | 'close'>;

const FILE = 'alarms.jsonl';
const NO_HASH = '0'.repeat(64);

export interface Ledger {
  readonly epoch: number;
  /** What the file held when it was opened, in the order of the file. */
  readonly restored: readonly LedgerLine[];
  /** Resolves once the entry is on the disk. @throws EcgError LEDGER_WRITE */
  append(entry: LedgerEntry | CommandEntry): Promise<void>;
  /** Marks an orderly end, unless something was refused and never stored. */
  close(): Promise<void>;
}

/**
 * Opens the ledger in `directory`. A torn last line (a crash in mid-write) is cut off. A ledger that is damaged
 * elsewhere is put aside under another name and a new epoch begins: a damaged file must not stop the monitor.
 * @param warn told in one line what was found wrong
 * @param openFile opens the file for appending; default: the file system's own
 */
export async function openLedger(
  directory: string, clock: Clock, warn: (message: string) => void, openFile: (path: string) => Promise<LedgerFile> = (path) => open(path, 'a'),
): Promise<Ledger> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, FILE);
  let content: LedgerContent = { entries: [], hash: NO_HASH, goodBytes: 0 };
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  try {
    content = parseLedger(bytes, path);
    if (content.goodBytes < bytes.length) warn(`the alarm ledger ended in a torn line of ${bytes.length - content.goodBytes} bytes, which is cut off`);
  } catch (error) {
    if (!(error instanceof EcgError)) throw error;
    const aside = `${path}.damaged-${clock.now()}`;
    await rename(path, aside);
    warn(`${error.message}; put aside as ${aside}, a new epoch begins, with the default limits of every bed`);
  }
  const file = await openFile(path);
  await file.truncate(content.goodBytes);
  return new FileLedger(file, epochAfter(content.entries, clock), clock, content);
}

/**
 * After an orderly end the numbers go on. After any other end an alarm may have gone out whose record was never
 * stored; its number must not be given to a second alarm, so a new epoch begins. Seconds since 1970 grow from one
 * ledger to the next, also when the whole directory was lost.
 */
function epochAfter(lines: readonly LedgerLine[], clock: Clock): number {
  const latest = lines.reduce((highest, line) => Math.max(highest, line.epoch), 0);
  const last = lines.at(-1);
  return last && latest > 0 && 'closedAtMs' in last ? latest : Math.max(latest + 1, Math.floor(clock.now() / 1000));
}

interface LedgerContent {
  readonly entries: LedgerLine[];
  readonly hash: string;
  readonly goodBytes: number;
}

/** Reads the lines up to a torn last one. @throws EcgError LEDGER_CORRUPT at the first line that does not follow from the one before */
export function parseLedger(bytes: Buffer, from: string): LedgerContent {
  const goodBytes = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.subarray(0, goodBytes).toString('utf8').split('\n').slice(0, -1);
  let hash = NO_HASH;
  const entries = lines.map((line, i) => {
    const claimed = line.slice(0, NO_HASH.length);
    const body = line.slice(NO_HASH.length + 1);
    const expected = chain(hash, body);
    if (claimed !== expected) {
      throw new EcgError('LEDGER_CORRUPT', `line ${i + 1} of the alarm ledger does not follow from the one before`, {
        expected: `hash ${expected.slice(0, 12)}...`, received: `${claimed.slice(0, 12)}...`, from });
    }
    hash = claimed;
    return JSON.parse(body) as LedgerLine;
  });
  return { entries, hash, goodBytes };
}

const chain = (previous: string, body: string): string => createHash('sha256').update(previous).update(body).digest('hex');

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
  /** Refused and not stored since. */
  readonly #owed = new Set<string>();
  #hash: string;
  #size: number;
  #pending: Pending[] = [];
  #writing: Promise<void> | undefined;

  constructor(file: LedgerFile, epoch: number, clock: Clock, { entries, hash, goodBytes }: LedgerContent) {
    this.#file = file;
    this.epoch = epoch;
    this.#clock = clock;
    this.restored = entries;
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
    if (this.#owed.size === 0) await this.append({ epoch: this.epoch, closedAtMs: this.#clock.now() }).catch(() => undefined);
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
        await this.#file.write(bytes);
        await this.#file.datasync();
        this.#hash = hash;
        this.#size += bytes.length;
        for (const { body, resolve } of batch) {
          this.#owed.delete(body);
          resolve();
        }
      } catch (cause) {
        // Half a batch may be in the file: cut it off, so that the chain stays whole for the next attempt.
        await this.#file.truncate(this.#size).catch(() => undefined);
        const error = new EcgError('LEDGER_WRITE', 'an alarm change could not be written to the ledger', { received: (cause as Error).message, cause });
        for (const { body, reject } of batch) {
          this.#owed.add(body);
          reject(error);
        }
      }
    }
    // In the same turn as the last look at what is pending: an entry that comes later must find that nobody is writing.
    this.#writing = undefined;
  }
}
