/**
 * Restores the PTB-XL 100 Hz layout: `records100/NNNNN/NNNNN_lr.{hea,dat}` and the two tables.
 * One packed block of up to 1,000 records: u32 records, u32 escapes, u16 ecg_id[records],
 * u8 residual[8 leads][records][1000], u32 escape[escapes], in steps of 10 microvolts. The leads are I, II, V1 to V6;
 * the other limb leads follow from I and II (Einthoven, Goldberger).
 */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EcgError } from '../../ecg/errors.ts';
import { packSignals } from '../../ecg/formats/wfdb-pack.ts';
import { checksumOf } from '../../ecg/formats/wfdb-signal.ts';
import { readPacked, ResidualReader } from './packed.ts';
import type { StartProgress } from './progress.ts';

const SAMPLES = 1000;
/** Most records of one packed file. */
const BLOCK_RECORDS = 1000;
const STEP_UV = 10;
const PACKED_LEADS = 8;
/** Spelling and order of the publisher's headers. */
const LEADS = ['I', 'II', 'III', 'AVR', 'AVL', 'AVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const;
export const PTB_XL_TABLES = ['ptbxl_database.csv', 'scp_statements.csv'] as const;

/** Name of a record relative to the database's folder: `records100/00000/00042_lr`. */
export function ptbXlRecordName(ecgId: number): string {
  const pad = (id: number): string => String(id).padStart(5, '0');
  return `records100/${pad(Math.floor(ecgId / 1000) * 1000)}/${pad(ecgId)}_lr`;
}

/**
 * @param source folder of `signals/*.br` and the tables
 * @param target an existing folder
 * @param limit stop after this many records
 * @returns how many records were restored
 * @throws EcgError DATA_CORRUPT
 */
export async function restorePtbXl(source: string, target: string, startProgress: StartProgress, limit = Infinity): Promise<number> {
  for (const table of PTB_XL_TABLES) copyFileSync(join(source, table), join(target, table));
  const blocks = readdirSync(join(source, 'signals')).filter((name) => name.endsWith('.br')).sort();
  const progress = startProgress('Restoring PTB-XL', Math.min(blocks.length, Math.ceil(limit / BLOCK_RECORDS)), 'blocks of records');
  let restored = 0;
  try {
    for (const [index, block] of blocks.entries()) {
      if (restored >= limit) break;
      restored += await restoreBlock(join(source, 'signals', block), target, limit - restored);
      progress.update(index + 1);
    }
  } finally {
    progress.stop();
  }
  return restored;
}

async function restoreBlock(from: string, target: string, limit: number): Promise<number> {
  const packed = await readPacked(from);
  if (packed.length < 8) throw new EcgError('DATA_CORRUPT', 'a packed block has no header', { expected: '8 bytes at least', received: `${packed.length}`, from });
  const records = packed.readUInt32LE(0);
  const start = 8 + 2 * records;
  const residuals = new ResidualReader(packed, start, PACKED_LEADS * records * SAMPLES, packed.readUInt32LE(4), from);
  const wanted = Math.min(records, limit);
  // The block holds all records of one lead, then all of the next, so it is read whole before a record is.
  const signals = Array.from({ length: PACKED_LEADS }, () => Array.from({ length: records }, () => {
    const signal = new Int16Array(SAMPLES);
    residuals.read(signal, STEP_UV);
    return signal;
  }));
  for (let r = 0; r < wanted; r++) {
    writeRecord(target, packed.readUInt16LE(8 + 2 * r), signals.map((lead) => lead[r]!), from);
  }
  return wanted;
}

function writeRecord(target: string, ecgId: number, packed: readonly Int16Array[], from: string): void {
  const adu = twelveLeads(packed);
  const path = ptbXlRecordName(ecgId);
  const name = path.slice(path.lastIndexOf('/') + 1);
  // 1000 adu/mV: one adu is one microvolt.
  const header = [`${name} 12 100 ${SAMPLES}`, ...adu.map((signal, lead) => {
    const checksum = checksumOf(signal, 16) & 0xffff;
    return `${name}.dat 16 1000.0(0)/mV 16 0 ${signal[0]} ${checksum} 0 ${LEADS[lead]}`;
  })];
  mkdirSync(join(target, path, '..'), { recursive: true });
  writeFileSync(join(target, `${path}.dat`), packSignals(adu, 16, `${from}, record ${ecgId}`));
  writeFileSync(join(target, `${path}.hea`), `${header.join('\n')}\n`);
}

function twelveLeads(packed: readonly Int16Array[]): Int32Array[] {
  const [I, II, ...chest] = packed;
  const limb = (of: (i: number, ii: number) => number): Int32Array => Int32Array.from(I!, (i, t) => of(i, II![t]!));
  return [
    limb((i) => i),
    limb((_, ii) => ii),
    limb((i, ii) => ii - i),
    limb((i, ii) => Math.round(-(i + ii) / 2)),
    limb((i, ii) => Math.round(i - ii / 2)),
    limb((i, ii) => Math.round(ii - i / 2)),
    ...chest.map((signal) => Int32Array.from(signal)),
  ];
}
