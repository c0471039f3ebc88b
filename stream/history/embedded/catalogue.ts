/** Small numbers for what repeats in every row: beds, signals, models, and the names of trends and leads. */
import type { Signal } from '../store.ts';
import { BEDS_PER_KEY, type TableFile } from './table-file.ts';

export interface ModelLabels {
  readonly modelId: string;
  readonly labels: readonly string[];
}

type Kind = 'bed' | 'signal' | 'model' | 'series';
/** A number is stored in 16 bits; a bed's must fit into a row's key besides. */
const LIMIT: Readonly<Record<Kind, number>> = { bed: BEDS_PER_KEY, signal: 65_536, model: 65_536, series: 65_536 };

export class Catalogue {
  readonly #file: TableFile;
  readonly #numbers = new Map<string, number>();
  readonly #texts = new Map<string, string>();
  readonly #parsed = new Map<string, unknown>();
  #begun = false;

  /** @throws EcgError, or SQLite's errors where the file is being made or damaged */
  constructor(file: TableFile) {
    this.#file = file;
    this.load();
  }

  /** Reads what another thread has added. */
  load(): void {
    for (const { name, value } of this.#file.statement("SELECT name, value FROM meta WHERE name LIKE 'name:%'").all() as { name: string; value: Uint8Array }[]) {
      const [, kind = '', number = ''] = name.split(':');
      const text = Buffer.from(this.#file.open(value, name)).toString();
      this.#numbers.set(`${kind}:${text}`, Number(number));
      this.#texts.set(`${kind}:${number}`, text);
    }
  }

  /** The number of a name, given now where it has none: to be committed before any row that has it. @throws RangeError where there are too many of its kind */
  numberFor(kind: Kind, text: string): number {
    const known = this.#numbers.get(`${kind}:${text}`);
    if (known !== undefined) return known;
    const number = [...this.#texts.keys()].filter((key) => key.startsWith(`${kind}:`)).length;
    if (number >= LIMIT[kind]) throw new RangeError(`expected at most ${LIMIT[kind]} different ${kind}s in one history, received one more: ${text.slice(0, 60)}`);
    const place = `name:${kind}:${number}`;
    if (!this.#begun) this.#file.db.exec('BEGIN IMMEDIATE');
    this.#begun = true;
    this.#file.statement('INSERT INTO meta (name, value) VALUES (?, ?)').run(place, this.#file.close(Buffer.from(text), place));
    this.#numbers.set(`${kind}:${text}`, number);
    this.#texts.set(`${kind}:${number}`, text);
    return number;
  }

  /** A ward's first second names hundreds of beds: one wait for the disk, not one each. */
  commit(): void {
    if (this.#begun) this.#file.commit();
    this.#begun = false;
  }

  rollBack(): void {
    if (!this.#begun) return;
    this.#begun = false;
    try {
      this.#file.db.exec('ROLLBACK');
    } catch {
      // SQLite rolled back by itself, as it does on a full disk.
    }
    for (const known of [this.#numbers, this.#texts, this.#parsed]) known.clear();
    this.load();
  }

  close(): void {
    this.#file.end();
  }

  numberOf(kind: Kind, text: string): number | undefined {
    const key = `${kind}:${text}`;
    if (!this.#numbers.has(key)) this.load();
    return this.#numbers.get(key);
  }

  textOf(kind: Kind, number: number): string | undefined {
    const key = `${kind}:${number}`;
    if (!this.#texts.has(key)) this.load();
    return this.#texts.get(key);
  }

  signalFor(signal: Signal): number {
    const { samplingFrequencyHz, leads, encoding, adcGain, baseline } = signal;
    return this.numberFor('signal', JSON.stringify({ samplingFrequencyHz, leads, encoding, adcGain, baseline }));
  }

  readonly signalOf = (number: number): Signal | undefined => this.#parse<Signal>('signal', number);

  modelFor(model: ModelLabels): number {
    return this.numberFor('model', JSON.stringify(model));
  }

  modelOf(number: number): ModelLabels | undefined {
    return this.#parse<ModelLabels>('model', number);
  }

  /** The same object every time, so that blocks of one signal are told to be so at a glance. */
  #parse<T>(kind: Kind, number: number): T | undefined {
    const key = `${kind}:${number}`;
    if (!this.#parsed.has(key)) {
      const text = this.textOf(kind, number);
      if (text === undefined) return undefined;
      this.#parsed.set(key, JSON.parse(text));
    }
    return this.#parsed.get(key) as T;
  }
}
