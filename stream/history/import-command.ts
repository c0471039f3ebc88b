/** `leadwatch import-record`: a WFDB or EDF record as the past of a bed, into the history's directory or through the server that writes to it. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import { zipSync } from 'fflate';
import { EcgError, isEcgError } from '../../ecg/errors.ts';
import { readDigitalRecord } from '../../ecg/formats/wfdb.ts';
import { askServer, personTokenOption, urlOption, type ServerAddress } from '../server-client.ts';
import { EmbeddedStore } from './embedded/store.ts';
import { importPast, pastRecord, pastWfdb, type Imported } from './import.ts';

interface Options extends ServerAddress {
  readonly bed: string;
  readonly at?: string;
  readonly directory: string;
}

export async function main(args: string[]): Promise<void> {
  const command = new Command('leadwatch import-record')
    .description('Stores a record (.hea or .edf) as the past of a bed, with its annotations, and says how much it was. Where --url names a server, or one writes to the directory, the record goes through it.')
    .argument('<file>', 'header of a WFDB record, or an EDF file')
    .requiredOption('--bed <bed>', 'the bed whose past it becomes')
    .option('--at <time>', 'time of the first sample (ISO 8601); default: the one in the file')
    .option('--directory <path>', 'directory of the history', 'state/history')
    .addOption(urlOption())
    .addOption(personTokenOption('an engineer'));
  await command.parseAsync(args, { from: 'user' });
  const path = command.args[0]!;
  const given = (option: string): boolean => command.getOptionValueSource(option) !== 'default';
  const { bed, startMs, seconds, leads, annotations } = await importFile(path, command.opts<Options>(), given('url') && !given('directory'));
  console.log(`${bed}: ${seconds.toFixed(1)} s of ${leads.join(', ')} from ${new Date(startMs).toISOString()}, ${annotations} annotations`);
}

/** @param byServer whether a server was named and no directory: its history may lie anywhere, and not in this folder. @throws EcgError WFDB_* | RECORDING_FORMAT | HISTORY_* | CONFIG_INVALID where the time cannot be used */
async function importFile(path: string, options: Options, byServer: boolean): Promise<Imported> {
  const startMs = options.at === undefined ? undefined : Date.parse(options.at);
  if (Number.isNaN(startMs)) throw new EcgError('CONFIG_INVALID', 'the time cannot be read', { expected: 'ISO 8601', received: options.at ?? '', from: '--at' });
  const store = byServer ? undefined : await openUnlessTaken(options.directory);
  if (!store) return upload(path, options);
  try {
    const past = path.endsWith('.hea') ? pastWfdb(wfdbFiles(path), path, startMs) : pastRecord(readFileSync(path), path, startMs);
    return await importPast(store, options.bed, past);
  } finally {
    await store.close();
  }
}

async function openUnlessTaken(directory: string): Promise<EmbeddedStore | undefined> {
  try {
    return await EmbeddedStore.open({ directory });
  } catch (error) {
    if (isEcgError(error) && error.code === 'HISTORY_LOCKED') return undefined;
    throw error;
  }
}

async function upload(path: string, { bed, at, ...server }: Options): Promise<Imported> {
  const query = new URLSearchParams({ bed, name: basename(path).slice(0, 100), ...(at === undefined ? {} : { at }) });
  const bytes = path.endsWith('.hea') ? zipSync(wfdbFiles(path), { level: 1 }) : readFileSync(path);
  return askServer(server, 'POST', `/history/import?${query}`, new Uint8Array(bytes));
}

/** The files of a record: its header, what that names, and its annotations. */
function wfdbFiles(path: string): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = { [basename(path)]: readFileSync(path) };
  const take = (name: string): Uint8Array => (files[name] = readFileSync(join(dirname(path), name)));
  readDigitalRecord(readFileSync(path, 'latin1'), take, path);
  try {
    take(`${basename(path, '.hea')}.atr`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // a record without annotations
  }
  return files;
}
