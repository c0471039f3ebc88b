/** The history that the configuration asks for. A store that cannot be opened costs the history, never the monitoring. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EcgError, isEcgError } from '../../ecg/errors.ts';
import type { Clock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import type { AlarmDesk } from '../alarm/desk.ts';
import type { Retention } from './embedded/options.ts';
import { EmbeddedStore } from './embedded/store.ts';
import type { InfluxOptions } from './influx/options.ts';
import { SpooledStore } from './influx/spooled-store.ts';
import { InfluxStore } from './influx/store.ts';
import { HistoryRecorder } from './recorder.ts';
import type { HistoryStore } from './store.ts';

export interface HistoryOptions {
  readonly kind: 'embedded' | 'influxdb' | 'none';
  /** Null: `history` in the state directory. */
  readonly directory: string | null;
  /** A file of 64 hexadecimal digits; null stores in the clear. */
  readonly encryptionKeyFile: string | null;
  readonly retention: Retention;
  readonly influx: InfluxOptions;
}

const TRY_AGAIN_EVERY = ms(60_000);
/** Faults of the set-up: nothing gets better by waiting, and going on could damage another server's history. */
const FATAL: readonly string[] = ['HISTORY_LOCKED', 'HISTORY_SCHEMA', 'HISTORY_KEY', 'CONFIG_INVALID'];

export interface HistoryParts {
  readonly options: HistoryOptions;
  readonly stateDirectory: string;
  readonly desk: AlarmDesk;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
}

/** @throws EcgError HISTORY_LOCKED | HISTORY_SCHEMA | HISTORY_KEY | CONFIG_INVALID */
export async function openHistory({ options, stateDirectory, desk, clock, warn }: HistoryParts): Promise<HistoryRecorder | undefined> {
  if (options.kind === 'none') return undefined;
  const open = (): Promise<HistoryStore> => openStore(options, stateDirectory, clock);
  try {
    return new HistoryRecorder(desk, clock, await open());
  } catch (error) {
    if (!isEcgError(error) || FATAL.includes(error.code)) throw error;
    warn(`${error.message}: the ward runs without history; it is tried again every minute`);
    const recorder = new HistoryRecorder(desk, clock, undefined, error.message);
    const stop = clock.every(TRY_AGAIN_EVERY, () => void open().then((store) => {
      stop();
      recorder.attach(store);
      warn('the history could be opened after all');
    }, () => undefined));
    recorder.onClose(stop);
    return recorder;
  }
}

/** @throws EcgError as EmbeddedStore.open, and CONFIG_INVALID where the key file cannot be used */
export async function openStore(options: HistoryOptions, stateDirectory: string, clock: Clock): Promise<HistoryStore> {
  const directory = options.directory === null ? join(stateDirectory, 'history') : resolve(options.directory);
  const encryptionKey = options.encryptionKeyFile === null ? undefined : readKey(options.encryptionKeyFile);
  const spool = await EmbeddedStore.open({ directory, encryptionKey, retention: options.retention });
  if (options.kind !== 'influxdb') return spool;
  return new SpooledStore({
    spool, influx: new InfluxStore(options.influx), clock, markFile: join(directory, 'influx.json'), spoolMs: options.retention.waveformsMs });
}

function readKey(path: string): Uint8Array {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new EcgError('CONFIG_INVALID', 'the key of the history cannot be read', { expected: 'a file of 64 hexadecimal digits', received: (cause as Error).message, from: 'history.encryptionKeyFile', cause });
  }
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new EcgError('CONFIG_INVALID', 'the key of the history cannot be used', { expected: '64 hexadecimal digits', received: `${text.length} characters`, from: 'history.encryptionKeyFile' });
  }
  return Buffer.from(text, 'hex');
}
