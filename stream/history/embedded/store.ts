/** The embedded store: SQLite files in one directory, a thread that writes and a thread that reads. */
import type { EmbeddingRun, EventQuery, HistoryBatch, HistoryEvent, HistoryStats, HistoryStore, Interval, BeatMark, NumericsPoint, Overview, ScorePoint, Trend, TrendQuery, WaveformRun } from '../store.ts';
import { DEFAULT_RETENTION, type EmbeddedOptions } from './options.ts';
import { HistoryThread } from '../thread/thread.ts';
import type { StoreThreadData } from './thread-main.ts';
import type { WriterFigures } from './writer.ts';

/** Appends over which the slowest are told: a quarter of an hour of slices. */
const TIMED_APPENDS = 8192;

const storeThread = (role: StoreThreadData['role'], options: EmbeddedOptions): HistoryThread => new HistoryThread({
  module: new URL('./thread-main.ts', import.meta.url), data: { role, options } satisfies StoreThreadData,
  code: role === 'writer' ? 'HISTORY_WRITE' : 'HISTORY_READ', from: options.directory });

export class EmbeddedStore implements HistoryStore {
  readonly kind = 'embedded';
  readonly #writer: HistoryThread;
  readonly #reader: HistoryThread;
  readonly #tookMs: number[] = [];
  #appends = 0;
  #failed = 0;
  #fault: string | null = null;
  #files: WriterFigures = { bytes: 0, files: 0, putAside: 0 };

  /** @throws EcgError HISTORY_OPEN | HISTORY_LOCKED | HISTORY_SCHEMA | HISTORY_KEY */
  static async open(options: Pick<EmbeddedOptions, 'directory'> & Partial<EmbeddedOptions>): Promise<EmbeddedStore> {
    const full: EmbeddedOptions = { retention: DEFAULT_RETENTION, ...options };
    const writer = storeThread('writer', full);
    try {
      await writer.call('open');
    } catch (error) {
      await writer.end();
      throw error;
    }
    const reader = storeThread('reader', full);
    await reader.call('open');
    return new EmbeddedStore(writer, reader);
  }

  private constructor(writer: HistoryThread, reader: HistoryThread) {
    this.#writer = writer;
    this.#reader = reader;
  }

  async append(batch: HistoryBatch): Promise<void> {
    try {
      const { tookMs } = await this.#writer.call('append', batch);
      this.#tookMs[this.#appends++ % TIMED_APPENDS] = tookMs;
      this.#fault = null;
    } catch (error) {
      this.#failed++;
      this.#fault = (error as Error).message;
      throw error;
    }
  }

  async retain(nowMs: number): Promise<void> {
    try {
      await this.#writer.call('retain', nowMs);
      this.#files = (await this.#writer.call('figures')).value as WriterFigures;
    } catch (error) {
      this.#fault = (error as Error).message;
    }
  }

  async beds(fromMs: number, toMs: number): Promise<string[]> {
    return this.#read('beds', [fromMs, toMs]);
  }

  async waveform(query: Interval): Promise<WaveformRun[]> {
    return this.#read('waveform', query);
  }

  async overview(query: Parameters<HistoryStore['overview']>[0]): Promise<Overview> {
    return this.#read('overview', query);
  }

  async trend(query: Parameters<HistoryStore['trend']>[0]): Promise<Trend> {
    return this.#read('trend', query);
  }

  async findingTrends(query: TrendQuery): Promise<Trend[]> {
    return this.#read('findingTrends', query);
  }

  async numerics(query: Interval): Promise<NumericsPoint[]> {
    return this.#read('numerics', query);
  }

  async scores(query: Interval): Promise<ScorePoint[]> {
    return this.#read('scores', query);
  }

  async embeddings(query: Interval): Promise<EmbeddingRun[]> {
    return this.#read('embeddings', query);
  }

  async beats(query: Interval): Promise<BeatMark[]> {
    return this.#read('beats', query);
  }

  async events(query: EventQuery): Promise<HistoryEvent[]> {
    return this.#read('events', query);
  }

  stats(): HistoryStats {
    const sorted = [...this.#tookMs].sort((a, b) => a - b);
    const p99 = sorted[Math.min(sorted.length - 1, Math.floor(0.99 * sorted.length))] ?? 0;
    return { fault: this.#fault, figures: { appends: this.#appends, failed_appends: this.#failed, append_p99_ms: p99, bytes: this.#files.bytes, files: this.#files.files, put_aside: this.#files.putAside } };
  }

  async close(): Promise<void> {
    await this.#reader.end();
    await this.#writer.end();
  }

  async #read<T>(method: string, query: unknown): Promise<T> {
    return (await this.#reader.call(method, query)).value as T;
  }
}
