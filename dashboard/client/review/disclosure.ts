import { timeText } from '../format.ts';
import { texts } from '../text/texts.ts';
import { drawHatch, readPalette, type Palette } from '../trace/paper.ts';
import { el } from '../view/dom.ts';
import { MAX_COLUMNS_PER_LINE, type DisclosureData, type DisclosureLine } from './disclosure-data.ts';
import type { EventRow, RowPriority } from './event-rows.ts';
import type { StoredBeat } from './history-client.ts';
import { clampTo, LINE_MS, lineCount, lineOf, type ReviewWindow } from './window.ts';

/** CSS px. */
const LINE_HEIGHT = 30;
const TIME_WIDTH = 58;
/** Microvolts from edge to edge of a line: QRS complexes fill it, larger ones reach into the next. */
const LINE_UV = 2500;
/** A line may reach this far into its neighbours, in line heights. */
const REACH = 0.5;
/** Drawn minutes kept; 120 of 1000 x 60 px at one device pixel each are 29 MB. */
const TILES = 120;
/** Around a ventricular beat the trace changes its colour. */
const BEAT_MS = 140;
const FAINT = 0.3;

export interface DisclosureState {
  readonly window: ReviewWindow;
  /** The moment under the cursor. */
  readonly atMs: number;
  /** Length of the strip shown of it. */
  readonly stripMs: number;
  readonly rows: readonly EventRow[];
  /** Beats that a past record's annotations mark. */
  readonly marked: readonly StoredBeat[];
  readonly nowMs: number;
}

interface Tile {
  readonly line: DisclosureLine;
  readonly image: HTMLCanvasElement;
}

/** Full disclosure: hours of one lead, a line a minute, under one canvas that stays in view while the lines scroll. */
export class Disclosure {
  readonly element: HTMLElement;
  readonly #canvas = el('canvas', { 'aria-hidden': 'true' });
  readonly #space = el('div', { class: 'disclosure-space' });
  readonly #data: DisclosureData;
  readonly #tiles = new Map<number, Tile>();
  #palette: Palette | undefined;
  #colours: Readonly<Record<RowPriority | 'accent' | 'muted' | 'text' | 'card', string>> | undefined;
  #hatch: CanvasPattern | null = null;
  #state: DisclosureState | undefined;
  #due = false;

