/** Lowest and highest samples of the window, fetched in stretches of ten minutes as the lines come into view. */
import type { HistoryClient, StoredBeat } from './history-client.ts';
import { LINE_MS } from './window.ts';

const LINES = 10;
const STRETCH_MS = LINES * LINE_MS;
/** Eight hours of one lead; the stretch not looked at for longest goes first. */
const KEPT = 48;
const AT_ONCE = 2;
/** The server's limit is 10 000 columns an answer. */
export const MAX_COLUMNS_PER_LINE = 1000;
/** What had not happened yet when a stretch was fetched is asked for again after this long. */
const REFRESH_MS = 10_000;

/** One minute. */
export interface DisclosureLine {
  readonly lowUv: Float32Array;
  readonly highUv: Float32Array;
  readonly beats: readonly StoredBeat[];
}

interface Stretch {
  readonly lines: readonly DisclosureLine[];
  /** Page time after which it is worth asking again; Infinity where all of it lies in the past. */
  readonly staleAtMs: number;
}

export interface DisclosureSource {
  readonly bed: string;
  readonly lead: string;
  readonly columnsPerLine: number;
}

export class DisclosureData {
  readonly #client: HistoryClient;
  readonly #nowMs: () => number;
  readonly #changed: () => void;
  readonly #failed: (error: unknown) => void;
  #source: DisclosureSource | undefined;
  #stretches = new Map<number, Stretch>();
  #wanted: number[] = [];
  #under = new Set<number>();
  #abort = new AbortController();

  /** @param nowMs the server's clock */
  constructor(client: HistoryClient, nowMs: () => number, changed: () => void, failed: (error: unknown) => void) {
    this.#client = client;
    this.#nowMs = nowMs;
    this.#changed = changed;
    this.#failed = failed;
  }

  /** Forgets everything where the source is another one. */
  use(source: DisclosureSource): void {
    const { bed, lead, columnsPerLine } = this.#source ?? {};
    if (bed === source.bed && lead === source.lead && columnsPerLine === source.columnsPerLine) return;
    this.stop();
    this.#source = source;
    this.#stretches.clear();
  }

  /** The minute that begins at `lineMs`, or undefined while it is not here. */
  line(lineMs: number): DisclosureLine | undefined {
    const start = Math.floor(lineMs / STRETCH_MS) * STRETCH_MS;
    return this.#stretches.get(start)?.lines[(lineMs - start) / LINE_MS];
  }

  /** Fetches what is missing of these minutes; what an earlier call asked for and this one does not is no longer fetched. */
  want(fromMs: number, toMs: number): void {
    this.#wanted = [];
    for (let start = Math.floor(fromMs / STRETCH_MS) * STRETCH_MS; start < toMs; start += STRETCH_MS) {
      const stretch = this.#stretches.get(start);
      if (stretch) {
        this.#stretches.delete(start);
        this.#stretches.set(start, stretch); // the newest looked at stands last
      }
      if (!stretch || performance.now() > stretch.staleAtMs) this.#wanted.push(start);
    }
    this.#next();
  }

  stop(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#wanted = [];
    this.#under.clear();
  }

  #next(): void {
    while (this.#under.size < AT_ONCE) {
      const start = this.#wanted.find((wanted) => !this.#under.has(wanted));
      if (start === undefined || !this.#source) return;
      this.#wanted.splice(this.#wanted.indexOf(start), 1);
      this.#under.add(start);
      void this.#fetch(start, this.#source, this.#abort.signal);
    }
  }

  async #fetch(start: number, { bed, lead, columnsPerLine }: DisclosureSource, signal: AbortSignal): Promise<void> {
    const span = { bed, fromMs: start, toMs: start + STRETCH_MS };
    try {
      const [overview, beats] = await Promise.all([this.#client.overview(span, lead, LINES * columnsPerLine, signal), this.#client.beats(span, signal)]);
      const low = Float32Array.from(overview.lowUv, orNaN);
      const high = Float32Array.from(overview.highUv, orNaN);
      const lines = Array.from({ length: LINES }, (_, i) => ({
        lowUv: low.subarray(i * columnsPerLine, (i + 1) * columnsPerLine),
        highUv: high.subarray(i * columnsPerLine, (i + 1) * columnsPerLine),
        beats: beats.filter(({ atMs }) => Math.floor((atMs - start) / LINE_MS) === i),
      }));
      this.#stretches.delete(start);
      this.#stretches.set(start, { lines, staleAtMs: span.toMs > this.#nowMs() - REFRESH_MS ? performance.now() + REFRESH_MS : Infinity });
      for (const oldest of [...this.#stretches.keys()].slice(0, Math.max(0, this.#stretches.size - KEPT))) this.#stretches.delete(oldest);
      this.#changed();
    } catch (error) {
      if (signal.aborted) return;
      this.#failed(error);
    }
    this.#under.delete(start);
    this.#next();
  }
}

export const orNaN = (value: number | null): number => value ?? NaN;
