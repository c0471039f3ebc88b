/** `leadwatch import-record`: a WFDB or EDF record as the past of a bed. The server must not be running on the same directory. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import { EcgError } from '../../ecg/errors.ts';
import { readEdf } from '../../ecg/formats/edf.ts';
import { parseAnnotations, readDigitalRecord } from '../../ecg/formats/wfdb.ts';
import { EmbeddedStore } from './embedded/store.ts';
import { pastBatches, type PastRecord } from './import.ts';

export async function main(args: string[]): Promise<void> {
  const command = new Command('leadwatch import-record')
    .description('Stores a record (.hea or .edf) as the past of a bed, with its annotations, and says how much it was.')
    .argument('<file>', 'header of a WFDB record, or an EDF file')
    .requiredOption('--bed <bed>', 'the bed whose past it becomes')
    .option('--at <time>', 'time of the first sample (ISO 8601); default: the one in an EDF file')
    .option('--directory <path>', 'directory of the history', 'state/history');
  await command.parseAsync(args, { from: 'user' });
  const { bed, at, directory } = command.opts<{ bed: string; at?: string; directory: string }>();
  const past = readPast(command.args[0]!, at === undefined ? undefined : Date.parse(at));
  const store = await EmbeddedStore.open({ directory });
  try {
    for (const batch of pastBatches(bed, past)) await store.append(batch);
  } finally {
    await store.close();
  }
  const seconds = (past.record.adu[0]?.length ?? 0) / past.record.samplingFrequency;
  console.log(`${bed}: ${seconds.toFixed(1)} s of ${past.record.leads.join(', ')} from ${new Date(past.startMs).toISOString()}, ${past.annotations.length} annotations`);
}

/** @throws EcgError WFDB_* | RECORD_FORMAT | CONFIG_INVALID where the time is missing */
function readPast(path: string, startMs: number | undefined): PastRecord {
  if (path.toLowerCase().endsWith('.edf')) {
    const edf = readEdf(readFileSync(path), path);
    return { ...edf, startMs: startMs ?? edf.startMs };
  }
  if (startMs === undefined || Number.isNaN(startMs)) {
    throw new EcgError('CONFIG_INVALID', 'a WFDB record needs the time of its first sample', { expected: '--at with an ISO 8601 time', received: 'none', from: path });
  }
  const directory = dirname(path);
  const record = readDigitalRecord(readFileSync(path, 'latin1'), (name) => readFileSync(join(directory, name)), path);
  const marks = join(directory, `${basename(path, '.hea')}.atr`);
  return { record, startMs, annotations: existsSync(marks) ? parseAnnotations(readFileSync(marks), marks) : [] };
}
