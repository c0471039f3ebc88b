/**
 * What takes long and is for one asker alone, in threads of its own: records to files and back, and waveforms as JSON.
 * A day of a bed is gigabytes in the making and ten minutes of it seconds of writing numbers; no line may wait for that.
 */
import { EcgError } from '../../ecg/errors.ts';
import type { ExportedFile, ExportFormat, IntervalContent } from './export.ts';
import type { PastRecord } from './import.ts';
import type { HistoryReader, Interval, WaveformRun } from './store.ts';
import { HistoryThread } from './thread/thread.ts';

/** Each holds an interval or a file in memory. */
const MAX_FILES = 4;
const MAX_ANSWERS = 8;

export interface UploadedFile {
  /** For errors, and as the record's name. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of the first sample; without it the file must say. */
  readonly startMs: number | undefined;
}

export class SideWork {
  readonly #files = new Lane(MAX_FILES);
  /** Apart, so that a page does not wait for another's export. */
  readonly #answers = new Lane(MAX_ANSWERS);

  /** @throws EcgError HISTORY_QUERY where nothing was stored, HISTORY_BUSY where too many wait, RECORDING_FORMAT | WFDB_FORMAT where the format cannot hold it */
  async writeFile(store: HistoryReader, query: Interval, format: ExportFormat): Promise<ExportedFile> {
    return this.#files.inTurn(async (thread) => {
      const [runs, beats, events] = await Promise.all([store.waveform(query), store.beats(query), store.events(query)]);
      return (await thread.call('writeFile', { query, format, content: { runs, beats, events } satisfies IntervalContent }, true)).value as ExportedFile;
    });
  }

  /** @throws EcgError RECORDING_FORMAT | WFDB_*, HISTORY_QUERY where it has no time, HISTORY_BUSY where too many wait */
  async readFile(file: UploadedFile): Promise<PastRecord> {
    return this.#files.inTurn(async (thread) => (await thread.call('readFile', file)).value as PastRecord);
  }

  /** `{runs, ...rest}` as JSON, in microvolts. @throws EcgError HISTORY_BUSY where too many wait */
  async json(read: () => Promise<readonly WaveformRun[]>, rest: object = {}): Promise<Uint8Array> {
    return this.#answers.inTurn(async (thread) => (await thread.call('json', { runs: await read(), rest }, true)).value as Uint8Array);
  }

  async close(): Promise<void> {
    await Promise.all([this.#files.close(), this.#answers.close()]);
  }
}

/** One thread, made when it is first needed, and a bound on what waits for it. */
class Lane {
  readonly #max: number;
  #thread: HistoryThread | undefined;
  #waiting = 0;

  constructor(max: number) {
    this.#max = max;
  }

  async inTurn<T>(task: (thread: HistoryThread) => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#max) {
      throw new EcgError('HISTORY_BUSY', 'too much is asked of the history at once', { expected: `at most ${this.#max} at a time; try again`, from: '/history' });
    }
    this.#waiting++;
    try {
      this.#thread ??= new HistoryThread({ module: new URL('./side-work-main.ts', import.meta.url), data: undefined, code: 'HISTORY_READ', from: '/history' });
      return await task(this.#thread);
    } catch (error) {
      // Out of memory, and with it whatever else waited: the next one has a new thread.
      if (this.#thread?.ended) this.#thread = undefined;
      throw error;
    } finally {
      this.#waiting--;
    }
  }

  async close(): Promise<void> {
    await this.#thread?.end();
  }
}
