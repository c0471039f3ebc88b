import type { Clock } from '../../../ecg/clock.ts';
import { hz, type EpochMs } from '../../../ecg/units.ts';
import type { WaveformBlock } from '../../wire.ts';
import { Playout } from './playout.ts';
import { LeadRing } from './ring.ts';

/** Enough for the widest strip: an 8K screen 7,680 px wide at 25 mm/s and 96 dpi shows 81 s; most show 8 s. */
const HISTORY_S = 90;
/** A lead without any sample this long after it was first asked for is drawn as a gap; before, it may just be starting. */
const GRACE_S = 1;

export interface BeatMark {
  /** Display index of the R peak. */
  readonly at: number;
  readonly class: string;
}

/** What strips draw from: the live waveforms of a bed, or a still of them. */
export interface TraceSource {
  readonly fs: number;
  /** Display index that is being drawn now (fractional). */
  readonly playhead: number;
  /** In order of time. */
  readonly beats: readonly BeatMark[];
  ring(lead: number): LeadRing;
  origin(lead: number): number;
  settle(): void;
}

/** The waveforms of one bed: one playout clock, one ring a lead. */
export class BedTrace implements TraceSource {
  readonly fs: number;
  readonly #playout: Playout;
  readonly #rings = new Map<number, { readonly ring: LeadRing; readonly bornAt: number }>();
  readonly #clock: Clock;
  #beats: BeatMark[] = [];
  /** Page time at which the newest block with at least one sample arrived; -Infinity before. */
  lastSamplesMs = -Infinity;

  /** @param zeroMs page time that all beds count from */
  constructor(clock: Clock, fs: number, zeroMs: EpochMs) {
    this.fs = fs;
    this.#clock = clock;
    this.#playout = new Playout(clock, hz(fs), zeroMs);
  }

  get playhead(): number {
    return this.#playout.playhead;
  }

  get beats(): readonly BeatMark[] {
    return this.#beats;
  }

  ring(lead: number): LeadRing {
    return this.#of(lead).ring;
  }

  /** From where a lead's absence is a gap: its first sample, or a second after it was first asked for. */
  origin(lead: number): number {
    const { ring, bornAt } = this.#of(lead);
    return Math.min(ring.origin, bornAt + GRACE_S * this.fs);
  }

  /** Forgets every lead but `primary`, which alone goes on being sent once nobody watches the bed. */
  keepOnly(primary: number): void {
    for (const lead of this.#rings.keys()) if (lead !== primary) this.#rings.delete(lead);
  }

  /** What was drawn is of another display band than what comes: every strip begins anew. Time, beats and age go on. */
  forget(): void {
    const leads = [...this.#rings.keys()];
    this.#rings.clear();
    for (const lead of leads) this.ring(lead).touchedFrom = -Infinity;
  }

  write(block: WaveformBlock): void {
    const start = this.#playout.place(block.epoch, block.startIndex, block.samplesUv.length);
    this.ring(block.lead).write(start, block.samplesUv, this.#playout.floor);
    if (block.samplesUv.some((value) => !Number.isNaN(value))) this.lastSamplesMs = this.#clock.now();
  }

  addBeats(beats: readonly { readonly index: number; readonly class: string }[]): void {
    for (const beat of beats) {
      const at = this.#playout.displayIndex(beat.index);
      if (at === undefined || at <= (this.#beats.at(-1)?.at ?? -Infinity)) continue;
      this.#beats.push({ at, class: beat.class });
      for (const { ring } of this.#rings.values()) ring.touchedFrom = Math.min(ring.touchedFrom, at - this.fs * 0.1);
    }
    const oldest = this.playhead - HISTORY_S * this.fs;
    if ((this.#beats[0]?.at ?? Infinity) < oldest) this.#beats = this.#beats.filter((beat) => beat.at >= oldest);
  }

  /** The frame is drawn: what was written so far needs no second drawing. */
  settle(): void {
    for (const { ring } of this.#rings.values()) ring.touchedFrom = Infinity;
  }

  #of(lead: number): { readonly ring: LeadRing; readonly bornAt: number } {
    let entry = this.#rings.get(lead);
    if (!entry) this.#rings.set(lead, (entry = { ring: new LeadRing(HISTORY_S * this.fs), bornAt: this.playhead }));
    return entry;
  }
}
