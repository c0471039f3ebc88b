/**
 * Restores a packed monitoring database as WFDB records, bit for bit as published.
 * One packed record: u32 signals, u32 samples, u32 escapes, u8 residual[signals][samples], u32 escape[escapes], in ADC
 * units; the header beside it says in which storage format the signal file is written.
 */
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EcgError } from '../../ecg/errors.ts';
import { packSignals } from '../../ecg/formats/wfdb-pack.ts';
import { parseHeader, readDigitalRecord } from '../../ecg/formats/wfdb.ts';
import { readPacked, ResidualReader } from './packed.ts';
import type { StartProgress } from './progress.ts';

const PACKED_HEADER_BYTES = 12;

/**
 * @param source folder of `NAME.br`, `NAME.hea` and, where there are any, `NAME.atr`
 * @param target an existing folder
 * @returns how many records were restored
 * @throws EcgError DATA_CORRUPT where a record is not what its header says
 */
export async function restoreMonitoring(source: string, target: string, title: string, startProgress: StartProgress): Promise<number> {
  const files = readdirSync(source).sort();
  const records = files.filter((file) => file.endsWith('.br')).map((file) => file.slice(0, -'.br'.length));
  const progress = startProgress(title, records.length, 'records');
  try {
    for (const file of files.filter((name) => !name.endsWith('.br'))) copyFileSync(join(source, file), join(target, file));
    for (const [index, record] of records.entries()) {
      await restoreRecord(source, target, record);
      progress.update(index + 1);
    }
  } finally {
    progress.stop();
  }
  return records.length;
}

async function restoreRecord(source: string, target: string, record: string): Promise<void> {
  const from = join(source, `${record}.br`);
  const headerText = readFileSync(join(source, `${record}.hea`), 'latin1');
  const header = parseHeader(headerText, join(source, `${record}.hea`));
  const packed = await readPacked(from);
  if (packed.length < PACKED_HEADER_BYTES) {
    throw new EcgError('DATA_CORRUPT', 'a packed recording has no header', { expected: `${PACKED_HEADER_BYTES} bytes at least`, received: `${packed.length}`, from });
  }
  const signals = packed.readUInt32LE(0);
  const samples = packed.readUInt32LE(4);
  if (signals !== header.signalCount || samples !== header.samples) {
    throw new EcgError('DATA_CORRUPT', 'a packed recording does not go with its header', {
      expected: `${header.signalCount} x ${header.samples}`, received: `${signals} x ${samples}`, from });
  }
  const residuals = new ResidualReader(packed, PACKED_HEADER_BYTES, signals * samples, packed.readUInt32LE(8), from);
  const adu = header.signals.map(() => {
    const signal = new Int32Array(samples);
    residuals.read(signal, 1);
    return signal;
  });
  const { file, format } = header.signals[0]!;
  const bytes = packSignals(adu, format, from);
  // Reads back what will be written and compares it with the publisher's own checksums.
  readDigitalRecord(headerText, () => bytes, from, true);
  writeFileSync(join(target, file), bytes);
}
