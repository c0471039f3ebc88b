/** The recordings a command or the demo ward works on: where they are, and what is in them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EcgError } from '../../ecg/errors.ts';
import { parseAnnotations, readDigitalRecord, toMicrovolts, type DigitalRecord } from '../../ecg/formats/wfdb.ts';
import type { Annotation, EcgRecord } from '../../ecg/record.ts';
import { cacheDirectory } from '../../models/cache-directory.ts';
import { DATABASE_TITLES, dataDirectories, findRecordings, ptbXlSignals, type Database, type LocateOptions } from './locate.ts';
import { showProgress, type StartProgress } from './progress.ts';
import { restoreMonitoring } from './restore-monitoring.ts';
import { restorePtbXl } from './restore-ptb-xl.ts';
import { isRestoredFrom, restoreOnce } from './restore.ts';

export type { Database } from './locate.ts';

export interface LibraryOptions extends LocateOptions {
  /** Told how far a restore is. Default: a bar in a terminal, lines in a log. */
  readonly startProgress?: StartProgress;
}

/** True where `recordingsDirectory` would give a folder. Restores nothing. */
export const recordingsFound = (database: Database, options: LocateOptions = {}): boolean => findRecordings(database, options) !== undefined;

/**
 * The folder of a database's records, restored into the cache first where they are packed.
 * @throws EcgError DATA_NOT_FOUND | DATA_CORRUPT
 */
export async function recordingsDirectory(database: Database, options: LibraryOptions = {}): Promise<string> {
  const found = findRecordings(database, options);
  if (!found) throw notFound(database, options);
  if (found.form === 'plain') return found.directory;
  const target = restoredDirectory(database, options);
  const startProgress = options.startProgress ?? showProgress;
  await restoreOnce(found.directory, target, async (directory) => {
    if (database === 'ptb-xl') await restorePtbXl(found.directory, directory, startProgress);
    else await restoreMonitoring(found.directory, directory, `Restoring ${DATABASE_TITLES[database]}`, startProgress);
  });
  return target;
}

/** Some PTB-XL records, without restoring all 21,837 of them. */
export interface PtbXlSample {
  readonly directory: string;
  /** Names for `loadRecord`, in order of ecg_id. */
  readonly records: readonly string[];
}

/**
 * The first `count` records of PTB-XL.
 * @throws EcgError DATA_NOT_FOUND | DATA_CORRUPT
 */
export async function ptbXlSample(count: number, options: LibraryOptions = {}): Promise<PtbXlSample> {
  const found = findRecordings('ptb-xl', options);
  if (!found) throw notFound('ptb-xl', options);
  const whole = found.form === 'plain' ? found.directory : restoredDirectory('ptb-xl', options);
  if (found.form === 'plain' || isRestoredFrom(found.directory, whole)) return firstRecords(whole, count);
  const part = `${whole}-first-${count}`;
  await restoreOnce(found.directory, part, async (directory) => {
    await restorePtbXl(found.directory, directory, options.startProgress ?? showProgress, count);
  });
  return firstRecords(part, count);
}

function firstRecords(directory: string, count: number): PtbXlSample {
  const records: string[] = [];
  const signals = ptbXlSignals(directory) ?? 'records100';
  for (const folder of readdirSync(join(directory, signals)).sort()) {
    if (records.length >= count) break;
    records.push(...recordNames(join(directory, signals, folder)).map((name) => `${signals}/${folder}/${name}`));
  }
  return { directory, records: records.slice(0, count) };
}

/** Names of all records of a folder, sorted. */
export const recordNames = (directory: string): string[] =>
  readdirSync(directory).filter((file) => file.endsWith('.hea')).map((file) => file.slice(0, -'.hea'.length)).sort();

/**
 * One record in microvolts.
 * @param name as `recordNames` gives it, or a path relative to `directory`
 * @throws EcgError DATA_NOT_FOUND | WFDB_HEADER | WFDB_TRUNCATED | WFDB_FORMAT
 */
export const loadRecord = (directory: string, name: string): EcgRecord => toMicrovolts(loadDigitalRecord(directory, name));

/** One record as its converter gave it. Throws as `loadRecord` does. */
export function loadDigitalRecord(directory: string, name: string): DigitalRecord {
  const path = join(directory, `${name}.hea`);
  return readDigitalRecord(read(path).toString('latin1'), (file) => read(join(dirname(path), file)), path);
}

/** @throws EcgError DATA_NOT_FOUND | WFDB_ANNOTATION */
export function loadAnnotations(directory: string, name: string, extension = 'atr'): Annotation[] {
  const path = join(directory, `${name}.${extension}`);
  return parseAnnotations(read(path), path);
}

function read(path: string): Buffer {
  if (!existsSync(path)) throw new EcgError('DATA_NOT_FOUND', 'a file of a recording is missing', { expected: path });
  return readFileSync(path);
}

const restoredDirectory = (database: Database, options: LocateOptions): string => join(cacheDirectory('recordings', options.environment), database);

function notFound(database: Database, options: LocateOptions): EcgError {
  return new EcgError('DATA_NOT_FOUND', `${DATABASE_TITLES[database]} was not found; \`npm run data:fetch\` downloads PTB-XL and MIT-BIH, LEADWATCH_DATA names a folder that has it`, {
    expected: `${database} under ${dataDirectories(options).join(' or ')}` });
}