  constructor(data: DisclosureData, choose: (atMs: number) => void) {
    this.#data = data;
    this.element = el('div', { class: 'disclosure', tabindex: '0', role: 'group', 'aria-label': texts.review.disclosure }, this.#canvas, this.#space);
    this.element.addEventListener('scroll', () => this.draw());
    this.#canvas.addEventListener('click', (event) => {
      const at = this.#timeAt(event.offsetX, event.offsetY);
      if (at !== undefined) choose(at);
    });
  }

  /** Columns of a minute at the present width. */
  get columnsPerLine(): number {
    return Math.max(100, Math.min(MAX_COLUMNS_PER_LINE, Math.ceil((this.element.clientWidth - TIME_WIDTH) / 100) * 100));
  }

  /** Sizes and colours may have changed. */
  lay(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    const ratio = devicePixelRatio;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    this.#canvas.style.marginBottom = `${-height}px`;
    this.#palette = readPalette(document.documentElement);
    const style = getComputedStyle(document.documentElement);
    const of = (name: string): string => style.getPropertyValue(`--${name}`).trim();
    this.#colours = { high: of('high'), medium: of('medium'), low: of('low'), technical: of('technical'), accent: of('accent'), muted: of('muted'), text: of('text'), card: of('card') };
    this.#hatch = this.#canvas.getContext('2d')!.createPattern(drawHatch({ devicePxPerMm: ratio, sweepSpeed: 25, displayGain: 10, ratio }, this.#palette), 'repeat');
    this.#tiles.clear();
    this.draw();
  }

  show(state: DisclosureState): void {
    if (state.marked !== this.#state?.marked) this.#tiles.clear();
    this.#state = state;
    this.#space.style.height = `${lineCount(state.window) * LINE_HEIGHT}px`;
    this.draw();
  }

  /** Scrolls as little as makes the line of `ms` visible, or to the middle where it is far away. */
  reveal(ms: number): void {
    if (!this.#state) return;
    const top = lineOf(this.#state.window, ms) * LINE_HEIGHT;
    const { scrollTop, clientHeight } = this.element;
    if (top >= scrollTop && top + LINE_HEIGHT <= scrollTop + clientHeight) return;
    const near = Math.abs(top - (scrollTop + clientHeight / 2)) < clientHeight;
    this.element.scrollTop = !near ? top - clientHeight / 2 : top < scrollTop ? top : top + LINE_HEIGHT - clientHeight;
  }

  /** First and last minute in view. */
  get visible(): { readonly fromMs: number; readonly toMs: number } {
    const { fromMs, toMs } = this.#state?.window ?? { fromMs: 0, toMs: 0 };
    const { scrollTop, clientHeight } = this.element;
    const from = fromMs + Math.floor(scrollTop / LINE_HEIGHT) * LINE_MS;
    return { fromMs: from, toMs: Math.min(toMs, from + (Math.ceil(clientHeight / LINE_HEIGHT) + 1) * LINE_MS) };
  }

  /** Draws with the next frame, once however often it is called. */
  draw(): void {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      if (this.element.isConnected) this.#draw();
    });
  }

  #timeAt(x: number, y: number): number | undefined {
    if (!this.#state) return undefined;
    const { window } = this.#state;
    const line = Math.floor((y + this.element.scrollTop) / LINE_HEIGHT);
    if (line >= lineCount(window)) return undefined;
    const inLine = Math.min(1, Math.max(0, (x - TIME_WIDTH) / (this.element.clientWidth - TIME_WIDTH)));
    return clampTo(window, window.fromMs + (line + inLine) * LINE_MS);
  }

  #draw(): void {
    const state = this.#state;
    const palette = this.#palette;
    if (!state || !palette || !this.#colours) return;
    const ctx = this.#canvas.getContext('2d')!;
    const ratio = devicePixelRatio;
    const { width, height } = this.#canvas;
    const visible = this.visible;
    this.#data.want(visible.fromMs, visible.toMs);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.fillStyle = palette.paper;
    ctx.fillRect(0, 0, width, height);
    const left = Math.round(TIME_WIDTH * ratio);
    const lineWidth = width - left;
    const topOf = (lineMs: number): number => Math.round((lineOf(state.window, lineMs) * LINE_HEIGHT - this.element.scrollTop) * ratio);
    this.#drawMoment(ctx, state, topOf, left, lineWidth, ratio);
    for (let lineMs = visible.fromMs; lineMs < visible.toMs; lineMs += LINE_MS) {
      const top = topOf(lineMs);
      const tile = lineMs > state.nowMs ? undefined : this.#tile(lineMs, lineWidth, ratio, state);
      if (tile) ctx.drawImage(tile, left, top - Math.round(REACH * LINE_HEIGHT * ratio));
      ctx.fillStyle = this.#colours[(lineMs / LINE_MS) % 5 === 0 ? 'text' : 'muted'];
      ctx.font = `${11.5 * ratio}px ${getComputedStyle(this.element).fontFamily}`;
      ctx.textBaseline = 'middle';
      ctx.fillText(timeText(lineMs).slice(0, 5), 10 * ratio, top + (LINE_HEIGHT / 2) * ratio);
      if (!tile && lineMs <= state.nowMs) this.#drawLoading(ctx, left, top, lineWidth, ratio);
    }
    this.#drawAlarms(ctx, state, visible, topOf, left, lineWidth, ratio);
  }

  /** A dotted line where a minute is still on its way: neither trace nor gap. */
  #drawLoading(ctx: CanvasRenderingContext2D, left: number, top: number, width: number, ratio: number): void {
    ctx.fillStyle = this.#colours!.muted;
    for (let x = left; x < left + width; x += 12 * ratio) ctx.fillRect(x, top + (LINE_HEIGHT / 2) * ratio, 2 * ratio, ratio);
  }

  /** The stretch that the strip below shows, over a line's end where it must. */
  #drawMoment(ctx: CanvasRenderingContext2D, { window, atMs, stripMs }: DisclosureState, topOf: (ms: number) => number, left: number, width: number, ratio: number): void {
    for (const [from, to] of inLines(window, atMs - stripMs / 2, atMs + stripMs / 2)) {
      const x = left + (((from - window.fromMs) % LINE_MS) / LINE_MS) * width;
      ctx.fillStyle = this.#palette!.major;
      ctx.fillRect(x, topOf(from), ((to - from) / LINE_MS) * width, LINE_HEIGHT * ratio);
      ctx.fillStyle = this.#colours!.accent;
      ctx.fillRect(x, topOf(from) + (LINE_HEIGHT - 2) * ratio, ((to - from) / LINE_MS) * width, 2 * ratio);
    }
  }

  /** A bar along the time an alarm lasted, and a flag where it began with the marks of its priority. */
  #drawAlarms(ctx: CanvasRenderingContext2D, state: DisclosureState, visible: { fromMs: number; toMs: number }, topOf: (ms: number) => number, left: number, width: number, ratio: number): void {
    for (const { kind, atMs, endMs, priority } of state.rows) {
      if (kind !== 'alarm' || !priority || atMs >= visible.toMs || (endMs ?? state.nowMs) < visible.fromMs) continue;
      ctx.fillStyle = this.#colours![priority];
      const end = Math.min(visible.toMs, endMs ?? state.nowMs);
      for (const [from, to] of inLines(state.window, Math.max(visible.fromMs, atMs), Math.max(end, atMs + 250))) {
        const x = left + (((from - state.window.fromMs) % LINE_MS) / LINE_MS) * width;
        ctx.fillRect(x, topOf(from) + ratio, Math.max(2 * ratio, ((to - from) / LINE_MS) * width), 2.5 * ratio);
      }
      if (atMs < visible.fromMs) continue;
      const x = left + (((atMs - state.window.fromMs) % LINE_MS) / LINE_MS) * width;
      const top = topOf(atMs);
      ctx.fillRect(x, top + ratio, 2 * ratio, (LINE_HEIGHT - 2) * ratio);
      ctx.font = `700 ${10 * ratio}px ${getComputedStyle(this.element).fontFamily}`;
      ctx.fillText(texts.mark[priority], x + 4 * ratio, top + 9 * ratio);
    }
  }

  #tile(lineMs: number, width: number, ratio: number, state: DisclosureState): HTMLCanvasElement | undefined {
    const line = this.#data.line(lineMs);
    if (!line) return undefined;
    const kept = this.#tiles.get(lineMs);
    if (kept?.line === line) return kept.image;
    const image = this.#drawTile(line, lineMs, width, ratio, state);
    this.#tiles.delete(lineMs);
    this.#tiles.set(lineMs, { line, image });
    for (const oldest of [...this.#tiles.keys()].slice(0, Math.max(0, this.#tiles.size - TILES))) this.#tiles.delete(oldest);
    return image;
  }

  #drawTile({ lowUv, highUv, beats }: DisclosureLine, lineMs: number, width: number, ratio: number, { nowMs, marked }: DisclosureState): HTMLCanvasElement {
    const image = document.createElement('canvas');
    const height = LINE_HEIGHT * ratio;
    image.width = width;
    image.height = Math.round(height * (1 + 2 * REACH));
    const ctx = image.getContext('2d')!;
    const columns = lowUv.length;
    const columnWidth = width / columns;
    const zero = height * (REACH + 0.55);
    const gain = height / LINE_UV;
    const middle = middleOf(lowUv, highUv);
    const yOf = (uv: number): number => Math.min(image.height, Math.max(0, zero - (uv - middle) * gain));
    const happened = Math.min(columns, Math.floor(((nowMs - lineMs) / LINE_MS) * columns));
    const coloured = ventricularColumns(beats.length > 0 ? beats : marked, lineMs, columns);
    // Minutes without any sample are hatched faintly: hours before a bed's first must not outshout a gap of seconds.
    const nothing = lowUv.every(Number.isNaN);
    for (let column = 0; column < happened; column++) {
      const x = column * columnWidth;
      const low = lowUv[column]!;
      const high = highUv[column]!;
      if (Number.isNaN(low)) {
        ctx.fillStyle = this.#hatch!;
        ctx.globalAlpha = nothing ? FAINT : 1;
        ctx.fillRect(x, height * REACH + ratio, columnWidth + 0.5, height - 2 * ratio);
        ctx.globalAlpha = 1;
        continue;
      }
      // A column reaches to its neighbour, so that a steep edge between two is drawn, not left out.
      const before = column > 0 && !Number.isNaN(lowUv[column - 1]!) ? column - 1 : column;
      const top = yOf(Math.max(high, lowUv[before]!));
      const bottom = yOf(Math.min(low, highUv[before]!));
      ctx.fillStyle = coloured[column] ? this.#palette!.ventricular : this.#palette!.trace;
      ctx.fillRect(x, top, Math.max(columnWidth, ratio), Math.max(1.25 * ratio, bottom - top));
    }
    return image;
  }
}

