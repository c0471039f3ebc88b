import { mkdir, mkdtemp, open as openFile, readdir, readFile, rm, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../ecg/clock.ts';
import { epochMs } from '../../../ecg/units.ts';
import { isChange, isContinuation } from '../../../stream/alarm/entries.ts';
import { RESUME_BOUND } from '../../../stream/alarm/kept.ts';
import { openLedger, type LedgerFile, type LedgerEntry } from '../../../stream/alarm/ledger.ts';
import { LedgerReader, parseLedger } from '../../../stream/alarm/ledger-reader.ts';
import fc from '../../helpers/properties.ts';

let directory: string;
const warnings: string[] = [];
const clock = new ManualClock(epochMs(1_700_000_000_000));
const open = () => openLedger(directory, clock, (message) => warnings.push(message));
/** On a real file of which one thing or another goes as the test says. */
const openOn = (faultsOf: (real: FileHandle) => Partial<LedgerFile>) => openLedger(directory, clock, (message) => warnings.push(message), async (path) => {
  const real = await openFile(path, 'a');
  const write = ((bytes: Buffer) => real.write(bytes)) as typeof real.write;
  return { write, datasync: () => real.datasync(), truncate: (length) => real.truncate(length), close: () => real.close(), ...faultsOf(real) };
});
/** Of the changes that the next start finds; it finds nothing wrong. */
const seqsFoundAgain = async (): Promise<number[]> => {
  const again = await open();
  expect(warnings).toEqual([]);
  await again.close();
  return again.restored.filter(isChange).map(({ seq }) => seq);
};
const entry = (seq: number, epoch: number): LedgerEntry => ({
  bed: 'bed-1', condition: 'asystole', priority: 'high', state: 'active', onsetMs: epochMs(1), detectedAtMs: epochMs(2), cause: 'no QRS for 4.0 s', epoch, seq,
});
const file = (): string => join(directory, 'alarms.jsonl');

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'leadwatch-ledger-'));
  warnings.length = 0;
});
afterEach(() => rm(directory, { recursive: true }));

async function written(count: number): Promise<LedgerEntry[]> {
  const ledger = await open();
  const entries = Array.from({ length: count }, (_, i) => entry(i + 1, ledger.epoch));
  await Promise.all(entries.map((one) => ledger.append(one)));
  await ledger.close();
  return entries;
}

