import type { BeatMark, BedTrace, TraceSource } from './bed-trace.ts';
import type { LeadRing } from './ring.ts';

/** How far back of its moment a still can be moved: what a ring holds, less what the widest strip shows. */
const BACK_S = 60;

/** A bed's waveforms as they stood at one moment. Moving it back shows what was before. */
export class StillTrace implements TraceSource {
  readonly fs: number;
  readonly beats: readonly BeatMark[];
  readonly #rings: ReadonlyMap<number, { readonly ring: LeadRing; readonly origin: number }>;
  readonly #momentAt: number;
  #backS = 0;

  constructor(trace: BedTrace, leads: number) {
    this.fs = trace.fs;
    this.beats = [...trace.beats];
    this.#momentAt = trace.playhead;
    this.#rings = new Map(Array.from({ length: leads }, (_, lead) => [lead, { ring: trace.ring(lead).copy(), origin: trace.origin(lead) }]));
  }

  get playhead(): number {
    return this.#momentAt - this.#backS * this.fs;
  }

  get backS(): number {
    return this.#backS;
  }

  /** @param seconds into the past; negative towards the moment */
  move(seconds: number): void {
    this.#backS = Math.max(0, Math.min(BACK_S, this.#backS + seconds));
  }

  ring(lead: number): LeadRing {
    return this.#rings.get(lead)!.ring;
  }

  origin(lead: number): number {
    return this.#rings.get(lead)!.origin;
  }

  // Nothing is written into a still, so nothing is ever drawn again.
  settle(): void {}
}
