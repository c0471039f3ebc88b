/** What waits for the store: bounded, the oldest gives way and is counted, alarms last. */
import { EMPTY_BATCH, type BeatMark, type HistoryBatch, type HistoryEvent, type NumericsPoint, type ScorePoint, type WaveformBlock } from './store.ts';

/** A minute of 200 beds; about 100 MB of eight leads at 250 Hz. */
const WAVEFORM_BOUND = 12_000;
/** Numerics, scores and beats: ten minutes of 200 beds. */
const POINT_BOUND = 120_000;
const EVENT_BOUND = 50_000;
/** Blocks in one append at least: the beds of a ward in half a second. */
const SLICE_BLOCKS = 40;
/** And at least this part of what waits, so that a backlog goes in larger pieces. */
const SLICE_PART = 1 / 5;

export class HistoryQueue {
  readonly dropped = { waveforms: 0, numerics: 0, scores: 0, beats: 0, events: 0 };
  #waveforms: WaveformBlock[] = [];
  #numerics: NumericsPoint[] = [];
  #scores: ScorePoint[] = [];
  #beats: BeatMark[] = [];
  #events: HistoryEvent[] = [];

  get length(): number {
    return this.#waveforms.length + this.#numerics.length + this.#scores.length + this.#beats.length + this.#events.length;
  }

  put(parts: Partial<HistoryBatch>): void {
    add(this.#waveforms, parts.waveforms);
    add(this.#numerics, parts.numerics);
    add(this.#scores, parts.scores);
    add(this.#beats, parts.beats);
    add(this.#events, parts.events);
    this.#bound();
  }

  /** Everything that waits. */
  take(): HistoryBatch {
    return { waveforms: this.#waveforms.splice(0), ...this.#takePoints(), events: this.#events.splice(0) };
  }

  /** Some of the waveforms, in the order of their rows, which so are appended and not put between others; and all events. */
  takeWaveforms(): HistoryBatch {
    const count = Math.max(SLICE_BLOCKS, Math.ceil(this.#waveforms.length * SLICE_PART));
    if (this.#waveforms.length > count) this.#waveforms.sort(byRow);
    return { ...EMPTY_BATCH, waveforms: this.#waveforms.splice(0, count), events: this.#events.splice(0) };
  }

  /** Numerics, scores and beats, and all events. */
  takePoints(): HistoryBatch {
    return { ...EMPTY_BATCH, ...this.#takePoints(), events: this.#events.splice(0) };
  }

  #takePoints(): Pick<HistoryBatch, 'numerics' | 'scores' | 'beats'> {
    return { numerics: this.#numerics.splice(0), scores: this.#scores.splice(0), beats: this.#beats.splice(0) };
  }

  /** A batch that could not be stored, to be tried again before what came since. */
  putBack(batch: HistoryBatch): void {
    const since = this.take();
    this.put(batch);
    this.put(since);
  }

  drop(batch: HistoryBatch): void {
    for (const kind of Object.keys(this.dropped) as (keyof HistoryBatch)[]) this.dropped[kind] += batch[kind].length;
  }

  #bound(): void {
    this.dropped.waveforms += cut(this.#waveforms, WAVEFORM_BOUND);
    this.dropped.numerics += cut(this.#numerics, POINT_BOUND);
    this.dropped.scores += cut(this.#scores, POINT_BOUND);
    this.dropped.beats += cut(this.#beats, POINT_BOUND);
    this.dropped.events += cut(this.#events, EVENT_BOUND);
  }
}

const byRow = (a: WaveformBlock, b: WaveformBlock): number =>
  Math.floor(a.startMs / 1000) - Math.floor(b.startMs / 1000) || (a.bed < b.bed ? -1 : a.bed > b.bed ? 1 : a.startIndex - b.startIndex);

/** One by one: a list of arguments is too short for what waits after an outage. */
function add<T>(items: T[], more: readonly T[] = []): void {
  for (const item of more) items.push(item);
}

function cut(items: unknown[], bound: number): number {
  const over = Math.max(0, items.length - bound);
  if (over > 0) items.splice(0, over);
  return over;
}
