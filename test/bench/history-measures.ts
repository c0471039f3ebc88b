/** The measurements of `bench history`, one function each. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { NEVER } from 'rxjs';
import { systemClock } from '../../ecg/clock.ts';
import { aduToMicrovolts, hz } from '../../ecg/units.ts';
import { blockToBytes } from '../../stream/history/block-bytes.ts';
import { EmbeddedStore } from '../../stream/history/embedded/store.ts';
import { pointsOf } from '../../stream/history/influx/points.ts';
import { InfluxStore } from '../../stream/history/influx/store.ts';
import { HistoryRecorder } from '../../stream/history/recorder.ts';
import type { HistoryStore } from '../../stream/history/store.ts';
import { crashRound } from '../helpers/history-crash.ts';
import { startInfluxd } from '../helpers/influxd.ts';
import { blocksOf, FS, int16Bytes, LEADS, LOAD_SIGNAL, mitdbRecords, wardSecond } from './history-load.ts';
import { quantile } from './report.ts';

const START_MS = Date.parse('2026-03-01T00:00:00Z');
const HOUR_SECONDS = 3600;
/** Linux counts a process's CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;
const FRAMES_PER_SECOND = 10;
const NO_MARKS = new Uint16Array(0);

export async function inTemporaryDirectory<T>(run: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'leadwatch-bench-'));
  try {
    return await run(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Without the logs, which are of a few megabytes whatever the number of beds. */
const sizeOf = (directory: string): number => readdirSync(directory).filter((name) => name.endsWith('.db')).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);

export interface Appends {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  readonly coresAtRealTime: number;
  readonly mbPerBedHour: number;
}

/** Whole seconds of a ward in one append each, as fast as they are taken: what the recorder would do if it did not slice. */
export async function measureWholeAppend(beds: number, seconds: number, content: readonly Int32Array[]): Promise<Appends> {
  return measured(beds, seconds, async (store) => {
    for (let second = 0; second < seconds; second++) await store.append(wardSecond(beds, second, START_MS, content));
  });
}

/** A ward in real time through the recorder, ten frames a second of each bed: time from handing a slice over to its being on the disk. */
export async function measureAppend(beds: number, seconds: number, content: readonly Int32Array[]): Promise<Appends> {
  return measured(beds, seconds, async (store) => {
    const recorder = new HistoryRecorder({ delivered$: NEVER }, systemClock, store);
    const names = Array.from({ length: beds }, (_, bed) => `bed-${bed}`);
    for (const bed of names) {
      recorder.begin({ bed, source: 'device', device: 'bench', samplingFrequency: hz(FS), leads: LOAD_SIGNAL.leads, scale: { leadCount: LEADS, ...LOAD_SIGNAL }, railUv: undefined }, 1);
    }
    const samplesUv = content.map((second) => Float32Array.from(second, (adu) => aduToMicrovolts(adu, LOAD_SIGNAL.adcGain[0]!, 0)));
    const sampleCount = FS / FRAMES_PER_SECOND;
    for (let frame = 0; frame < seconds * FRAMES_PER_SECOND; frame++) {
      const next = setTimeout(1000 / FRAMES_PER_SECOND);
      const [second, part] = [Math.floor(frame / FRAMES_PER_SECOND), frame % FRAMES_PER_SECOND];
      const receivedAtMs = systemClock.now();
      names.forEach((bed, b) => {
        const whole = samplesUv[(second + 7 * b) % samplesUv.length]!;
        const leads = Array.from({ length: LEADS }, (_, lead) => whole.subarray(lead * FS + part * sampleCount, lead * FS + (part + 1) * sampleCount));
        recorder.numerics(bed, { heartRateBpm: 60 + ((second + b) % 60) });
        recorder.aligned(bed, { kind: 'block', startIndex: frame * sampleCount, sampleCount, samplesUv: leads, leadOffMask: 0, pacerMarks: NO_MARKS, deviceTimeMs: receivedAtMs, receivedAtMs });
        if (part === 0) recorder.beats(bed, [{ sampleIndex: second * FS, class: 'normal', rrMs: 1000 }]);
      });
      await next;
    }
    await recorder.close();
  });
}

/** @param run gives the store its load. The processor's share is of the whole process: making the load, recording and storing. */
async function measured(beds: number, seconds: number, run: (store: HistoryStore) => Promise<void>): Promise<Appends> {
  return inTemporaryDirectory(async (directory) => {
    const store = await EmbeddedStore.open({ directory });
    const took: number[] = [];
    const append = store.append.bind(store);
    store.append = async (batch) => {
      const begun = performance.now();
      await append(batch);
      took.push(performance.now() - begun);
    };
    const cpu = process.cpuUsage();
    await run(store);
    const { user, system } = process.cpuUsage(cpu);
    await store.close();
    const sorted = took.sort((a, b) => a - b);
    return {
      p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), worstMs: sorted.at(-1)!, coresAtRealTime: (user + system) / 1e6 / seconds,
      mbPerBedHour: sizeOf(directory) / 1e6 / beds / (seconds / HOUR_SECONDS),
    };
  });
}

export interface Sizes {
  readonly int16: number;
  readonly gzip: number;
  readonly flac: number;
  readonly ours: number;
}

