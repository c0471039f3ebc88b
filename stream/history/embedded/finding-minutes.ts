/**
 * Rows of minutes of findings: how often each label was scored in the minute, the sum, the lowest and the highest score.
 * They repeat what the rows of scores say, so that three days are read in 4,320 rows instead of 129,600, and say exactly
 * the same: scores are kept as halves, and the sum of a minute's halves fits a double without rounding.
 *
 * A minute with a score has a row at once, empty until the minute is over and it was counted: whoever finds it empty
 * looks at the scores, whoever finds none need not. So a crash loses nothing, and a score that comes late empties it again.
 */
import { joinParts, splitParts } from '../block-bytes.ts';
import { fromHalf, toHalf } from '../float16.ts';
import type { ValueSummary } from '../trend.ts';
import { eachScore } from './row-values.ts';
import { BEDS_PER_KEY, rowKey, type TableFile } from './table-file.ts';

const SECONDS = 60;
/** A minute is over after so many batches without news: about five seconds of a ward. */
const QUIET_BATCHES = 50;
/** Counted with one batch: all beds' minutes end together, and must not hold up the one batch that follows. */
const COUNTED_AT_ONCE = 8;
/** Minutes that wait: ten of 400 beds. */
const BOUND = 4000;
const LABEL_BYTES = 16;

/** By the number of the model in the catalogue, a summary for each of its labels, in their order. */
type FindingMinute = ReadonlyMap<number, readonly ValueSummary[]>;

interface Waiting {
  readonly name: string;
  readonly key: number;
  /** The batch with its latest news. */
  touched: number;
  /** Whether its row is known to be there and empty. */
  marked: boolean;
}

export class FindingMinutes {
  readonly #waiting = new Map<string, Waiting>();
  #batch = 0;

  /** A score was added. @param name the file that holds it */
  add(file: TableFile, name: string, second: number, bed: number): void {
    const key = rowKey(Math.floor(second / SECONDS), bed);
    const entry = this.#wait(name, key);
    entry.touched = this.#batch;
    if (entry.marked) return;
    file.statement('INSERT INTO finding (k, v) VALUES (?, NULL) ON CONFLICT (k) DO UPDATE SET v = NULL').run(key);
    entry.marked = true;
  }

  /** Counts what is over, or all. @returns to be called once that is on the disk */
  flush(open: (name: string) => TableFile, all = false): () => void {
    this.#batch++;
    const counted: string[] = [];
    for (const [id, { name, key, touched }] of this.#waiting) {
      if (!all) {
        if (counted.length >= COUNTED_AT_ONCE) break;
        if (this.#batch - touched < QUIET_BATCHES) continue;
      }
      const file = open(name);
      file.put('finding', key, packFindings(findingsOf(file, key)));
      counted.push(id);
    }
    return () => {
      for (const id of counted) this.#waiting.delete(id);
      // What is not counted stays empty, and is only found more slowly.
      for (const id of this.#waiting.keys()) {
        if (this.#waiting.size <= BOUND) break;
        this.#waiting.delete(id);
      }
    };
  }

  /** The batch is not on the disk, and neither are its empty rows. */
  rollBack(): void {
    for (const entry of this.#waiting.values()) entry.marked = false;
  }

  /** After a crash: what was not counted yet. */
  recover(file: TableFile, name: string): void {
    const rows = file.statement('SELECT k FROM finding WHERE v IS NULL ORDER BY k DESC LIMIT ?').all(BOUND) as { k: number }[];
    for (const { k } of rows) this.#wait(name, k).marked = true;
  }

  #wait(name: string, key: number): Waiting {
    const id = `${name} ${key}`;
    let entry = this.#waiting.get(id);
    if (!entry) this.#waiting.set(id, (entry = { name, key, touched: this.#batch, marked: false }));
    return entry;
  }
}

/** The minute of a key: undefined where it has no score, null where it is not counted yet. */
export function readFindings(file: TableFile, key: number): FindingMinute | null | undefined {
  const row = file.statement('SELECT v FROM finding WHERE k = ?').get(key) as { v: Uint8Array | null } | undefined;
  return row?.v ? unpackFindings(file.open(row.v, `finding:${key}`)) : row && null;
}

/** From the scores of the minute. */
function findingsOf(file: TableFile, key: number): FindingMinute {
  const [minute, bed] = [Math.floor(key / BEDS_PER_KEY), key % BEDS_PER_KEY];
  const models = new Map<number, { -readonly [part in keyof ValueSummary]: number }[]>();
  for (let second = SECONDS * minute; second < SECONDS * (minute + 1); second++) {
    const row = file.get('score', rowKey(second, bed));
    for (const part of row ? splitParts(row) : []) {
      eachScore(part, (model, label, score) => {
        let labels = models.get(model);
        if (!labels) models.set(model, (labels = []));
        const summary = (labels[label] ??= { count: 0, sum: 0, low: NaN, high: NaN });
        if (Number.isNaN(score)) return;
        summary.count++;
        summary.sum += score;
        if (!(summary.low <= score)) summary.low = score;
        if (!(summary.high >= score)) summary.high = score;
      });
    }
  }
  return models;
}

/** A part for each model: `u16 model, per label u32 count, half lowest and half highest, f64 sum`. */
function packFindings(models: FindingMinute): Uint8Array {
  return joinParts([...models].map(([model, labels]) => {
    const view = new DataView(new ArrayBuffer(2 + LABEL_BYTES * labels.length));
    view.setUint16(0, model, true);
    labels.forEach(({ count, sum, low, high }, i) => {
      const at = 2 + LABEL_BYTES * i;
      view.setUint32(at, count, true);
      view.setUint16(at + 4, toHalf(low), true);
      view.setUint16(at + 6, toHalf(high), true);
      view.setFloat64(at + 8, sum, true);
    });
    return new Uint8Array(view.buffer);
  }));
}

function unpackFindings(bytes: Uint8Array): FindingMinute {
  return new Map(splitParts(bytes).map((part) => {
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
    return [view.getUint16(0, true), Array.from({ length: (part.length - 2) / LABEL_BYTES }, (_, i) => {
      const at = 2 + LABEL_BYTES * i;
      return { count: view.getUint32(at, true), low: fromHalf(view.getUint16(at + 4, true)), high: fromHalf(view.getUint16(at + 6, true)), sum: view.getFloat64(at + 8, true) };
    })];
  }));
}
