/**
 * InfluxDB behind a spool: everything goes to the embedded store first, then, gathered for a second because a request
 * costs as much for a slice as for all beds, to InfluxDB. While InfluxDB cannot take it,
 * only the time from which it is behind is kept, on the disk; once it answers again the spool fills the hole, oldest
 * first. So a restart of either side loses nothing that the spool still holds; what it has forgotten is counted.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Clock } from '../../../ecg/clock.ts';
import { ms } from '../../../ecg/units.ts';
import { EMPTY_BATCH, type BeatMark, type EmbeddingRun, type EventQuery, type HistoryBatch, type HistoryEvent, type HistoryReader, type HistoryStats, type HistoryStore, type Interval, type NumericsPoint, type Overview, type ScorePoint, type Trend, type TrendQuery, type WaveformRun } from '../store.ts';
import { dump } from './dump.ts';

/** Back-filled at a time: a request of a few megabytes at 200 beds. */
const WINDOW_MS = 5000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;
const SEND_EVERY_MS = 1000;
/** Gathered while a request is under way: ten seconds of 200 beds. Beyond it counts as behind, and the spool has the rest. */
const MAX_GATHERED = 2000;
/** Entries may be stamped up to a device's delay before they were stored, or ahead of a clock that stepped back. */
const MARGIN_MS = 60_000;
const DAY_MS = 86_400_000;

export interface SpooledOptions {
  readonly spool: HistoryStore;
  readonly influx: HistoryStore;
  readonly clock: Clock;
  /** Remembers how far InfluxDB is. */
  readonly markFile: string;
  /** How far back the spool reaches. */
  readonly spoolMs: number;
}

export class SpooledStore implements HistoryStore {
  readonly kind = 'influxdb';
  readonly #options: SpooledOptions;
  /** Everything before is in InfluxDB; undefined while it is up to date. */
  #behindFromMs: number | undefined;
  /** Where the window begins that is being filled. */
  #fillingFromMs: number | undefined;
  /** What goes to InfluxDB next, and what is on its way. */
  #gathered: HistoryBatch = EMPTY_BATCH;
  #underWay: HistoryBatch = EMPTY_BATCH;
  #sending: Promise<void> | undefined;
  #lostMs = 0;
  #retryMs = FIRST_RETRY_MS;
  #filling: Promise<void> | undefined;
  #closed = false;
  #cancelRetry: (() => void) | undefined;
  readonly #stop: (() => void)[];

  constructor(options: SpooledOptions) {
    this.#options = options;
    this.#behindFromMs = readMark(options.markFile) ?? options.clock.now();
    this.#filling = this.#fill();
    this.#stop = [options.clock.every(ms(10_000), () => this.#mark()), options.clock.every(ms(SEND_EVERY_MS), () => void this.#send())];
  }

