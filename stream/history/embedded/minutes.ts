/**
 * Rows of minutes: sixty seconds of each trend, or the lowest and highest of each lead in each second. They repeat what
 * the rows of seconds say, so that a day is read in 1,440 rows instead of 86,400. Gathered here and written when their
 * minute is over; after a crash the newest are made again from the seconds.
 */
import { extremesOf } from '../waveform.ts';
import type { WaveformBlock } from '../store.ts';
import { packMinute, unpackMinute, type Minute } from './row-values.ts';
import { rowKey, type TableFile } from './table-file.ts';

const SECONDS = 60;
/** A minute is over once its file has seconds of so much later, for the beds whose seconds come late. */
const LATE_SECONDS = 3;
/** And in any case after so many batches without news: about five seconds of a ward. */
const QUIET_BATCHES = 50;
/** Written with one batch: all beds' minutes end together, and must not hold up the one batch that follows. */
const WRITTEN_AT_ONCE = 24;
/** Minutes kept in memory: ten of 400 beds, waveform and trend. */
const BOUND = 8000;

interface Waiting {
  readonly name: string;
  readonly key: number;
  readonly endSecond: number;
  readonly minute: Minute;
  /** The batch with its latest news. */
  touched: number;
  newestSecond: number;
}

export class Minutes {
  readonly #waiting = new Map<string, Waiting>();
  #batch = 0;

  /** @param name the file that will hold the minute */
  numeric(name: string, bed: number, second: number, series: number, value: number): void {
    this.#values(name, bed, second, series, 1)[second % SECONDS] = value;
  }

  extremes(name: string, bed: number, second: number, block: WaveformBlock, seriesOf: (lead: string) => number): void {
    block.signal.leads.forEach((lead, i) => {
      const { low, high } = extremesOf(block, i);
      const values = this.#values(name, bed, second, seriesOf(lead), 2);
      const at = 2 * (second % SECONDS);
      if (!(values[at]! <= low)) values[at] = low;
      if (!(values[at + 1]! >= high)) values[at + 1] = high;
    });
  }

  /** Writes what is over, or all. @returns to be called once that is on the disk */
  flush(open: (name: string) => TableFile, all = false): () => void {
    this.#batch++;
    const newest = new Map<string, number>();
    for (const { name, newestSecond } of this.#waiting.values()) newest.set(name, Math.max(newest.get(name) ?? 0, newestSecond));
    const written: string[] = [];
    for (const [id, { name, key, endSecond, minute, touched }] of this.#waiting) {
      if (!all) {
        if (written.length >= WRITTEN_AT_ONCE) break;
        if (newest.get(name)! < endSecond + LATE_SECONDS && this.#batch - touched < QUIET_BATCHES) continue;
      }
      const file = open(name);
      const stored = file.get('minute', key);
      file.put('minute', key, packMinute(stored ? merged(unpackMinute(stored), minute) : minute));
      written.push(id);
    }
    return () => {
      for (const id of written) this.#waiting.delete(id);
      // A disk that refuses everything must not fill the memory: what is lost here is only found more slowly.
      for (const id of this.#waiting.keys()) {
        if (this.#waiting.size <= BOUND) break;
        this.#waiting.delete(id);
      }
    };
  }

  #values(name: string, bed: number, second: number, series: number, width: number): Float32Array {
    const minute = Math.floor(second / SECONDS);
    const key = rowKey(minute, bed);
    const id = `${name} ${key}`;
    let entry = this.#waiting.get(id);
    if (!entry) this.#waiting.set(id, (entry = { name, key, endSecond: SECONDS * (minute + 1), minute: new Map(), touched: 0, newestSecond: second }));
    entry.touched = this.#batch;
    entry.newestSecond = Math.max(entry.newestSecond, second);
    let values = entry.minute.get(series);
    if (!values) entry.minute.set(series, (values = new Float32Array(width * SECONDS).fill(NaN)));
    return values;
  }
}

/** What is newly known wins: it was gathered from all blocks of its seconds that came since the row was written. */
function merged(stored: Minute, news: Minute): Minute {
  for (const [series, values] of news) {
    const before = stored.get(series);
    if (!before || before.length !== values.length) {
      stored.set(series, values);
      continue;
    }
    const extremes = values.length === 2 * SECONDS;
    values.forEach((value, i) => {
      if (Number.isNaN(value)) return;
      if (Number.isNaN(before[i]!) || !extremes) before[i] = value;
      else before[i] = i % 2 === 0 ? Math.min(before[i]!, value) : Math.max(before[i]!, value);
    });
  }
  return stored;
}
