/** Finds recordings on disk: packed as this project's data folder holds them, or unpacked as their publishers lay them out. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const DATABASES = ['mitdb', 'cudb', 'nstdb', 'cinc2015', 'ptb-xl'] as const;
export type Database = (typeof DATABASES)[number];

/** What people call them. */
export const DATABASE_TITLES: Readonly<Record<Database, string>> = {
  mitdb: 'MIT-BIH Arrhythmia Database',
  cudb: 'CU Ventricular Tachyarrhythmia Database',
  nstdb: 'MIT-BIH Noise Stress Test Database',
  cinc2015: 'PhysioNet/CinC Challenge 2015',
  'ptb-xl': 'PTB-XL',
};

/** The same where room is short: `MIT-BIH 207`. */
export const DATABASE_SHORT_TITLES: Readonly<Record<Database, string>> = {
  mitdb: 'MIT-BIH',
  cudb: 'CU-VT',
  nstdb: 'MIT-BIH noise',
  cinc2015: 'CinC 2015',
  'ptb-xl': 'PTB-XL',
};

/** Folder names under the data folder: ours, and those of the publisher's archives. */
const PLAIN_NAMES: Readonly<Record<Database, readonly string[]>> = {
  mitdb: ['mitdb', 'mit-bih-arrhythmia-database-1.0.0'],
  cudb: ['cudb', 'cu-ventricular-tachyarrhythmia-database-1.0.0'],
  nstdb: ['nstdb', 'mit-bih-noise-stress-test-database-1.0.0'],
  cinc2015: ['cinc2015', 'training'],
  'ptb-xl': ['ptb-xl', ...['1.0.3', '1.0.2', '1.0.1'].map((version) => `ptb-xl-a-large-publicly-available-electrocardiography-dataset-${version}`)],
};

/** Lies in a folder while `data:fetch` fills it; such a folder is not taken for complete. */
export const FETCHING_MARK = '.fetching';

export interface LocateOptions {
  /** Looked through instead of the default folders. */
  readonly dataDirectory?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

export interface FoundRecordings {
  /** `packed` must be restored before it can be read. */
  readonly form: 'packed' | 'plain';
  readonly directory: string;
}

const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

/** Where `data:fetch` puts what it downloads, unless told otherwise. */
export function fetchDirectory({ dataDirectory, environment = process.env }: LocateOptions = {}): string {
  return resolve(dataDirectory ?? (environment['LEADWATCH_DATA'] || join(projectRoot, 'data')));
}

/** Data folders, best first: `LEADWATCH_DATA` alone where it is set, else `../shared/data` and `data` beside and in the project. */
export function dataDirectories({ dataDirectory, environment = process.env }: LocateOptions = {}): string[] {
  const chosen = dataDirectory ?? environment['LEADWATCH_DATA'];
  return chosen ? [resolve(chosen)] : [resolve(projectRoot, '../shared/data'), resolve(projectRoot, 'data')];
}

/** The first data folder that holds `database`, or undefined. */
export function findRecordings(database: Database, options: LocateOptions = {}): FoundRecordings | undefined {
  for (const data of dataDirectories(options)) {
    const plain = PLAIN_NAMES[database].map((name) => join(data, name)).find((directory) => isPlain(database, directory));
    if (plain) return { form: 'plain', directory: plain };
    const packed = database === 'ptb-xl' ? join(data, 'ptb-xl') : join(data, 'monitoring', database);
    if (hasFile(database === 'ptb-xl' ? join(packed, 'signals') : packed, '.br')) return { form: 'packed', directory: packed };
  }
  return undefined;
}

/** PTB-XL's signals: at 100 Hz, and as they were recorded at 500 Hz, of which the first were made. */
export type PtbXlSignals = 'records100' | 'records500';

/** Which of PTB-XL's signals a folder holds, 100 Hz first: the encoder wants no more. @returns undefined where it holds none */
export const ptbXlSignals = (directory: string): PtbXlSignals | undefined =>
  (['records100', 'records500'] as const).find((name) => existsSync(join(directory, name)));

function isPlain(database: Database, directory: string): boolean {
  if (existsSync(join(directory, FETCHING_MARK))) return false;
  return database === 'ptb-xl'
    ? existsSync(join(directory, 'ptbxl_database.csv')) && ptbXlSignals(directory) !== undefined
    : hasFile(directory, '.dat') || hasFile(directory, '.mat');
}

const hasFile = (directory: string, ending: string): boolean =>
  existsSync(directory) && readdirSync(directory).some((name) => name.endsWith(ending));