/** Bytes of whole records: as int16, gzip, FLAC at its best (`flac -8`), and as seconds of this store. */
export async function measureSizes(records: number): Promise<Sizes> {
  const sum = { int16: 0, gzip: 0, flac: 0, ours: 0 };
  for (const record of await mitdbRecords(records)) {
    const raw = int16Bytes(record);
    sum.int16 += raw.length;
    sum.gzip += gzipSync(raw, { level: 9 }).length;
    sum.flac += await flacBytes(raw, record.adu.length);
    const signal = { ...LOAD_SIGNAL, samplingFrequencyHz: record.samplingFrequency, leads: record.leads };
    blocksOf(record).forEach((samples, second) => {
      sum.ours += blockToBytes({ bed: 'b', epoch: 1, startMs: START_MS + second * 1000, startIndex: second * 360, signal, samples }, 0).length;
    });
  }
  return sum;
}

async function flacBytes(raw: Buffer, channels: number): Promise<number> {
  return inTemporaryDirectory(async (directory) => {
    const [input, output] = [join(directory, 'in.raw'), join(directory, 'out.flac')];
    writeFileSync(input, raw);
    execFileSync('flac', ['-8', '-s', '--force-raw-format', '--endian=little', '--sign=signed', `--channels=${channels}`, '--bps=16', '--sample-rate=360', '-o', output, input]);
    return statSync(output).size;
  });
}

export interface Reads {
  readonly read10s: number[];
  readonly trend24h: number[];
  readonly overview24h: number[];
}

/** Three days of a few beds, then reads at places that were not read before. */
export async function measureReads(beds: number, hours: number, repeats: number, content: readonly Int32Array[]): Promise<Reads> {
  return inTemporaryDirectory(async (directory) => {
    const filling = await EmbeddedStore.open({ directory });
    const minute = 60;
    for (let from = 0; from < hours * HOUR_SECONDS; from += minute) {
      const parts = Array.from({ length: minute }, (_, i) => wardSecond(beds, from + i, START_MS, content));
      await filling.append({ waveforms: parts.flatMap((p) => p.waveforms), numerics: parts.flatMap((p) => p.numerics), scores: [], beats: parts.flatMap((p) => p.beats), events: [] });
    }
    await filling.close();
    const store = await EmbeddedStore.open({ directory });
    try {
      return await readTimes(store, hours, repeats);
    } finally {
      await store.close();
    }
  });
}

async function readTimes(store: HistoryStore, hours: number, repeats: number): Promise<Reads> {
  const timed = async (run: () => Promise<unknown>): Promise<number> => {
    const begun = performance.now();
    await run();
    return performance.now() - begun;
  };
  const times: Reads = { read10s: [], trend24h: [], overview24h: [] };
  const day = 24 * HOUR_SECONDS * 1000;
  for (let i = 0; i < repeats; i++) {
    const atMs = START_MS + Math.floor(((i * 0.6180339887) % 1) * (hours * HOUR_SECONDS - 10)) * 1000;
    times.read10s.push(await timed(() => store.waveform({ bed: 'bed-0', fromMs: atMs, toMs: atMs + 10_000 })));
  }
  for (let i = 0; i < Math.max(5, repeats / 10); i++) {
    const fromMs = START_MS + ((i * 7) % Math.max(1, hours - 24)) * HOUR_SECONDS * 1000;
    const query = { bed: 'bed-0', fromMs, toMs: fromMs + day };
    times.trend24h.push(await timed(() => store.trend({ ...query, name: 'heartRateBpm', points: 1440 })));
    times.overview24h.push(await timed(() => store.overview({ ...query, lead: 'II', columns: 1920 })));
  }
  return times;
}

export async function measureCrashes(rounds: number): Promise<{ rounds: number; committed: number; committedLost: number }> {
  return inTemporaryDirectory(async (directory) => {
    let next = 0, committed = 0, committedLost = 0;
    for (let round = 0; round < rounds; round++) {
      const result = await crashRound(directory, (round * 0.6180339887) % 1, next);
      committed += result.committed;
      committedLost += result.lost;
      next += result.committed + 1;
    }
    return { rounds, committed, committedLost };
  });
}

/** A ward's seconds into a real influxd, one batch after the other. */
export async function measureInflux(beds: number, seconds: number, content: readonly Int32Array[]): Promise<{ pointsPerSecond: number; bedSecondsPerSecond: number; influxdCoresAtRealTime: number; read10sP50Ms: number }> {
  const influxd = await startInfluxd();
  const store = new InfluxStore(influxd.options);
  const cpu = (): number => {
    const fields = readFileSync(`/proc/${influxd.pid()}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  };
  try {
    let points = 0;
    const cpuBefore = cpu();
    const begun = performance.now();
    for (let second = 0; second < seconds; second++) {
      const batch = wardSecond(beds, second, START_MS, content);
      await store.append(batch);
      points += Object.values(pointsOf({ ...batch, waveforms: [] })).flat().length + batch.waveforms.length;
    }
    const elapsed = (performance.now() - begun) / 1000;
    const cores = (cpu() - cpuBefore) / seconds;
    const reads: number[] = [];
    for (let i = 0; i < 30; i++) {
      const fromMs = START_MS + ((i * 13) % Math.max(1, seconds - 10)) * 1000;
      const from = performance.now();
      await store.waveform({ bed: `bed-${i % beds}`, fromMs, toMs: fromMs + 10_000 });
      reads.push(performance.now() - from);
    }
    return { pointsPerSecond: points / elapsed, bedSecondsPerSecond: (beds * seconds) / elapsed, influxdCoresAtRealTime: cores, read10sP50Ms: quantile(reads.sort((a, b) => a - b), 0.5) };
  } finally {
    await store.close();
    await influxd.remove();
  }
}
