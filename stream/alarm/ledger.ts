/**
 * The alarm ledger: an append-only file of JSON lines, each carrying the hash of the one before, written to the disk
 * (fdatasync) before an alert goes out. It restores what was on screen after a restart, and lets a subscriber resume.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Alarm } from '../../ecg/alarm.ts';
import type { Clock } from '../../ecg/clock.ts';
import { EcgError } from '../../ecg/errors.ts';

/** One change of one alarm, with its place in the bed's sequence. */
export interface LedgerEntry extends Alarm {
  /** Grows when the ledger begins anew; sequence numbers are only comparable within an epoch. */
  readonly epoch: number;
  /** Counts the bed's changes from 1, without a hole. */
  readonly seq: number;
}

const FILE = 'alarms.jsonl';
const NO_HASH = '0'.repeat(64);

export interface Ledger {
  readonly epoch: number;
  /** What the file held when it was opened, oldest first. */
  readonly restored: readonly LedgerEntry[];
  /** Resolves once the entry is on the disk. @throws EcgError LEDGER_WRITE */
  append(entry: LedgerEntry): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the ledger in `directory`. A torn last line (a crash in mid-write) is cut off. A ledger that is damaged
 * elsewhere is put aside under another name and a new epoch begins: a damaged file must not stop the monitor.
 * @param warn told in one line what was found wrong
 */
export async function openLedger(directory: string, clock: Clock, warn: (message: string) => void): Promise<Ledger> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, FILE);
  let content = { entries: [] as LedgerEntry[], hash: NO_HASH, goodBytes: 0 };
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
    warn(`${error.message}; put aside as ${aside}, a new epoch begins`);
  }
  const file = await open(path, 'a');
  await file.truncate(content.goodBytes);
  // Seconds since 1970 grow from one ledger to the next, also when the whole directory was lost.
  const epoch = content.entries[0]?.epoch ?? Math.floor(clock.now() / 1000);
  return new FileLedger(file, epoch, content.entries, content.hash, content.goodBytes);
}

/** Reads the lines up to a torn last one. @throws EcgError LEDGER_CORRUPT at the first line that does not follow from the one before */
export function parseLedger(bytes: Buffer, from: string): { entries: LedgerEntry[]; hash: string; goodBytes: number } {
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
    return JSON.parse(body) as LedgerEntry;
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
  readonly restored: readonly LedgerEntry[];
  readonly #file: FileHandle;
  #hash: string;
  #size: number;
  #pending: Pending[] = [];
  #writing: Promise<void> | undefined;

  constructor(file: FileHandle, epoch: number, restored: readonly LedgerEntry[], hash: string, size: number) {
    this.#file = file;
    this.epoch = epoch;
    this.restored = restored;
    this.#hash = hash;
    this.#size = size;
  }

  append(entry: LedgerEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ body: JSON.stringify(entry), resolve, reject });
      this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
    });
  }

  async close(): Promise<void> {
    await this.#writing;
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
        for (const { resolve } of batch) resolve();
      } catch (cause) {
        // Half a batch may be in the file: cut it off, so that the chain stays whole for the next attempt.
        await this.#file.truncate(this.#size).catch(() => undefined);
        const error = new EcgError('LEDGER_WRITE', 'an alarm change could not be written to the ledger', { received: (cause as Error).message, cause });
        for (const { reject } of batch) reject(error);
      }
    }
  }
}