describe('the alarm ledger', () => {
  it('gives back after a restart what was appended, in order and in the same epoch', async () => {
    const entries = await written(50);
    const again = await open();
    expect(again.restored.filter(isChange)).toEqual(entries);
    expect(again.epoch).toBe(entries[0]!.epoch);
    await again.close();
  });

  it('goes on after a restart with a chain that still holds', async () => {
    await written(3);
    const second = await open();
    await second.append(entry(4, second.epoch));
    await second.close();
    const third = await open();
    expect(third.restored.filter(isChange).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(warnings).toEqual([]);
    await third.close();
  });

  it('cuts off a torn last line and keeps the rest', async () => {
    await written(5);
    await truncate(file(), (await readFile(file(), 'utf8')).lastIndexOf('\n', (await readFile(file())).length - 2) - 7);
    const again = await open();
    expect(again.restored.filter(isChange).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(warnings[0]).toMatch(/torn line/);
    await again.append(entry(5, again.epoch));
    await again.close();
    const whole = await open();
    expect(whole.restored.filter(isChange)).toHaveLength(5);
    await whole.close();
  });

  it('begins a new epoch after an end that was not orderly, so that no number is ever given out twice', async () => {
    let handle: FileHandle | undefined;
    const first = await openLedger(directory, clock, (message) => warnings.push(message), async (path) => (handle = await openFile(path, 'a')));
    await first.append(entry(1, first.epoch));
    await handle!.close(); // what the end of a process closes; the ledger itself is not told
    const second = await open();
    expect(second.epoch).toBeGreaterThan(first.epoch);
    await second.close();
    const third = await open();
    expect(third.epoch).toBe(second.epoch);
    await third.close();
  });

  it('keeps a full disk from breaking the chain: what fits later follows what fitted before', async () => {
    let full = false;
    const opened = await openOn((real) => ({ write: (async (bytes: Buffer) => {
      if (!full) return real.write(bytes);
      await real.write(bytes.subarray(0, 40)); // half a line still fits
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    }) as typeof real.write }));
    await opened.append(entry(1, opened.epoch));
    full = true;
    await expect(opened.append(entry(2, opened.epoch))).rejects.toMatchObject({ code: 'LEDGER_WRITE', message: expect.stringContaining('ENOSPC') });
    full = false;
    await opened.append(entry(2, opened.epoch));
    await opened.close();
    const again = await open();
    expect(again.restored.filter(isChange).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(again.epoch).toBe(opened.epoch);
    expect(warnings).toEqual([]);
    await again.close();
  });

  it('takes a write that was cut short without a word for one that was refused', async () => {
    let room = Infinity;
    // write(2) gives what room there is, and says how much
    const opened = await openOn((real) => ({ write: ((bytes: Buffer) => real.write(bytes.subarray(0, room))) as typeof real.write }));
    await opened.append(entry(1, opened.epoch));
    room = 100;
    await expect(opened.append(entry(2, opened.epoch))).rejects.toMatchObject({ code: 'LEDGER_WRITE', message: expect.stringContaining('100 of') });
    room = Infinity;
    await opened.append(entry(2, opened.epoch));
    await opened.close();
    expect(await seqsFoundAgain()).toEqual([1, 2]);
  });

  it('writes nothing behind half a line that cannot be cut off, until it can', async () => {
    let room = Infinity;
    let truncates = true;
    const opened = await openOn((real) => ({
      write: ((bytes: Buffer) => real.write(bytes.subarray(0, room))) as typeof real.write,
      truncate: (length) => (truncates ? real.truncate(length) : Promise.reject(new Error('EIO: i/o error, ftruncate'))),
    }));
    await opened.append(entry(1, opened.epoch));
    [room, truncates] = [100, false];
    await expect(opened.append(entry(2, opened.epoch))).rejects.toMatchObject({ code: 'LEDGER_WRITE' });
    room = Infinity;
    await expect(opened.append(entry(2, opened.epoch))).rejects.toMatchObject({ code: 'LEDGER_WRITE', message: expect.stringContaining('EIO') });
    truncates = true;
    await opened.append(entry(2, opened.epoch));
    await opened.close();
    expect(await seqsFoundAgain()).toEqual([1, 2]);
  });

  it('is read the same in whatever pieces it comes', async () => {
    await written(20);
    const bytes = await readFile(file());
    const { entries, hash } = parseLedger(bytes, 'test');
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 30 }), (cuts) => {
      const lines: unknown[] = [];
      const reader = new LedgerReader('test', (line) => lines.push(line));
      [...cuts, bytes.length].sort((a, b) => a - b).reduce((start, end) => (reader.push(bytes.subarray(start, end)), end), 0);
      expect(lines).toEqual(entries);
      expect(reader).toMatchObject({ hash, goodBytes: bytes.length, lines: entries.length });
    }), { numRuns: 200 });
  });

  it('goes on in a new file once it has grown long, with what still matters, chained to the old one', async () => {
    const first = await open();
    const asystole = entry(1, first.epoch);
    const turns = Array.from({ length: 3 * RESUME_BOUND }, (_, i): LedgerEntry => (
      { ...entry(i + 2, first.epoch), condition: 'noData', priority: 'technical', state: i % 2 === 0 ? 'active' : 'cleared' }));
    await Promise.all([asystole, ...turns].map((one) => first.append(one)));
    await first.close();
    const end = parseLedger(await readFile(file()), 'test');

    const second = await openLedger(directory, clock, (message) => warnings.push(message), undefined, 100_000);
    const changes = second.restored.filter(isChange);
    expect(changes[0]).toEqual(asystole); // nobody answered it
    expect(changes.slice(-RESUME_BOUND)).toEqual(turns.slice(-RESUME_BOUND));
    expect(changes.length).toBeLessThan(1.3 * RESUME_BOUND);
    expect(second.epoch).toBe(first.epoch);
    const added = entry(turns.length + 2, second.epoch);
    await second.append(added);
    await second.close();

    const names = (await readdir(directory)).sort();
    expect(names).toEqual(['alarms.jsonl', expect.stringMatching(/^alarms\.jsonl\.until-\d+$/)]);
    expect(parseLedger(await readFile(join(directory, names[1]!)), 'test')).toEqual(end);
    const [note] = parseLedger(await readFile(file()), 'test').entries;
    expect(note).toMatchObject({ continues: { file: names[1], hash: end.hash }, leftOut: { 'bed-1': { epoch: first.epoch } } });

    const third = await open();
    expect(third.epoch).toBe(first.epoch);
    expect(third.restored.filter(isChange)).toEqual([...changes, added]);
    expect(third.restored.find(isContinuation)).toMatchObject({ leftOut: { 'bed-1': { epoch: first.epoch } } });
    expect(warnings).toEqual([]);
    await third.close();
  });

  it('goes on in its long file where no new one can be written', async () => {
    const first = await open();
    const turns = Array.from({ length: 3 * RESUME_BOUND }, (_, i): LedgerEntry => ({ ...entry(i + 1, first.epoch), state: i % 2 === 0 ? 'active' : 'cleared' }));
    await Promise.all(turns.map((one) => first.append(one)));
    await first.close();
    await mkdir(`${file()}.new`);
    await writeFile(join(`${file()}.new`, 'x'), '');
    const second = await openLedger(directory, clock, (message) => warnings.push(message), undefined, 100_000);
    expect(warnings).toEqual([expect.stringMatching(/goes on in its long file/)]);
    await second.append(entry(turns.length + 1, second.epoch));
    await second.close();
    const third = await open();
    expect(third.restored.filter(isChange).at(-1)?.seq).toBe(turns.length + 1);
    await third.close();
  });

  it('shows every line that was changed, taken out, put in or moved, but for those taken from the end', async () => {
    await written(12);
    const lines = (await readFile(file(), 'utf8')).split('\n').slice(0, -1);
    const parse = (changed: readonly string[]) => parseLedger(Buffer.from(changed.map((line) => `${line}\n`).join('')), 'test');
    const at = fc.integer({ min: 0, max: lines.length - 2 });
    fc.assert(fc.property(at, at, fc.nat(), fc.integer({ min: 1, max: 9 }), (i, j, place, by) => {
      const line = lines[i]!;
      // A character that stays a character and breaks no line.
      const where = place % line.length;
      const other = String.fromCharCode(((line.charCodeAt(where) - 32 + by) % 95) + 32);
      expect(() => parse(lines.with(i, line.slice(0, where) + other + line.slice(where + 1)))).toThrow(/does not follow/);
      expect(() => parse(lines.toSpliced(i, 1))).toThrow(/does not follow/);
      expect(() => parse(lines.toSpliced(i, 0, lines[j]!))).toThrow(/does not follow/);
      if (i !== j) expect(() => parse(lines.with(i, lines[j]!).with(j, line))).toThrow(/does not follow/);
      expect(parse(lines.slice(0, i)).entries).toHaveLength(i);
    }), { numRuns: 300 });
  });

  it('puts a ledger aside whose past was changed, and begins a new epoch', async () => {
    const [first] = await written(5);
    await writeFile(file(), (await readFile(file(), 'utf8')).replace('"seq":2', '"seq":9'));
    // In the same second, which the numbers of epochs are made of.
    const again = await open();
    expect(again.restored.filter(isChange)).toEqual([]);
    expect(again.epoch).toBeGreaterThan(first!.epoch);
    expect(warnings[0]).toMatch(/line 2 .* does not follow/);
    expect((await readdir(directory)).some((name) => name.includes('damaged'))).toBe(true);
    await again.close();
    const next = await open();
    // What was in it is said to be left out, from then on.
    for (const one of [again, next]) expect(one.restored.find(isContinuation)?.leftOut).toEqual({ '*': { epoch: again.epoch - 1, seq: Number.MAX_SAFE_INTEGER } });
    expect(next.epoch).toBe(again.epoch);
    await next.close();
  });
});
