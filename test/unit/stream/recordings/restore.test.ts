import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadAnnotations, loadDigitalRecord, loadRecord, ptbXlSample, recordingsDirectory, recordNames, type LibraryOptions } from '../../../../stream/recordings/library.ts';
import { silentProgress } from '../../../../stream/recordings/progress.ts';
import { packMonitoringRecord, packPtbXlBlock } from '../../../helpers/pack-recordings.ts';
import { itOnRecordings } from '../../../helpers/recordings.ts';
import { temporaryDirectory } from '../../../helpers/temporary-directory.ts';

/** A data folder and a cache that only this test sees. */
function scene(): { data: string; cache: string; options: LibraryOptions } {
  const data = temporaryDirectory();
  const cache = temporaryDirectory();
  return { data, cache, options: { dataDirectory: data, environment: { LEADWATCH_CACHE: cache }, startProgress: silentProgress } };
}

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
/** Steps of more than 127 in either direction need escapes. */
const SIGNALS = [[1000, 1001, 2047, 0, 5], [900, -2000, 901, 902, 903]];

describe('restoring packed monitoring records', () => {
  it('gives the samples that were packed, escapes included', async () => {
    const { data, options } = scene();
    packMonitoringRecord(data, 'mitdb', '100', SIGNALS);
    const directory = await recordingsDirectory('mitdb', options);
    expect(recordNames(directory)).toEqual(['100']);
    expect(loadDigitalRecord(directory, '100').adu.map((adu) => [...adu])).toEqual(SIGNALS);
  });

  it('is done once', async () => {
    const { data, options } = scene();
    packMonitoringRecord(data, 'mitdb', '100', SIGNALS);
    const directory = await recordingsDirectory('mitdb', options);
    const before = statSync(directory).ino;
    await recordingsDirectory('mitdb', options);
    expect(statSync(directory).ino).toBe(before);
  });

  it('is redone when the packed recordings have changed', async () => {
    const { data, options } = scene();
    packMonitoringRecord(data, 'mitdb', '100', SIGNALS);
    await recordingsDirectory('mitdb', options);
    packMonitoringRecord(data, 'mitdb', '101', SIGNALS);
    expect(recordNames(await recordingsDirectory('mitdb', options))).toEqual(['100', '101']);
  });

  it('refuses a record that is not what its header counted, and leaves nothing behind', async () => {
    const { data, cache, options } = scene();
    packMonitoringRecord(data, 'mitdb', '100', SIGNALS);
    packMonitoringRecord(data, 'mitdb', '101', SIGNALS, [1, 2]);
    await expect(recordingsDirectory('mitdb', options)).rejects.toMatchObject({ code: 'DATA_CORRUPT', expected: 'checksum 1' });
    expect(readdirSync(join(cache, 'recordings'))).toEqual([]);
  });

  it('refuses a file cut short', async () => {
    const { data, options } = scene();
    packMonitoringRecord(data, 'mitdb', '100', SIGNALS);
    const packed = join(data, 'monitoring/mitdb/100.br');
    writeFileSync(packed, readFileSync(packed).subarray(0, 10));
    await expect(recordingsDirectory('mitdb', options)).rejects.toMatchObject({ code: 'DATA_CORRUPT', from: packed });
  });

  it('removes what a killed restore left, and not what a running one is writing', async () => {
    const { data, cache, options } = scene();
    packMonitoringRecord(data, 'mitdb', '100', SIGNALS);
    // No process has this number: Linux ends at 2^22.
    for (const pid of [2 ** 30, process.ppid]) mkdirSync(join(cache, 'recordings', `mitdb.unfinished-${pid}-abc`), { recursive: true });
    expect(recordNames(await recordingsDirectory('mitdb', options))).toEqual(['100']);
    expect(readdirSync(join(cache, 'recordings')).sort()).toEqual(['mitdb', `mitdb.unfinished-${process.ppid}-abc`]);
  });

  it('is redone where the folder in its place is not whole', async () => {
    const { data, options } = scene();
    packMonitoringRecord(data, 'mitdb', '100', SIGNALS);
    const directory = await recordingsDirectory('mitdb', options);
    rmSync(join(directory, '.restored-from'));
    rmSync(join(directory, '100.dat'));
    expect(loadRecord(await recordingsDirectory('mitdb', options), '100').samplesUv[0]).toHaveLength(5);
  });
});

