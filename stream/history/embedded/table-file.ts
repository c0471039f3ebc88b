/**
 * One SQLite file of the embedded store: opened, brought to the present schema, its values sealed where a key is set.
 * Rows are `key -> value`; the key of a bed's second is `second * 4096 + bed`, so that appending never moves a row.
 */
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from '@photostructure/sqlite';
import { EcgError } from '../../../ecg/errors.ts';
import { NO_SEAL, sealOf, type Seal } from './seal.ts';

type Database = InstanceType<typeof DatabaseSync>;
type Statement = ReturnType<Database['prepare']>;

export const BEDS_PER_KEY = 4096;
export const rowKey = (time: number, bed: number): number => time * BEDS_PER_KEY + bed;

/** Steps from an empty file to the present one; `user_version` counts those that were taken. Never change one, add one. */
export const SCHEMA: readonly string[] = [
  `CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
   CREATE TABLE second (k INTEGER PRIMARY KEY, v BLOB NOT NULL);`,
  'CREATE TABLE minute (k INTEGER PRIMARY KEY, v BLOB NOT NULL);',
  `CREATE TABLE score (k INTEGER PRIMARY KEY, v BLOB NOT NULL);
   CREATE TABLE beat (k INTEGER PRIMARY KEY, v BLOB NOT NULL);
   CREATE TABLE event (n INTEGER PRIMARY KEY, bed INTEGER NOT NULL, ms REAL NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, v BLOB NOT NULL, UNIQUE (bed, kind, id));
   CREATE INDEX event_time ON event (ms);`,
  // Every minute that has a score already is one that was not counted yet (finding-minutes.ts).
  `CREATE TABLE finding (k INTEGER PRIMARY KEY, v BLOB);
   INSERT OR IGNORE INTO finding (k, v) SELECT k / 4096 / 60 * 4096 + k % 4096, NULL FROM score;`,
];
/** Files of fewer steps have no minutes of findings: those that were complete when they came. */
const FINDING_MINUTES_SINCE = 4;
/** As much of its log as SQLite itself would copy into a file, were it not told to wait for a pause. */
const LOG_BYTES = 4 * 2 ** 20;
/** Rows of about 2 kB fill a large page better, and pages are only ever appended. */
const PAGE_BYTES = 16_384;

export type RowTable = 'second' | 'minute' | 'score' | 'beat' | 'finding';

interface Row {
  readonly k: number;
  readonly v: Uint8Array;
}

export class TableFile {
  readonly path: string;
  readonly db: Database;
  readonly hasFindingMinutes: boolean;
  readonly #seal: Seal;
  readonly #statements = new Map<string, Statement>();
  readonly #readOnly: boolean;
  #logBytes = 0; // about

  /**
   * @param key 32 bytes, or undefined for values in the clear
   * @param readOnly for the reader, which leaves schema and files as they are
   * @throws EcgError HISTORY_SCHEMA | HISTORY_KEY; SQLite's own errors pass through
   */
  constructor(path: string, key: Uint8Array | undefined, readOnly = false) {
    this.path = path;
    this.#readOnly = readOnly;
    this.db = new DatabaseSync(path);
    try {
      this.db.exec('PRAGMA busy_timeout = 2000');
      if (readOnly) this.db.exec('PRAGMA query_only = 1');
      else this.#migrate();
      this.#seal = this.#sealWith(key, readOnly);
      this.hasFindingMinutes = this.#version() >= FINDING_MINUTES_SINCE;
    } catch (error) {
      this.db.close();
      throw error;
    }
  }

  get(table: RowTable, key: number): Uint8Array | undefined {
    const row = this.statement(`SELECT v FROM ${table} WHERE k = ?`).get(key) as { v: Uint8Array } | undefined;
    return row && this.open(row.v, `${table}:${key}`);
  }

  put(table: RowTable, key: number, value: Uint8Array): void {
    this.statement(`INSERT INTO ${table} (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v`)
      .run(key, this.close(value, `${table}:${key}`));
    this.#logBytes += value.length;
  }

