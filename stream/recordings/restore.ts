/** Restores packed recordings into the cache once: into a folder of its own first, renamed when whole, so that an interrupted restore is redone. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Names, inside a restored folder, the packed files it came from. */
const ORIGIN_FILE = '.restored-from';

/**
 * @param source the packed folder
 * @param target where the restored folder shall be
 * @param fill writes everything into the folder it is given
 */
export async function restoreOnce(source: string, target: string, fill: (directory: string) => Promise<void>): Promise<void> {
  const origin = fingerprint(source);
  if (isRestored(target, origin)) return;
  mkdirSync(join(target, '..'), { recursive: true });
  removeAbandoned(target);
  const unfinished = mkdtempSync(`${unfinishedPrefix(target)}${process.pid}-`);
  try {
    await fill(unfinished);
    writeFileSync(join(unfinished, ORIGIN_FILE), origin);
    putInPlace(unfinished, target, origin);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

const unfinishedPrefix = (target: string): string => `${target}.unfinished-`;

/** Removes what restores of processes that are no longer there left behind. */
function removeAbandoned(target: string): void {
  const parent = join(target, '..');
  const prefix = basename(unfinishedPrefix(target));
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    if (!isRunning(Number.parseInt(name.slice(prefix.length), 10))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 only asks whether the process is there.
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** True where `target` was restored whole from `source` as it is now. */
export function isRestoredFrom(source: string, target: string): boolean {
  return isRestored(target, fingerprint(source));
}

function putInPlace(unfinished: string, target: string, origin: string): void {
  if (existsSync(target) && !isRestored(target, origin)) rmSync(target, { recursive: true, force: true });
  try {
    renameSync(unfinished, target);
  } catch (error) {
    // Another process restored the same meanwhile: its folder is as good as ours.
    if (!isRestored(target, origin)) throw error;
  }
}

function isRestored(target: string, origin: string): boolean {
  const file = join(target, ORIGIN_FILE);
  return existsSync(file) && readFileSync(file, 'utf8') === origin;
}

/** Names and sizes of the packed files: a newer or larger set of recordings is restored again. */
function fingerprint(source: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' }).sort()) {
    const stat = statSync(join(source, name));
    if (stat.isFile()) hash.update(`${name} ${stat.size}\n`);
  }
  return `${hash.digest('hex')}\n`;
}
