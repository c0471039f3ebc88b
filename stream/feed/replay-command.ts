/** `leadwatch replay mitdb/207 --bed 3`: feeds a recording to a running server, as a device would. */
import { basename } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EcgError } from '../../ecg/errors.ts';
import type { DigitalRecord } from '../../ecg/formats/wfdb.ts';
import { ms, type Ms } from '../../ecg/units.ts';
import { loadDigitalRecord, ptbXlSample, recordingsDirectory } from '../recordings/library.ts';
import { DATABASE_SHORT_TITLES, DATABASES, type Database } from '../recordings/locate.ts';
import { openRecording } from '../recordings/open-recording.ts';
import { ptbXlRecordName } from '../recordings/restore-ptb-xl.ts';
import { FeedClient } from './feed-client.ts';
import { urlOption } from '../server-client.ts';
import { parseBed, tokenOption, untilInterrupted } from './feed-command-options.ts';
import { replay } from './replay.ts';

interface ReplayCommandOptions {
  bed: string;
  speed: '1' | 'max';
  from: Ms;
  loop: boolean;
  url: string;
  token: string;
}

/** @throws EcgError where the recording cannot be read, the server refuses the feed, or none answered until it was over */
export async function main(args: string[]): Promise<void> {
  const program = new Command()
    .name('leadwatch replay')
    .description('Replay a recording to a bed of a running server.')
    .argument('<recording>', 'path of a WFDB header, EDF, DICOM, SCP-ECG or Philips Sierra XML file, or DATABASE/RECORD: mitdb/207, ptb-xl/42')
    .requiredOption('--bed <bed>', 'bed to feed: 3 or bed-3', parseBed)
    .addOption(new Option('--speed <speed>', 'in real time, or as fast as the server takes it').choices(['1', 'max']).default('1'))
    .option('--from <hh:mm:ss>', 'where to begin', parseTime, ms(0))
    .option('--loop', 'begin again at the end', false)
    .addOption(urlOption())
    .addOption(tokenOption())
    .parse(args, { from: 'user' });
  const options = program.opts<ReplayCommandOptions>();
  const [name = ''] = program.args;
  const record = await load(name);
  let refuse = (_: Error): void => {};
  const refused = new Promise<never>((_, reject) => (refuse = reject));
  const client = new FeedClient({
    url: options.url,
    token: options.token,
    onEpoch: (epoch) => console.log(`Feeding ${options.bed} with ${name}, epoch ${epoch}; Ctrl-C ends it.`),
    onRefused: (error) => refuse(error),
    onUnreachable: ({ code, message }) => console.error(`${code}: ${message}`),
  });
  const playback = replay(record, client, {
    bed: options.bed, device: `${deviceName(name)}, replayed`, from: options.from, loop: options.loop, speed: options.speed === 'max' ? 'max' : 1 });
  try {
    await Promise.race([playback.done, refused, untilInterrupted()]);
  } finally {
    playback.stop();
    client.close();
  }
  const { sent, dropped, faults, connections } = client.counters;
  if (connections === 0) throw new EcgError('SERVER_UNREACHABLE', 'no Leadwatch server answered', { expected: 'a running server, --url or LEADWATCH_URL', from: options.url });
  console.log(`${sent} frames sent, ${dropped} dropped, ${faults} refused.`);
}

/** PTB-XL records restored to reach one of the first: half a second's work. */
const QUICKLY_RESTORED = 500;

const DATABASE_RECORD = new RegExp(`^(${DATABASES.join('|')})/([^/]+)$`);

async function load(name: string): Promise<DigitalRecord> {
  const [, database, record] = DATABASE_RECORD.exec(name) ?? [];
  if (database === 'ptb-xl' && record) {
    const ecgId = Number.parseInt(record, 10);
    if (!(ecgId > 0)) throw new EcgError('DATA_NOT_FOUND', 'PTB-XL has no such record', { expected: 'ptb-xl/1 to ptb-xl/21837', received: name });
    // A record further on needs everything before it, so all is restored rather than a part as large.
    const directory = ecgId <= QUICKLY_RESTORED ? (await ptbXlSample(QUICKLY_RESTORED)).directory : await recordingsDirectory('ptb-xl');
    return loadDigitalRecord(directory, ptbXlRecordName(ecgId));
  }
  if (database && record) return loadDigitalRecord(await recordingsDirectory(database as Database), record);
  return openRecording(name);
}

/** For people: `MIT-BIH 207`. */
function deviceName(name: string): string {
  const [, database, record] = DATABASE_RECORD.exec(name) ?? [];
  return database && record ? `${DATABASE_SHORT_TITLES[database as Database]} ${record}` : basename(name, '.hea');
}

function parseTime(text: string): Ms {
  const match = /^(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)$/.exec(text);
  if (!match) throw new InvalidArgumentError('expected hh:mm:ss, mm:ss or seconds');
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  return ms(((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000);
}