  /** On return what was put is on the disk: in the log. */
  commit(): void {
    this.db.exec('COMMIT');
    this.#logBytes += PAGE_BYTES; // the page that was begun is written again
  }

  /** Copies the log into the file once there is much of it; that waits for the disk twice, and so for a pause between two batches. */
  tidy(): void {
    if (this.#logBytes < LOG_BYTES) return;
    this.db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    this.#logBytes = 0;
  }

  /** All rows from `fromKey` up to and without `toKey`. */
  *range(table: RowTable, fromKey: number, toKey: number): Generator<Row> {
    // A statement of its own: a generator left open must not hold one that is used again.
    const rows = this.db.prepare(`SELECT k, v FROM ${table} WHERE k >= ? AND k < ? ORDER BY k`).iterate(fromKey, toKey);
    for (const row of rows) {
      const { k, v } = row as unknown as Row;
      yield { k, v: this.open(v, `${table}:${k}`) };
    }
  }

  newestKey(table: RowTable): number | undefined {
    return (this.statement(`SELECT max(k) AS k FROM ${table}`).get() as { k: number | null }).k ?? undefined;
  }

  close(value: Uint8Array, place: string): Uint8Array {
    return this.#seal.close(value, place);
  }

  open(value: Uint8Array, place: string): Uint8Array {
    return this.#seal.open(value, place);
  }

  statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.db.prepare(sql)));
    return statement;
  }

  end(): void {
    this.#statements.clear();
    try {
      if (!this.#readOnly) this.db.exec('PRAGMA wal_checkpoint(PASSIVE)'); // closing alone does so only where no reader has it open
    } catch {
      // A damaged file, or a full disk: the log stays, and is read with the file.
    }
    this.db.close();
  }

  #version(): number {
    return (this.db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  }

  #migrate(): void {
    if (this.#version() > SCHEMA.length) {
      throw new EcgError('HISTORY_SCHEMA', 'the history was written by a newer version of Leadwatch', {
        expected: `schema ${SCHEMA.length} or older`, received: `${this.#version()}`, from: this.path });
    }
    if (this.#version() === 0) this.db.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
    this.db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
    while (this.#version() < SCHEMA.length) {
      const step = this.#version();
      this.db.exec(`BEGIN IMMEDIATE; ${SCHEMA[step]!}; PRAGMA user_version = ${step + 1}; COMMIT`);
    }
  }

  /** The first value of an encrypted file is a known word: whoever cannot open it has another key. */
  #sealWith(key: Uint8Array | undefined, readOnly: boolean): Seal {
    const stored = (name: string): Uint8Array | undefined => (this.db.prepare('SELECT value FROM meta WHERE name = ?').get(name) as { value: Uint8Array } | undefined)?.value;
    const keep = (name: string, value: Uint8Array): void => void this.db.prepare('INSERT INTO meta (name, value) VALUES (?, ?)').run(name, value);
    const wrong = (expected: string, received: string): never => {
      throw new EcgError('HISTORY_KEY', 'the history cannot be read with this key', { expected, received, from: this.path });
    };
    const sealing = stored('sealing') ?? undefined;
    if (!sealing) {
      if (readOnly) throw new Error(`${this.path} is being made`);
      this.db.exec('BEGIN IMMEDIATE');
      keep('sealing', Buffer.from(key ? 'aes-256-gcm' : 'none'));
      if (key) {
        const salt = randomBytes(16);
        keep('salt', salt);
        keep('proof', sealOf(key, salt).close(Buffer.from('leadwatch'), 'proof'));
      }
      this.db.exec('COMMIT');
      return key ? sealOf(key, stored('salt')!) : NO_SEAL;
    }
    const sealed = Buffer.from(sealing).toString() !== 'none';
    if (sealed && !key) return wrong('the key it was begun with', 'no key');
    if (!sealed) return key ? wrong('no key: the directory is not encrypted', 'a key') : NO_SEAL;
    const seal = sealOf(key!, stored('salt')!);
    try {
      seal.open(stored('proof')!, 'proof');
    } catch {
      return wrong('the key it was begun with', 'another key');
    }
    return seal;
  }
}
