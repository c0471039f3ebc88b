/** What may go wrong around the embedded store: crashes, disks, damage, clocks, versions, keys; and what it forgets on purpose. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync, openSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { epochMs, hz } from '../../ecg/units.ts';
import { EpochAssembler } from '../../stream/history/assembler.ts';
import { DEFAULT_RETENTION } from '../../stream/history/embedded/options.ts';
import { EmbeddedStore } from '../../stream/history/embedded/store.ts';
import { SCHEMA } from '../../stream/history/embedded/table-file.ts';
import type { HistoryStore } from '../../stream/history/store.ts';
import { crashRound } from '../helpers/history-crash.ts';
import { alarmEvent, batchOf, block, blocks, START_MS } from '../helpers/history-samples.ts';
import { startTestServer } from '../helpers/running-server.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const HOUR_MS = 3_600_000;
type Options = Parameters<typeof EmbeddedStore.open>[0];

async function opened(options: Options): Promise<EmbeddedStore> {
  const store = await EmbeddedStore.open(options);
  onTestFinished(() => store.close());
  return store;
}

const secondsOf = async (store: HistoryStore, bed: string, fromMs = START_MS, toMs = START_MS + 200 * HOUR_MS): Promise<number> =>
  (await store.waveform({ bed, fromMs, toMs })).reduce((sum, run) => sum + run.samples[0]!.length / run.signal.samplingFrequencyHz, 0);

describe('the embedded store', () => {
  it('has everything it said was kept after SIGKILL under load', async () => {
    const directory = temporaryDirectory();
    let next = 0;
    for (const chance of [0.05, 0.5, 0.93]) {
      const { lost, committed } = await crashRound(directory, chance, next);
      expect(lost).toBe(0);
      expect(committed).toBeGreaterThan(0);
      next += committed + 1;
    }
  }, 60_000);

  it('loses at most the last batch to a torn write, and goes on', async () => {
    const directory = temporaryDirectory();
    const store = await opened({ directory });
    for (let second = 0; second < 6; second++) await store.append(batchOf({ waveforms: [block('torn', second)] }));
    const copy = join(temporaryDirectory(), 'history');
    cpSync(directory, copy, { recursive: true });
    const log = join(copy, readdirSync(copy).find((name) => name.startsWith('wave-') && name.endsWith('-wal'))!);
    truncateSync(log, statSync(log).size - 1000);
    appendFileSync(log, Buffer.alloc(300, 0xa5));
    const recovered = await opened({ directory: copy });
    expect(await secondsOf(recovered, 'torn')).toBe(5);
    await recovered.append(batchOf({ waveforms: [block('torn', 5), block('torn', 6)] }));
    expect(await secondsOf(recovered, 'torn')).toBe(7);
  });

  it('puts a damaged file aside and stores on', async () => {
    const directory = temporaryDirectory();
    const first = await EmbeddedStore.open({ directory });
    await first.append(batchOf({ waveforms: blocks('damaged', 0, 60) }));
    await first.close();
    const path = join(directory, readdirSync(directory).find((name) => /^wave-.*\.db$/.test(name))!);
    const file = openSync(path, 'r+');
    for (let page = 1; page < statSync(path).size / 16_384; page++) writeSync(file, Buffer.alloc(2000, 0x5a), 0, 2000, page * 16_384);
    closeSync(file);
    const second = await opened({ directory });
    await second.append(batchOf({ waveforms: [block('damaged', 100)] }));
    await second.retain(START_MS);
    expect(second.stats().figures['put_aside']).toBe(1);
    expect(await secondsOf(second, 'damaged')).toBe(1);
    expect(readdirSync(directory).some((name) => name.startsWith('damaged-'))).toBe(true);
  });

  it('says that the disk is full, keeps what it has, and stores again once there is room', async () => {
    const directory = temporaryDirectory();
    const small = smallDisk(directory);
    const store = await opened({ directory: small ?? directory, ...(small ? {} : { maxPages: 60 }) });
    let kept = 0;
    let refused: unknown;
    while (refused === undefined && kept < 5000) {
      await store.append(batchOf({ waveforms: Array.from({ length: 20 }, (_, bed) => block(`full-${bed}`, kept)) })).then(() => kept++, (error: unknown) => (refused = error));
    }
    expect(refused).toMatchObject({ code: 'HISTORY_WRITE', message: expect.stringMatching(/full|disk/i) });
    expect(store.stats().fault).not.toBeNull();
    expect(await secondsOf(store, 'full-0')).toBe(kept);
    if (small) {
      rmSync(join(small, 'ballast'));
      await store.append(batchOf({ waveforms: [block('full-0', kept)] }));
      expect(await secondsOf(store, 'full-0')).toBe(kept + 1);
      expect(store.stats().fault).toBeNull();
    }
  }, 60_000);

  it('does without a directory it cannot write; the server runs and says so', async () => {
    const directory = unwritable();
    await expect(EmbeddedStore.open({ directory })).rejects.toMatchObject({ code: 'HISTORY_OPEN' });
    const server = await startTestServer({ history: { directory } });
    onTestFinished(() => server.remove());
    const health = (await (await fetch(`${server.url}/health`)).json()) as { history: { fault: string | null } };
    expect(health.history.fault).toContain('cannot be opened');
    expect((await fetch(`${server.url}/history/beds?from=0&to=1`)).status).toBe(503);
  });

  it('brings a directory of an older version up to date, and refuses one of a newer', async () => {
    const directory = temporaryDirectory();
    const first = await EmbeddedStore.open({ directory });
    await first.append(batchOf({ waveforms: [block('old', 0)] }));
    await first.close();
    const name = readdirSync(directory).find((file) => /^wave-.*\.db$/.test(file))!;
    const rows = withDatabase(join(directory, name), (db) => db.prepare('SELECT k, v FROM second').all() as { k: number; v: Uint8Array }[]);
    const meta = withDatabase(join(directory, name), (db) => db.prepare('SELECT name, value FROM meta').all() as { name: string; value: Uint8Array }[]);
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(directory, name + suffix), { force: true });
    withDatabase(join(directory, name), (db) => {
      db.exec(`${SCHEMA[0]!}; PRAGMA user_version = 1`);
      for (const { k, v } of rows) db.prepare('INSERT INTO second VALUES (?, ?)').run(k, v);
      for (const row of meta) db.prepare('INSERT INTO meta VALUES (?, ?)').run(row.name, row.value);
    });
    const migrated = await EmbeddedStore.open({ directory });
    expect(await secondsOf(migrated, 'old')).toBe(1);
    const overview = await migrated.overview({ bed: 'old', fromMs: START_MS, toMs: START_MS + 60_000, lead: 'II', columns: 10 });
    expect(overview.highUv[0]).toBeGreaterThan(0);
    await migrated.close();
    withDatabase(join(directory, name), (db) => db.exec(`PRAGMA user_version = ${SCHEMA.length + 1}`));
    await expect(EmbeddedStore.open({ directory })).rejects.toMatchObject({ code: 'HISTORY_SCHEMA' });
  });

  it('tells the same of findings after a crash, of a directory from before their minutes were kept, and after either was made good', async () => {
    const directory = temporaryDirectory();
    const store = await opened({ directory });
    // Two days, so that one file is older than the newest, which alone is made good when the store opens.
    const scores = [0, 24].flatMap((hour) => Array.from({ length: 200 }, (_, i) => ({
      bed: 'findings', atMs: START_MS + hour * HOUR_MS + i * 2000, modelId: 'm@1', findings: [{ label: 'vt', cosine: 0, score: Math.sin(i * (hour + 1)) * 4 }] })));
    await store.append(batchOf({ scores: scores.slice(0, 300) }));
    for (let i = 0; i < 60; i++) await store.append(batchOf({})); // until minutes are counted
    await store.append(batchOf({ scores: scores.slice(300) }));
    const query = { bed: 'findings', fromMs: START_MS, toMs: START_MS + 25 * HOUR_MS, points: 25 * 12 };
    const told = await store.findingTrends(query);
    expect(told[0]!.high.filter((value) => !Number.isNaN(value))).toHaveLength(4); // 200 segments are 6.7 minutes: two parts of five on either day
    const days = ['trend-2026-03-01.db', 'trend-2026-03-02.db'];
    const waiting = (folder: string, day: string): unknown => withDatabase(join(folder, day), (db) => db.prepare('SELECT count(*) AS n FROM finding WHERE v IS NULL').get());

    const crashed = join(temporaryDirectory(), 'history');
    cpSync(directory, crashed, { recursive: true });
    expect(waiting(crashed, days[1]!)).not.toEqual({ n: 0 });
    const recovered = await EmbeddedStore.open({ directory: crashed });
    expect(await recovered.findingTrends(query)).toEqual(told);
    await recovered.close();
    expect(waiting(crashed, days[1]!)).toEqual({ n: 0 });

    for (const day of days) withDatabase(join(crashed, day), (db) => db.exec('DROP TABLE finding; PRAGMA user_version = 3'));
    const migrated = await opened({ directory: crashed });
    expect(await migrated.findingTrends(query)).toEqual(told);
    for (let i = 0; i < 60; i++) await migrated.append(batchOf({}));
    expect(waiting(crashed, days[1]!)).toEqual({ n: 0 });
    expect(await migrated.findingTrends(query)).toEqual(told);
  });

  it('opens an encrypted directory with its own key only, and shows nothing in the clear', async () => {
    const directory = temporaryDirectory();
    const key = new Uint8Array(32).fill(1);
    const first = await EmbeddedStore.open({ directory, encryptionKey: key });
    await first.append(batchOf({ waveforms: [block('secret-bed', 0)], events: [alarmEvent('secret-bed', 0, 'a1', 'finding:secret-label')] }));
    await first.close();
    const bytes = execFileSync('cat', readdirSync(directory).map((name) => join(directory, name))).toString('latin1');
    expect(bytes).not.toMatch(/secret-bed|secret-label/);
    await expect(EmbeddedStore.open({ directory })).rejects.toMatchObject({ code: 'HISTORY_KEY' });
    await expect(EmbeddedStore.open({ directory, encryptionKey: new Uint8Array(32).fill(2) })).rejects.toMatchObject({ code: 'HISTORY_KEY' });
    expect(await secondsOf(await opened({ directory, encryptionKey: key }), 'secret-bed')).toBe(1);
  });
});

describe('retention', () => {
  const fill = async (store: EmbeddedStore): Promise<void> => {
    for (let hour = 0; hour < 4; hour++) await store.append(batchOf({ waveforms: blocks('kept', hour * 3600 + 100, hour * 3600 + 160) }));
    await store.append(batchOf({ events: [alarmEvent('kept', 130, 'a1')], numerics: [{ bed: 'kept', atMs: START_MS, values: { heartRateBpm: 60 } }] }));
  };

  it('forgets waveforms by age but never an alarm\'s strip, nor the alarm', async () => {
    const store = await opened({ directory: temporaryDirectory(), retention: { ...DEFAULT_RETENTION, waveformsMs: 2 * HOUR_MS } });
    await fill(store);
    await store.retain(START_MS + 4 * HOUR_MS);
    const runs = await store.waveform({ bed: 'kept', fromMs: START_MS, toMs: START_MS + HOUR_MS });
    expect(runs.map(({ startMs, samples }) => [(startMs - START_MS) / 1000, samples[0]!.length / 250])).toEqual([[120, 30]]);
    expect(await secondsOf(store, 'kept', START_MS + HOUR_MS, START_MS + 2 * HOUR_MS)).toBe(0);
    expect(await secondsOf(store, 'kept', START_MS + 2 * HOUR_MS)).toBe(120);
    const overview = await store.overview({ bed: 'kept', fromMs: START_MS + 100_000, toMs: START_MS + 160_000, lead: 'II', columns: 6 });
    expect([...overview.highUv].map((value) => Number.isNaN(value))).toEqual([true, true, false, false, false, true]);
    expect(await store.events({ bed: 'kept', fromMs: START_MS, toMs: START_MS + HOUR_MS })).toHaveLength(1);
    expect(await store.numerics({ bed: 'kept', fromMs: START_MS, toMs: START_MS + HOUR_MS })).toHaveLength(1);
    // A year later the strip goes with its alarm.
    await store.retain(START_MS + 2 * DEFAULT_RETENTION.eventsMs);
    expect(await secondsOf(store, 'kept')).toBe(0);
    expect(await store.events({ bed: 'kept', fromMs: START_MS, toMs: START_MS + HOUR_MS })).toEqual([]);
  });

  it('forgets the oldest waveforms first where there is more than fits', async () => {
    const store = await opened({ directory: temporaryDirectory(), retention: { ...DEFAULT_RETENTION, maxBytes: 1 } });
    await fill(store);
    await store.retain(START_MS + 3 * HOUR_MS + 200_000);
    // The hour under way stays, whatever its size.
    expect(await secondsOf(store, 'kept', START_MS + HOUR_MS)).toBe(60);
    expect(await secondsOf(store, 'kept', START_MS, START_MS + HOUR_MS)).toBe(30);
  });
});

describe('stored time', () => {
  it.each([-HOUR_MS, HOUR_MS])('follows a server clock that was set by %d ms within half a minute, and loses no sample', (step) => {
    const fs = 250;
    const assembler = new EpochAssembler({ bed: 'b', source: 'device', device: 'd', samplingFrequency: hz(fs), leads: ['II'], scale: { leadCount: 1, adcGain: [1000], baseline: [0] }, railUv: undefined }, 1);
    const stored = [];
    for (let n = 0; n < 120; n++) {
      stored.push(...assembler.push({
        kind: 'block', startIndex: n * fs, sampleCount: fs, samplesUv: [new Float32Array(fs).fill(n)], leadOffMask: 0, pacerMarks: new Uint16Array(0),
        deviceTimeMs: epochMs(0), receivedAtMs: epochMs(START_MS + (n + 1) * 1000 + (n >= 40 ? step : 0)) }));
    }
    stored.push(...assembler.flush());
    expect(stored.reduce((sum, { samples }) => sum + samples.length, 0)).toBe(120 * fs);
    expect(stored.map(({ startIndex }) => startIndex)).toEqual([...stored].map(({ startIndex }) => startIndex).sort((a, b) => a - b));
    for (const { startIndex, startMs } of stored) {
      const second = startIndex / fs;
      if (second < 40) expect(startMs).toBe(START_MS + second * 1000);
      if (second >= 90) expect(startMs).toBe(START_MS + second * 1000 + step);
    }
  });
});

function withDatabase<T>(path: string, run: (db: InstanceType<typeof DatabaseSync>) => T): T {
  const db = new DatabaseSync(path);
  try {
    return run(db);
  } finally {
    db.close();
  }
}

/** A directory on a disk that is read-only, where the system lets us have one, else one that a file stands in the way of. */
function unwritable(): string {
  const path = join(temporaryDirectory(), 'disk');
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', path], { stdio: 'ignore' });
    onTestFinished(() => void execFileSync('umount', ['-l', path]));
    return join(path, 'history');
  } catch {
    writeFileSync(join(path, 'file'), '');
    return join(path, 'file', 'history');
  }
}

/** A disk of 8 MB of which a ballast can be taken off, where the system lets us have one. */
function smallDisk(directory: string): string | undefined {
  const path = join(directory, 'disk');
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', path]));
  writeFileSync(join(path, 'ballast'), Buffer.alloc(3 * 2 ** 20));
  return path;
}
