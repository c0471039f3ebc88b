/** What waits for the store: bounded, the oldest gives way and is counted, alarms last. */
import type { BeatMark, HistoryBatch, HistoryEvent, NumericsPoint, ScorePoint, WaveformBlock } from './store.ts';

/** A minute of 200 beds; about 100 MB of eight leads at 250 Hz. */
const WAVEFORM_BOUND = 12_000;
/** Numerics, scores and beats: ten minutes of 200 beds. */
const POINT_BOUND = 120_000;
const EVENT_BOUND = 50_000;

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
    this.#waveforms.push(...(parts.waveforms ?? []));
    this.#numerics.push(...(parts.numerics ?? []));
    this.#scores.push(...(parts.scores ?? []));
    this.#beats.push(...(parts.beats ?? []));
    this.#events.push(...(parts.events ?? []));
    this.#bound();
  }

  /** Everything that waits. */
  take(): HistoryBatch {
    const batch: HistoryBatch = { waveforms: this.#waveforms, numerics: this.#numerics, scores: this.#scores, beats: this.#beats, events: this.#events };
    this.#waveforms = [];
    this.#numerics = [];
    this.#scores = [];
    this.#beats = [];
    this.#events = [];
    return batch;
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

function cut(items: unknown[], bound: number): number {
  const over = Math.max(0, items.length - bound);
  if (over > 0) items.splice(0, over);
  return over;
}
