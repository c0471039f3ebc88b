/**
 * Records to files and back, in a thread of their own: a day of a bed is gigabytes in the making, and the line must not
 * wait for one of them.
 */
import { EcgError } from '../../ecg/errors.ts';
import type { ExportedFile, ExportFormat, IntervalContent } from './export.ts';
import type { PastRecord } from './import.ts';
import type { HistoryReader, Interval } from './store.ts';
import { HistoryThread } from './thread/thread.ts';

/** Each holds an interval or a file in memory. */
const MAX_WAITING = 4;

export interface UploadedFile {
  /** For errors, and as the record's name. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of the first sample; without it the file must say. */
  readonly startMs: number | undefined;
}

export class RecordFiles {
  #thread: HistoryThread | undefined;
  #waiting = 0;

  /** @throws EcgError HISTORY_QUERY where nothing was stored or too many wait, RECORDING_FORMAT | WFDB_FORMAT where the format cannot hold it */
  async write(store: HistoryReader, query: Interval, format: ExportFormat): Promise<ExportedFile> {
    return this.#inTurn(async (thread) => {
      const [runs, beats, events] = await Promise.all([store.waveform(query), store.beats(query), store.events(query)]);
      return (await thread.call('write', { query, format, content: { runs, beats, events } satisfies IntervalContent }, true)).value as ExportedFile;
    });
  }

  /** @throws EcgError RECORDING_FORMAT | WFDB_*, HISTORY_QUERY where it has no time or too many wait */
  async read(file: UploadedFile): Promise<PastRecord> {
    return this.#inTurn(async (thread) => (await thread.call('read', file)).value as PastRecord);
  }

  async close(): Promise<void> {
    await this.#thread?.end();
  }

  async #inTurn<T>(task: (thread: HistoryThread) => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) {
      throw new EcgError('HISTORY_QUERY', 'too many files are being made', { expected: `at most ${MAX_WAITING} at a time`, from: '/history' });
    }
    this.#waiting++;
    try {
      this.#thread ??= new HistoryThread({ module: new URL('./record-files-main.ts', import.meta.url), data: undefined, code: 'HISTORY_READ', from: 'exports' });
      return await task(this.#thread);
    } catch (error) {
      // Out of memory, and with it whatever else waited: the next one has a new thread.
      if (this.#thread?.ended) this.#thread = undefined;
      throw error;
    } finally {
      this.#waiting--;
    }
  }
}