describe('restoring PTB-XL', () => {
  const signalOf = (id: number, lead: number, t: number): number => 10 * (id + lead * 100 + (t % 7) * 30);

  it('computes the other limb leads from I and II', async () => {
    const { data, options } = scene();
    packPtbXlBlock(data, '00000', [1, 2], signalOf);
    const directory = await recordingsDirectory('ptb-xl', options);
    const { leads, samplesUv } = loadRecord(directory, 'records100/00000/00002_lr');
    const at = (lead: string): number => samplesUv[leads.indexOf(lead)]![3]!;
    expect(leads).toHaveLength(12);
    expect([at('I'), at('II'), at('V6')]).toEqual([920, 1920, 7920]);
    expect([at('III'), at('aVR'), at('aVL'), at('aVF')]).toEqual([1000, -1420, -40, 1460]);
    expect(existsSync(join(directory, 'ptbxl_database.csv'))).toBe(true);
  });

  it('stops after the records that a sample asks for', async () => {
    const { data, cache, options } = scene();
    packPtbXlBlock(data, '00000', [1, 2, 999], signalOf);
    packPtbXlBlock(data, '01000', [1000, 1001], signalOf);
    const sample = await ptbXlSample(2, options);
    expect(sample.records).toEqual(['records100/00000/00001_lr', 'records100/00000/00002_lr']);
    const wider = await ptbXlSample(4, options);
    expect(wider.records.at(-1)).toBe('records100/01000/01000_lr');
    expect(loadRecord(wider.directory, wider.records[3]!).name).toBe('01000_lr');
    expect(existsSync(join(cache, 'recordings', 'ptb-xl'))).toBe(false);
  });

  it('refuses a block that is shorter than it says', async () => {
    const { data, options } = scene();
    packPtbXlBlock(data, '00000', [1], signalOf);
    const block = join(data, 'ptb-xl/signals/00000.br');
    writeFileSync(block, readFileSync(block).subarray(0, 40));
    await expect(ptbXlSample(1, options)).rejects.toMatchObject({ code: 'DATA_CORRUPT', from: block });
  });
});

describe('recordings', () => {
  it('that are missing are named with where they were looked for and how to get them', async () => {
    const { data, options } = scene();
    await expect(recordingsDirectory('mitdb', options)).rejects.toMatchObject({ code: 'DATA_NOT_FOUND', expected: `mitdb under ${data}` });
    await expect(recordingsDirectory('mitdb', options)).rejects.toThrow(/npm run data:fetch/);
    await expect(ptbXlSample(1, options)).rejects.toMatchObject({ code: 'DATA_NOT_FOUND' });
  });

  itOnRecordings('of MIT-BIH restore to the published files, bit for bit', ['mitdb'], async () => {
    const directory = await recordingsDirectory('mitdb');
    expect(sha256(join(directory, '100.dat'))).toBe('b2ea3c250e56e48f4b7b90697832b8ecd1afa1e0bb31f2dcfea4ed6e1075a639');
    expect(sha256(join(directory, '207.dat'))).toBe('139f99250366fbf347cba4d8ea1fbe788f98cb1b93b70f50ccba70122d908605');
    expect(recordNames(directory)).toHaveLength(48);
    expect(loadAnnotations(directory, '207').find(({ symbol }) => symbol === '[')?.sample).toBe(14665);
    expect(loadRecord(directory, '207').leads).toEqual(['MLII', 'V1']);
  }, 60_000);

  // Lead I is the same in both forms of the data; the values are those of the published record 1.
  itOnRecordings('of PTB-XL restore to the checksums in their headers', ['ptb-xl'], async () => {
    const { directory, records } = await ptbXlSample(3);
    const { adu } = loadDigitalRecord(directory, records[0]!);
    const header = readFileSync(join(directory, `${records[0]}.hea`), 'latin1').split('\n').slice(1, 13);
    const sums = adu.map((lead) => lead.reduce((sum, value) => (sum + value) & 0xffff, 0));
    expect(header.map((line) => Number(line.split(' ')[6]) & 0xffff)).toEqual(sums);
    expect([...adu[0]!.subarray(0, 5)]).toEqual([-120, -120, -120, -120, -100]);
  });
});