  async append(batch: HistoryBatch): Promise<void> {
    await this.#options.spool.append(batch);
    if (this.#behindFromMs !== undefined) {
      this.#fallBehind(earliestOf(batch));
      return;
    }
    this.#gathered = joined(this.#gathered, batch);
    if (this.#gathered.waveforms.length <= MAX_GATHERED) return;
    this.#fallBehind(earliestOf(this.#gathered));
    this.#gathered = EMPTY_BATCH;
  }

  /** Resolves once a fill that is under way has ended, well or not. */
  async settled(): Promise<void> {
    await this.#filling;
  }

  async retain(nowMs: number): Promise<void> {
    await this.#options.spool.retain(nowMs);
  }

  beds(fromMs: number, toMs: number): Promise<string[]> {
    return this.#read((store) => store.beds(fromMs, toMs));
  }

  waveform(query: Interval): Promise<WaveformRun[]> {
    return this.#read((store) => store.waveform(query));
  }

  overview(query: Parameters<HistoryStore['overview']>[0]): Promise<Overview> {
    return this.#read((store) => store.overview(query));
  }

  trend(query: Parameters<HistoryStore['trend']>[0]): Promise<Trend> {
    return this.#read((store) => store.trend(query));
  }

  findingTrends(query: TrendQuery): Promise<Trend[]> {
    return this.#read((store) => store.findingTrends(query));
  }

  numerics(query: Interval): Promise<NumericsPoint[]> {
    return this.#read((store) => store.numerics(query));
  }

  embeddings(query: Interval): Promise<EmbeddingRun[]> {
    return this.#read((store) => store.embeddings(query));
  }

  scores(query: Interval): Promise<ScorePoint[]> {
    return this.#read((store) => store.scores(query));
  }

  beats(query: Interval): Promise<BeatMark[]> {
    return this.#read((store) => store.beats(query));
  }

  events(query: EventQuery): Promise<HistoryEvent[]> {
    return this.#read((store) => store.events(query));
  }

  stats(): HistoryStats {
    const spool = this.#options.spool.stats();
    const influx = this.#options.influx.stats();
    const behindMs = Math.max(0, this.#options.clock.now() - this.#missingFromMs);
    return { fault: spool.fault ?? influx.fault, figures: { ...spool.figures, ...influx.figures, influx_behind_ms: behindMs, influx_lost_ms: this.#lostMs } };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stop) stop();
    this.#cancelRetry?.();
    await this.#filling;
    await this.#send();
    this.#mark();
    await this.#options.influx.close();
    await this.#options.spool.close();
  }

  /** InfluxDB while it is up to date, the spool while it is not: both answer alike. */
  async #read<T>(run: (store: HistoryReader) => Promise<T>): Promise<T> {
    await this.#send(); // whoever has stored something finds it
    if (this.#missingFromMs < Infinity) return run(this.#options.spool);
    try {
      return await run(this.#options.influx);
    } catch {
      return run(this.#options.spool); // a fault that appending will notice by itself
    }
  }

  /** InfluxDB may miss anything from here on. */
  get #missingFromMs(): number {
    return Math.min(this.#behindFromMs ?? Infinity, this.#fillingFromMs ?? Infinity);
  }

  /** Sends what was gathered, after what is on its way. Never rejects. */
  async #send(): Promise<void> {
    while (this.#sending) await this.#sending;
    if (isEmpty(this.#gathered)) return;
    this.#underWay = this.#gathered;
    this.#gathered = EMPTY_BATCH;
    this.#sending = this.#options.influx.append(this.#underWay)
      .catch(() => this.#fallBehind(earliestOf(this.#underWay)))
      .finally(() => {
        this.#underWay = EMPTY_BATCH;
        this.#sending = undefined;
      });
    await this.#sending;
  }

  #fallBehind(fromMs: number): void {
    this.#behindFromMs = Math.min(this.#behindFromMs ?? fromMs, fromMs);
    if (!this.#filling) this.#retryLater();
  }

  #retryLater(): void {
    // One that is due stays due: a ward appends more often than that, and would put it off for ever.
    if (this.#cancelRetry || this.#closed) return;
    this.#cancelRetry = this.#options.clock.after(ms(this.#retryMs), () => {
      this.#cancelRetry = undefined;
      this.#filling ??= this.#fill();
    });
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
  }

  /** Takes from the spool what InfluxDB misses, until there is nothing more. Never rejects. */
  async #fill(): Promise<void> {
    const { spool, influx, clock, spoolMs } = this.#options;
    let fromMs: number | undefined;
    try {
      for (;;) {
        fromMs = this.#behindFromMs;
        if (fromMs === undefined || this.#closed) break;
        fromMs = Math.floor(fromMs / 1000) * 1000;
        const oldestMs = Math.floor((clock.now() - spoolMs) / 1000) * 1000;
        if (fromMs < oldestMs) {
          this.#lostMs += oldestMs - fromMs;
          fromMs = oldestMs;
        }
        const last = fromMs + WINDOW_MS > clock.now();
        this.#fillingFromMs = fromMs;
        // Before the last window is read, so that what is appended meanwhile goes straight on and nothing falls between.
        this.#behindFromMs = last ? undefined : fromMs + WINDOW_MS;
        await influx.append(await dump(spool, fromMs, last ? fromMs + WINDOW_MS + DAY_MS : fromMs + WINDOW_MS));
      }
      this.#retryMs = FIRST_RETRY_MS;
    } catch {
      const behind: number | undefined = this.#behindFromMs;
      this.#behindFromMs = Math.min(behind ?? fromMs!, fromMs!);
      this.#retryLater();
    } finally {
      this.#filling = undefined;
      this.#fillingFromMs = undefined;
      this.#mark();
    }
  }

  #mark(): void {
    const { clock, markFile } = this.#options;
    const fromMs = Math.min(this.#missingFromMs, clock.now() - MARGIN_MS, earliestOf(this.#gathered), earliestOf(this.#underWay));
    try {
      writeFileSync(`${markFile}.partial`, JSON.stringify({ fromMs }));
      renameSync(`${markFile}.partial`, markFile);
    } catch {
      // The spool lies on the same disk, and says what is wrong with it.
    }
  }
}

function readMark(path: string): number | undefined {
  try {
    const { fromMs } = JSON.parse(readFileSync(path, 'utf8')) as { fromMs: unknown };
    return typeof fromMs === 'number' ? fromMs : undefined;
  } catch {
    return undefined;
  }
}

const isEmpty = (batch: HistoryBatch): boolean => Object.values(batch).every((part) => part.length === 0);

const joined = (a: HistoryBatch, b: HistoryBatch): HistoryBatch => ({
  waveforms: [...a.waveforms, ...b.waveforms],
  numerics: [...a.numerics, ...b.numerics],
  scores: [...a.scores, ...b.scores],
  beats: [...a.beats, ...b.beats],
  events: [...a.events, ...b.events],
});

function earliestOf(batch: HistoryBatch): number {
  const times = [batch.waveforms.map(({ startMs }) => startMs), ...[batch.numerics, batch.scores, batch.beats, batch.events].map((part) => part.map(({ atMs }) => atMs))];
  return times.flat().reduce((least, time) => Math.min(least, time), Infinity);
}
