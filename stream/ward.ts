/** All beds: who feeds which, and what leaves the line for the page. One bed's fault never reaches another. */
import { Subject, type Observable } from 'rxjs';
import { ms, type EpochMs } from '../ecg/units.ts';
import { Bed, type BedParts } from './bed.ts';
import type { EcgError } from '../ecg/errors.ts';
import type { FeedSession, Hello } from './feed/feed.ts';

/** New samples of one bed on its shown axis, after the display filter. */
export interface ShownSamples {
  readonly bed: Bed;
  readonly startIndex: number;
  readonly samplesUv: readonly Float32Array[];
}

const TICK = ms(250);

export type WardParts = Omit<BedParts, 'waveform'>;

export class Ward {
  readonly shown$: Observable<ShownSamples>;
  /** A bed appeared, or its feed changed. */
  readonly changed$: Observable<Bed>;
  readonly #shown = new Subject<ShownSamples>();
  readonly #changed = new Subject<Bed>();
  readonly #beds = new Map<string, Bed>();
  readonly #parts: BedParts;
  readonly #stopTicking: () => void;

  constructor(parts: WardParts) {
    this.shown$ = this.#shown.asObservable();
    this.changed$ = this.#changed.asObservable();
    this.#parts = { ...parts, waveform: (bed, startIndex, samplesUv) => this.#shown.next({ bed, startIndex, samplesUv }) };
    this.#stopTicking = parts.clock.every(TICK, () => {
      for (const bed of this.#beds.values()) bed.tick();
    });
  }

  /** A device takes its bed. @throws EcgError FEED_BED_TAKEN */
  connect(hello: Hello, fault: (error: EcgError) => void): FeedSession {
    const bed = this.#beds.get(hello.bed) ?? new Bed(this.#beds.size, hello, this.#parts);
    const session = bed.begin(hello, fault);
    this.#beds.set(hello.bed, bed);
    this.#changed.next(bed);
    return session;
  }

  /** A device fed the bed before the server started, and does not come back. @param lastSampleMs server clock */
  miss(hello: Hello, lastSampleMs: EpochMs): void {
    const bed = new Bed(this.#beds.size, hello, this.#parts);
    bed.missed(lastSampleMs);
    this.#beds.set(hello.bed, bed);
    this.#changed.next(bed);
  }

  /** The labels changed: every bed is judged by the new ones at once. */
  relabel(): void {
    for (const bed of this.#beds.values()) bed.relabel();
  }

  beds(): Bed[] {
    return [...this.#beds.values()];
  }

  bed(name: string): Bed | undefined {
    return this.#beds.get(name);
  }

  close(): void {
    this.#stopTicking();
    this.#shown.complete();
    this.#changed.complete();
  }
}
