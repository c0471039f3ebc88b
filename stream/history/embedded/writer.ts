/** The writing side of the embedded store, synchronous: one transaction a batch in each file that the batch touches. */
import { mkdirSync } from 'node:fs';
import { EcgError, isEcgError } from '../../../ecg/errors.ts';
import { blockToBytes, joinParts, splitParts } from '../block-bytes.ts';
import type { BeatMark, HistoryBatch, HistoryEvent, NumericsPoint, ScorePoint, WaveformBlock } from '../store.ts';
import { Catalogue } from './catalogue.ts';
import { fileAt, HistoryFiles, WRITER_OPEN_BOUND } from './files.ts';
import { FindingMinutes } from './finding-minutes.ts';
import { Minutes } from './minutes.ts';
import type { EmbeddedOptions } from './options.ts';
import { recoverMinutes } from './recover.ts';
import { applyRetention } from './retention.ts';
import { packBeat, packNumerics, packScore } from './row-values.ts';
import { rowKey, TableFile, type RowTable } from './table-file.ts';

const CATALOGUE = 'catalogue.db';
const LOCK = 'lock.db';

export interface WriterFigures {
  readonly bytes: number;
  readonly files: number;
  readonly putAside: number;
}

export class EmbeddedWriter {
  readonly #options: EmbeddedOptions;
  readonly #files: HistoryFiles;
  readonly #lock: TableFile;
  readonly #catalogue: Catalogue;
  readonly #minutes = new Minutes();
  readonly #findings = new FindingMinutes();
  readonly #begun = new Set<string>();
  #putAside = 0;

  /** @throws EcgError HISTORY_OPEN | HISTORY_LOCKED | HISTORY_SCHEMA | HISTORY_KEY */
  constructor(options: EmbeddedOptions) {
    this.#options = options;
    const { directory, encryptionKey } = options;
    try {
      mkdirSync(directory, { recursive: true });
      this.#files = new HistoryFiles(directory, encryptionKey, false, WRITER_OPEN_BOUND);
      this.#lock = lockDirectory(this.#files.path(LOCK), directory);
      this.#catalogue = new Catalogue(new TableFile(this.#files.path(CATALOGUE), encryptionKey));
      this.#inspect();
    } catch (cause) {
      if (isEcgError(cause)) throw cause;
      throw new EcgError('HISTORY_OPEN', 'the history cannot be opened', { expected: 'a directory that can be written', received: (cause as Error).message, from: directory, cause });
    }
  }

