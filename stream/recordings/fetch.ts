/**
 * Downloads a database from its publisher, file by file, each checked against the publisher's own SHA-256 list.
 * Whatever is whole is skipped and whatever is not is continued, so an interrupted download loses nothing.
 */
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EcgError, isEcgError } from '../../ecg/errors.ts';
import { FETCHING_MARK, type Database } from './locate.ts';
import type { StartProgress } from './progress.ts';

export const PHYSIONET = 'https://physionet.org/files';
const CHECKSUM_LIST = 'SHA256SUMS.txt';
/** Enough to hide the latency of 43,600 small files, few enough to be polite to a public server. */
const CONNECTIONS = 8;
const ATTEMPTS = 3;

interface Publication {
  /** Below the base URL. */
  readonly path: string;
  /** Files of the publication that this project reads. */
  readonly wanted: RegExp;
}

export type FetchableDatabase = Extract<Database, 'mitdb' | 'ptb-xl'>;
export const PUBLICATIONS: Readonly<Record<FetchableDatabase, Publication>> = {
  mitdb: { path: 'mitdb/1.0.0', wanted: /^\d+\.(hea|dat|atr)$/ },
  'ptb-xl': { path: 'ptb-xl/1.0.3', wanted: /^(records100\/\d+\/\d+_lr\.(hea|dat)|ptbxl_database\.csv|scp_statements\.csv|LICENSE\.txt)$/ },
};

export interface FetchResult {
  readonly directory: string;
  readonly files: number;
  /** How many of them had to be downloaded. */
  readonly downloaded: number;
}

/**
 * @param directory the data folder; the database gets a folder of its name in it
 * @throws EcgError DATA_FETCH where the publisher cannot be reached or sends something else than it lists
 */
export async function fetchDatabase(database: FetchableDatabase, directory: string, baseUrl: string, startProgress: StartProgress): Promise<FetchResult> {
  const { path, wanted } = PUBLICATIONS[database];
  const url = `${baseUrl}/${path}`;
  const files = parseChecksums(await fetchText(`${url}/${CHECKSUM_LIST}`)).filter(({ name }) => wanted.test(name));
  if (files.length === 0) throw new EcgError('DATA_FETCH', 'the list of files names none of this database', { expected: String(wanted), from: `${url}/${CHECKSUM_LIST}` });
  const target = join(directory, database);
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, FETCHING_MARK), 'npm run data:fetch is filling this folder, or was interrupted; run it again\n');
  const progress = startProgress(`Fetching ${database}`, files.length, 'files');
  const queue = files.values();
  let done = 0;
  let downloaded = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    // All workers draw from one queue; after the first failure none begins another file.
    for (const file of queue) {
      if (failed) return;
      if (await fetchFile(`${url}/${file.name}`, join(target, file.name), file.sha256)) downloaded++;
      progress.update(++done);
    }
  };
  try {
    const workers = Array.from({ length: CONNECTIONS }, () => work().catch((error: unknown) => {
      failed = true;
      throw error;
    }));
    const failure = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
    if (failure) throw failure.reason;
  } finally {
    progress.stop();
  }
  rmSync(join(target, FETCHING_MARK));
  return { directory: target, files: files.length, downloaded };
}

interface ListedFile {
  readonly name: string;
  readonly sha256: string;
}

function parseChecksums(text: string): ListedFile[] {
  return text.split('\n').flatMap((line) => {
    const [, hash, name] = /^([0-9a-f]{64})\s+\*?(.+)$/.exec(line.trim()) ?? [];
    return hash && name ? [{ sha256: hash, name }] : [];
  });
}

/** @returns false where the file was whole already */
async function fetchFile(url: string, path: string, sha256: string): Promise<boolean> {
  if (existsSync(path) && hashOf(path) === sha256) return false;
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.part`;
  let received = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      await download(url, part);
    } catch (error) {
      if (isEcgError(error) || attempt === ATTEMPTS) throw isEcgError(error) ? error : unreachable(url, error);
      continue;
    }
    received = hashOf(part);
    if (received === sha256) {
      renameSync(part, path);
      return true;
    }
    // A wrong byte cannot be found by continuing: begin anew.
    rmSync(part);
  }
  throw new EcgError('DATA_FETCH', 'a downloaded file is not the one its publisher lists', { expected: `SHA-256 ${sha256}`, received, from: url });
}

/** Continues `part` where it ends, if the server can, else writes it from the start. */
async function download(url: string, part: string): Promise<void> {
  const have = existsSync(part) ? statSync(part).size : 0;
  const response = await fetch(url, have > 0 ? { headers: { range: `bytes=${have}-` } } : {});
  // 416: there is nothing after what we have; its checksum tells whether that is the file.
  if (response.status === 416) return void (await response.body?.cancel());
  checkStatus(response, url);
  const body = response.body;
  if (!body) throw new EcgError('DATA_FETCH', 'the publisher sent an empty answer', { from: url });
  await pipeline(Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), createWriteStream(part, { flags: response.status === 206 ? 'a' : 'w' }));
}

async function fetchText(url: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw unreachable(url, cause);
  }
  checkStatus(response, url);
  return response.text();
}

function checkStatus(response: Response, url: string): void {
  if (!response.ok) throw new EcgError('DATA_FETCH', 'the publisher refused a file', { expected: 'status 200', received: `status ${response.status}`, from: url });
}

function unreachable(url: string, cause: unknown): EcgError {
  const reason = (cause as { cause?: { code?: string; message?: string } }).cause;
  return new EcgError('DATA_FETCH', 'the publisher cannot be reached from here; on an open network the same command continues where it stopped', {
    received: reason?.code ?? reason?.message ?? (cause as Error).message, from: url, cause });
}

const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
