import type { TraceSource } from './bed-trace.ts';
import { Polyline } from './columns.ts';
import { drawHatch, drawPaper, readPalette, type Palette, type Scale } from './paper.ts';
import { Strip, type Brush, type StripArea } from './strip.ts';

/** Where one lead of one bed is to be drawn: an empty element of the page, whose place the canvas follows. */
export interface Slot {
  readonly element: HTMLElement;
  readonly trace: TraceSource;
  readonly lead: number;
  /** Drawn once, the newest at the right, instead of swept. */
  readonly still?: boolean;
}

/** No browser draws a canvas beyond this side, in device pixels. */
const MAX_SIDE = 8192;
/** The most samples one strip can look at: a ring of 90 s at 1000 Hz, rounded up. */
const MAX_SAMPLES = 131_072;

/** The one canvas behind all strips of the page. */
export class Wall {
  readonly #canvas: HTMLCanvasElement;
  readonly #ctx: CanvasRenderingContext2D;
  readonly #line = new Polyline(MAX_SAMPLES);
  #strips: Strip[] = [];
  #traces = new Set<TraceSource>();
  #brush: Brush | undefined;
  /** The slots, each with where it was measured, CSS px of the canvas. */
  #laid: readonly { readonly element: HTMLElement; readonly place: string }[] = [];

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#ctx = canvas.getContext('2d', { alpha: false })!;
  }

  /** Measures the slots and starts every strip anew. Called when anything moves, never per frame. */
  lay(slots: readonly Slot[], scale: Omit<Scale, 'ratio' | 'devicePxPerMm'> & { readonly pxPerMm: number }): void {
    const stage = this.#canvas.parentElement!;
    // The canvas must not count itself among what it has to cover, or it would never shrink.
    this.#canvas.style.height = '0';
    const width = stage.clientWidth;
    const height = Math.max(stage.scrollHeight, stage.clientHeight);
    const ratio = Math.min(devicePixelRatio, MAX_SIDE / Math.max(width, height));
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    const palette = readPalette(document.documentElement);
    const drawScale: Scale = { sweepSpeed: scale.sweepSpeed, displayGain: scale.displayGain, ratio, devicePxPerMm: scale.pxPerMm * ratio };
    this.#ctx.fillStyle = palette.stage;
    this.#ctx.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#brush = {
      ctx: this.#ctx,
      scale: drawScale,
      palette,
      hatch: this.#ctx.createPattern(drawHatch(drawScale, palette), 'repeat')!,
      line: this.#line,
    };
    const origin = this.#canvas.getBoundingClientRect();
    const papers = new Papers(drawScale, palette);
    this.#strips = slots.flatMap(({ element, trace, lead, still = false }) => {
      const area = areaOf(element, origin, ratio);
      return area.width < 40 || area.height < 8 ? [] : [new Strip(trace, lead, area, papers.of(area), drawScale, still)];
    });
    this.#traces = new Set(slots.map(({ trace }) => trace));
    this.#laid = slots.map(({ element }) => ({ element, place: placeOf(element, origin) }));
  }

  /** Whether a slot is no longer where it was measured: a trace would stand beside another lead's name. */
  get hasMoved(): boolean {
    const origin = this.#canvas.getBoundingClientRect();
    return this.#laid.some(({ element, place }) => element.isConnected && placeOf(element, origin) !== place);
  }

  /** Draws one frame. */
  draw(): void {
    if (!this.#brush) return;
    for (const strip of this.#strips) strip.draw(this.#brush);
    for (const trace of this.#traces) trace.settle();
  }
}

/** Strips of equal size share one sheet of paper. */
class Papers {
  readonly #sheets = new Map<string, HTMLCanvasElement>();
  readonly #scale: Scale;
  readonly #palette: Palette;

  constructor(scale: Scale, palette: Palette) {
    this.#scale = scale;
    this.#palette = palette;
  }

  of({ width, height }: StripArea): HTMLCanvasElement {
    const key = `${width}x${height}`;
    let sheet = this.#sheets.get(key);
    if (!sheet) this.#sheets.set(key, (sheet = drawPaper(width, height, this.#scale, this.#palette)));
    return sheet;
  }
}

/** Scrolling moves slot and canvas alike. */
function placeOf(element: HTMLElement, origin: DOMRect): string {
  const { left, top, width, height } = element.getBoundingClientRect();
  return [left - origin.left, top - origin.top, width, height].map(Math.round).join();
}

function areaOf(element: HTMLElement, origin: DOMRect, ratio: number): StripArea {
  const box = element.getBoundingClientRect();
  const x = Math.round((box.left - origin.left) * ratio);
  const y = Math.round((box.top - origin.top) * ratio);
  return {
    x,
    y,
    width: Math.round((box.right - origin.left) * ratio) - x,
    height: Math.round((box.bottom - origin.top) * ratio) - y,
  };
}