/** Cuts a stretch where a line ends. */
function* inLines(window: ReviewWindow, fromMs: number, toMs: number): Generator<readonly [number, number]> {
  for (let at = Math.max(window.fromMs, fromMs); at < Math.min(window.toMs, toMs); ) {
    const stop = Math.min(toMs, window.toMs, window.fromMs + (lineOf(window, at) + 1) * LINE_MS);
    yield [at, stop];
    at = stop;
  }
}

/** Level of the minute: stored samples carry the electrode's offset. */
function middleOf(lowUv: Float32Array, highUv: Float32Array): number {
  const levels = lowUv.map((low, i) => (low + highUv[i]!) / 2).filter((level) => !Number.isNaN(level)).sort();
  return levels[levels.length >> 1] ?? 0;
}

function ventricularColumns(beats: readonly StoredBeat[], lineMs: number, columns: number): Uint8Array {
  const marked = new Uint8Array(columns);
  for (const beat of beats) {
    if (beat.class !== 'ventricular' || Math.abs(beat.atMs - lineMs) > 2 * LINE_MS) continue;
    const at = ((beat.atMs - lineMs) / LINE_MS) * columns;
    const reach = (BEAT_MS / LINE_MS) * columns;
    marked.fill(1, Math.max(0, Math.floor(at - reach)), Math.min(columns, Math.ceil(at + reach)));
  }
  return marked;
}
