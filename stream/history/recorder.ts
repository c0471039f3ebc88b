/**
 * The history tap: takes what the line leaves behind, without ever making it wait, and hands it to the store. All beds'
 * seconds end together; they are stored over the second that follows, in slices, so that no append holds up a core or
 * the next one. A store that is slow or fails fills a bounded queue, is tried again, and what is lost is counted.
 */
import type { Subscription } from 'rxjs';
import type { Beat } from '../../ecg/beat.ts';
import type { Clock } from '../../ecg/clock.ts';
import type { Finding } from '../../ecg/finding.ts';
import { ms } from '../../ecg/units.ts';
import type { AlarmDesk } from '../alarm/desk.ts';
import type { Hello } from '../feed/feed.ts';
import type { Aligned } from '../line.ts';
import { EpochAssembler } from './assembler.ts';
import { HistoryQueue } from './queue.ts';
import type { HistoryBatch, HistoryStore } from './store.ts';

const SLICE_EVERY = ms(100);
/** One slice in a second is of numerics, scores and beats: they are small, and every append writes whole pages. */
const POINTS_EVERY = 10;
/** Slices left out after one that failed: counted, because the clock may be set. */
const RETRY_AFTER = 10;
const RETAIN_EVERY = ms(600_000);
/** A slice that is refused for so long is not refused for lack of room: it goes, counted, so that the next may be stored. */
const ATTEMPTS = 30;

/** What a bed's line tells the history. Every call returns at once. */
export interface HistoryTap {
  begin(hello: Hello, epoch: number): void;
  aligned(bed: string, item: Aligned): void;
  beats(bed: string, beats: readonly Beat[]): void;
  numerics(bed: string, values: Readonly<Record<string, number | undefined>>): void;
  scores(bed: string, atMs: number, modelId: string, findings: readonly Finding[], embedding: Float32Array | undefined): void;
  end(bed: string): void;
}

export class HistoryRecorder implements HistoryTap {
  readonly #queue = new HistoryQueue();
  readonly #epochs = new Map<string, EpochAssembler>();
  readonly #latest = new Map<string, Record<string, number>>();
  readonly #clock: Clock;
  readonly #stop: (() => void)[];
  readonly #alarms: Subscription;
  #store: HistoryStore | undefined;
  #fault: string | null;
  #appending: Promise<void> | undefined;
  #attempts = 0;
  #slices = 0;
  #leftOut = 0;

  /** @param fault why there is no store yet */
  constructor(desk: Pick<AlarmDesk, 'delivered$'>, clock: Clock, store: HistoryStore | undefined, fault: string | null = null) {
    this.#clock = clock;
    this.#store = store;
    this.#fault = fault;
    this.#stop = [clock.every(SLICE_EVERY, () => this.#tick()), clock.every(RETAIN_EVERY, () => void this.#store?.retain(clock.now()))];
    this.#alarms = desk.delivered$.subscribe(({ bed, condition, priority, epoch, seq, detectedAtMs, ...detail }) => this.#queue.put({
      events: [{ bed, atMs: detectedAtMs, kind: 'alarm', name: condition, id: `${epoch}/${seq}`, priority, detail: { ...detail, epoch, seq } }],
    }));
  }

  get store(): HistoryStore | undefined {
    return this.#store;
  }

  /** A store that could be opened after all. */
  attach(store: HistoryStore): void {
    this.#store = store;
    this.#fault = null;
  }

  onClose(stop: () => void): void {
    this.#stop.push(stop);
  }

  begin(hello: Hello, epoch: number): void {
    this.#epochs.set(hello.bed, new EpochAssembler(hello, epoch));
    this.#latest.delete(hello.bed);
    const { device, source, samplingFrequency, leads } = hello;
    this.#feedEvent(hello.bed, 'connected', { device, source, samplingFrequencyHz: samplingFrequency, leads, epoch });
  }

  aligned(bed: string, item: Aligned): void {
    if (item.kind === 'clockStep') this.#feedEvent(bed, 'clockStep', { byMs: item.byMs });
    if (item.kind !== 'block' && item.kind !== 'gap') return;
    if (item.kind === 'gap') this.#feedEvent(bed, 'gap', { samples: item.sampleCount });
    const waveforms = this.#epochs.get(bed)?.push(item) ?? [];
    if (waveforms.length === 0) return;
    const values = this.#latest.get(bed);
    const numerics = values && Object.keys(values).length > 0 ? [{ bed, atMs: Math.floor(waveforms.at(-1)!.startMs / 1000) * 1000, values: { ...values } }] : [];
    this.#queue.put({ waveforms, numerics });
  }

  beats(bed: string, beats: readonly Beat[]): void {
    const epoch = this.#epochs.get(bed);
    if (epoch && beats.length > 0) this.#queue.put({ beats: beats.map((beat) => ({ bed, atMs: epoch.timeOf(beat.sampleIndex), class: beat.class, rrMs: beat.rrMs })) });
  }

  /** Latest wins; stored once a second with the samples they were read from. */
  numerics(bed: string, values: Readonly<Record<string, number | undefined>>): void {
    this.#latest.set(bed, Object.fromEntries(Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== undefined)));
  }

  scores(bed: string, atMs: number, modelId: string, findings: readonly Finding[], embedding: Float32Array | undefined): void {
    this.#queue.put({ scores: [{ bed, atMs, modelId, findings, embedding }] });
  }

  end(bed: string): void {
    this.#queue.put({ waveforms: this.#epochs.get(bed)?.flush() ?? [] });
    if (this.#epochs.delete(bed)) this.#feedEvent(bed, 'ended', {});
  }

  /** For /health and /metrics. */
  stats(): { readonly kind: string; readonly fault: string | null; readonly figures: Readonly<Record<string, number>> } {
    const stats = this.#store?.stats();
    const dropped = Object.fromEntries(Object.entries(this.#queue.dropped).map(([kind, count]) => [`dropped_${kind}`, count]));
    return { kind: this.#store?.kind ?? 'none', fault: stats?.fault ?? this.#fault, figures: { waiting: this.#queue.length, ...dropped, ...stats?.figures } };
  }

  async close(): Promise<void> {
    for (const stop of this.#stop) stop();
    this.#alarms.unsubscribe();
    for (const bed of [...this.#epochs.keys()]) this.end(bed);
    await this.#appending;
    if (this.#store && this.#queue.length > 0) await this.#append(this.#store, this.#queue.take());
    await this.#store?.close();
  }

  /** One append is under way at a time. */
  #tick(): void {
    if (!this.#store || this.#appending || this.#leftOut-- > 0) return;
    const batch = this.#slices++ % POINTS_EVERY === 0 ? this.#queue.takePoints() : this.#queue.takeWaveforms();
    if (Object.values(batch).some((part) => part.length > 0)) void this.#append(this.#store, batch);
  }

  #append(store: HistoryStore, batch: HistoryBatch): Promise<void> {
    this.#appending = store.append(batch).then(
      () => void (this.#attempts = 0),
      () => {
        this.#leftOut = RETRY_AFTER;
        if (++this.#attempts < ATTEMPTS) return this.#queue.putBack(batch);
        this.#attempts = 0;
        this.#queue.drop(batch);
      },
    ).finally(() => (this.#appending = undefined));
    return this.#appending;
  }

  #feedEvent(bed: string, name: string, detail: Readonly<Record<string, unknown>>): void {
    const atMs = this.#clock.now();
    this.#queue.put({ events: [{ bed, atMs, kind: 'feed', name, id: `${name}-${atMs}`, detail }] });
  }
}
