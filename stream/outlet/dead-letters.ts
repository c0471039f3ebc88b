/** What no receiver took: the newest thousand, in a file, for a person to look through and send again by hand. */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeliveredAlarm } from '../alarm/outbox.ts';
import { replaceFile } from '../replace-file.ts';

export interface DeadLetter {
  readonly outlet: string;
  readonly atMs: number;
  readonly attempts: number;
  readonly why: string;
  readonly alarm: DeliveredAlarm;
}

const FILE = 'dead-letters.jsonl';
const BOUND = 1000;

export interface DeadLetters {
  add(letter: DeadLetter): void;
  /** Newest last. */
  list(): readonly DeadLetter[];
  /** Resolves when everything added is in the file, or could not be written. */
  close(): Promise<void>;
}

/** A file that cannot be read or written costs the record, with a warning; never the server. */
export async function openDeadLetters(directory: string, warn: (message: string) => void): Promise<DeadLetters> {
  const path = join(directory, FILE);
  await mkdir(directory, { recursive: true });
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    warn(`dead letters not read, they stay in the file: ${error.message}`);
    return undefined;
  });
  const letters = (text ?? '').split('\n').flatMap((line): DeadLetter[] => {
    try {
      return [JSON.parse(line) as DeadLetter];
    } catch {
      return []; // torn by a crash, or the empty end
    }
  }).slice(-BOUND);
  let writing = text === undefined ? Promise.resolve() : rewrite().catch((error: Error) => warn(`dead letters not written: ${error.message}`));
  let inFile = letters.length;

  function rewrite(): Promise<void> {
    return replaceFile(path, letters.map((letter) => `${JSON.stringify(letter)}\n`).join(''));
  }
  return {
    add(letter) {
      letters.push(letter);
      if (letters.length > BOUND) letters.shift();
      // Rewritten only now and then: the file may hold twice what is kept.
      const full = ++inFile > 2 * BOUND;
      if (full) inFile = letters.length;
      writing = writing.then(() => (full ? rewrite() : appendFile(path, `${JSON.stringify(letter)}\n`)))
        .catch((error: Error) => warn(`dead letter not written: ${error.message}`));
    },
    list: () => letters,
    close: () => writing,
  };
}
