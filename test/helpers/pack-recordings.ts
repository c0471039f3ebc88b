/** Packs small recordings the way the data folder holds them, so that restoring is tested without any real recording. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

/** Zig-zag coded first differences, one byte each; what does not fit goes to `escapes`. */
function residuals(series: readonly number[], escapes: number[]): number[] {
  let level = 0;
  return series.map((value) => {
    const difference = value - level;
    level = value;
    const code = difference < 0 ? -2 * difference - 1 : 2 * difference;
    if (code < 255) return code;
    escapes.push(code);
    return 255;
  });
}

const u32 = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);

/** Writes `monitoring/DATABASE/NAME.{br,hea}`, format 212, with the checksums of `signals` unless told others. */
export function packMonitoringRecord(data: string, database: string, name: string, signals: readonly (readonly number[])[], checksums?: readonly number[]): void {
  const directory = join(data, 'monitoring', database);
  mkdirSync(directory, { recursive: true });
  const escapes: number[] = [];
  const body = signals.flatMap((signal) => residuals(signal, escapes));
  writeFileSync(join(directory, `${name}.br`), brotliCompressSync(Buffer.concat([u32(signals.length, signals[0]!.length, escapes.length), Buffer.from(body), u32(...escapes)])));
  const sums = checksums ?? signals.map((signal) => (signal.reduce((sum, value) => sum + value, 0) << 16) >> 16);
  writeFileSync(join(directory, `${name}.hea`), [
    `${name} ${signals.length} 360 ${signals[0]!.length}`,
    ...signals.map((signal, i) => `${name}.dat 212 200 11 1024 ${signal[0]} ${sums[i]} 0 ${i === 0 ? 'MLII' : 'V1'}`), ''].join('\n'));
}

/** Writes one block of `ptb-xl/signals` and the two tables. `signalOf` gives lead 0-7 at sample 0-999, in microvolts, multiples of 10. */
export function packPtbXlBlock(data: string, block: string, ecgIds: readonly number[], signalOf: (ecgId: number, lead: number, t: number) => number): void {
  const directory = join(data, 'ptb-xl', 'signals');
  mkdirSync(directory, { recursive: true });
  const escapes: number[] = [];
  const body: number[] = [];
  for (let lead = 0; lead < 8; lead++) {
    for (const id of ecgIds) body.push(...residuals(Array.from({ length: 1000 }, (_, t) => signalOf(id, lead, t) / 10), escapes));
  }
  const ids = Buffer.from(Uint16Array.from(ecgIds).buffer);
  writeFileSync(join(directory, `${block}.br`), brotliCompressSync(Buffer.concat([u32(ecgIds.length, escapes.length), ids, Buffer.from(body), u32(...escapes)])));
  for (const table of ['ptbxl_database.csv', 'scp_statements.csv']) writeFileSync(join(data, 'ptb-xl', table), `${table}\n`);
}