  /** On return everything is on the disk. @throws EcgError HISTORY_WRITE; parts of the batch may have been kept, and may be given again */
  append(batch: HistoryBatch): void {
    try {
      for (const block of batch.waveforms) this.#waveform(block);
      for (const point of batch.numerics) this.#numerics(point);
      for (const point of batch.scores) this.#score(point);
      for (const beat of batch.beats) this.#beat(beat);
      for (const event of batch.events) this.#event(event);
      this.#flush();
      this.#files.trim();
    } catch (cause) {
      this.#rollBack();
      throw new EcgError('HISTORY_WRITE', 'a batch could not be written', { received: (cause as Error).message, from: this.#options.directory, cause });
    }
  }

  /** What must not hold up a batch; called where none waits. */
  pause(): void {
    try {
      this.#files.tidy();
    } catch {
      // Nothing is lost with it: the log stays as it is, and whatever is wrong with the disk the next batch meets.
    }
  }

  retain(nowMs: number): void {
    applyRetention(this.#files, this.#options.retention, nowMs);
  }

  figures(): WriterFigures {
    const all = (['wave', 'trend', 'event'] as const).flatMap((kind) => this.#files.list(kind));
    return { bytes: all.reduce((sum, { name }) => sum + this.#files.bytesOf(name), 0), files: all.length, putAside: this.#putAside };
  }

  close(): void {
    try {
      this.#flush(true);
    } catch {
      this.#rollBack(); // the minutes are made again from the seconds at the next start
    }
    this.#files.close();
    this.#catalogue.close();
    this.#lock.end();
  }

  #waveform(block: WaveformBlock): void {
    const { name } = fileAt('wave', block.startMs);
    const second = Math.floor(block.startMs / 1000);
    const bed = this.#catalogue.numberFor('bed', block.bed);
    const bytes = blockToBytes(block, this.#catalogue.signalFor(block.signal));
    this.#addPart(name, 'second', rowKey(second, bed), bytes);
    this.#minutes.extremes(name, bed, second, block, (lead) => this.#catalogue.numberFor('series', lead));
  }

  #numerics({ bed, atMs, values }: NumericsPoint): void {
    const { name } = fileAt('trend', atMs);
    const second = Math.floor(atMs / 1000);
    const number = this.#catalogue.numberFor('bed', bed);
    this.#touch(name).put('second', rowKey(second, number), packNumerics(values, this.#catalogue));
    for (const [series, value] of Object.entries(values)) this.#minutes.numeric(name, number, second, this.#catalogue.numberFor('series', series), value);
  }

  #score(point: ScorePoint): void {
    const { name } = fileAt('trend', point.atMs);
    const second = Math.floor(point.atMs / 1000);
    const bed = this.#catalogue.numberFor('bed', point.bed);
    if (this.#addPart(name, 'score', rowKey(second, bed), packScore(point, this.#catalogue))) this.#findings.add(this.#touch(name), name, second, bed);
  }

  #beat(beat: BeatMark): void {
    const key = rowKey(Math.floor(beat.atMs / 1000), this.#catalogue.numberFor('bed', beat.bed));
    this.#addPart(fileAt('trend', beat.atMs).name, 'beat', key, packBeat(beat));
  }

  #event({ bed, atMs, kind, id, ...rest }: HistoryEvent): void {
    const file = this.#touch(fileAt('event', atMs).name);
    const number = this.#catalogue.numberFor('bed', bed);
    file.statement('INSERT INTO event (bed, ms, kind, id, v) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
      .run(number, atMs, kind, id, file.close(Buffer.from(JSON.stringify(rest)), `event:${number}:${kind}:${id}`));
  }

  /** A second has one row; a part that is there already is not stored twice. @returns whether it was not there */
  #addPart(name: string, table: RowTable, key: number, part: Uint8Array): boolean {
    const file = this.#touch(name);
    const stored = file.get(table, key);
    const parts = stored ? splitParts(stored) : [];
    if (parts.some((known) => Buffer.compare(known, part) === 0)) return false;
    file.put(table, key, joinParts([...parts, part]));
    return true;
  }

  /** Commits, with the minutes that are over, or all. */
  #flush(all = false): void {
    const written = [this.#minutes, this.#findings].map((minutes) => minutes.flush((name) => this.#touch(name), all));
    this.#commit();
    for (const done of written) done();
  }

  #touch(name: string): TableFile {
    const file = this.#files.open(name);
    if (this.#begun.has(name)) return file;
    if (this.#options.maxPages !== undefined) file.db.exec(`PRAGMA max_page_count = ${this.#options.maxPages}`);
    file.db.exec('BEGIN IMMEDIATE');
    this.#begun.add(name);
    return file;
  }

  #commit(): void {
    this.#catalogue.commit();
    for (const name of this.#begun) {
      this.#files.open(name).commit();
      this.#begun.delete(name);
    }
  }

  #rollBack(): void {
    for (const name of this.#begun) {
      try {
        this.#files.open(name).db.exec('ROLLBACK');
      } catch {
        this.#files.drop(name); // SQLite rolled back by itself, or the file cannot be used: it is opened anew
      }
    }
    this.#begun.clear();
    this.#catalogue.rollBack();
    this.#findings.rollBack();
  }

  /** After a crash: damaged files are put aside, and the newest minutes made again. @throws EcgError where a file is newer or sealed otherwise */
  #inspect(): void {
    for (const kind of ['wave', 'trend', 'event'] as const) {
      const newest = this.#files.list(kind).at(-1);
      if (!newest) continue;
      try {
        const file = this.#files.open(newest.name);
        // Reads every page's header; 1.5 GB of an hour of 200 beds take a second or two.
        const check = file.db.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
        if (check.quick_check !== 'ok') throw new Error(check.quick_check);
        if (kind !== 'event') recoverMinutes(file, newest.name, kind, this.#catalogue, this.#minutes);
        if (kind === 'trend') this.#findings.recover(file, newest.name);
      } catch (error) {
        if (isEcgError(error)) throw error;
        this.#files.putAside(newest.name, newest.fromMs);
        this.#putAside++;
      }
    }
  }
}

/** SQLite's own lock, which the system takes back from a process that was killed. */
function lockDirectory(path: string, directory: string): TableFile {
  let file: TableFile | undefined;
  try {
    file = new TableFile(path, undefined);
    file.db.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return file;
  } catch (cause) {
    file?.end();
    if (!/locked|busy/i.test((cause as Error).message)) throw cause;
    throw new EcgError('HISTORY_LOCKED', 'the history is in use', { expected: 'a directory of its own for each server', received: 'one that another server writes to', from: directory, cause });
  }
}
