import type { TraceSource } from './bed-trace.ts';
import { isMissing, traceLine, type Polyline } from './columns.ts';
import { baselineOf, gutterOf, type Palette, type Scale } from './paper.ts';
import { strokeTrace } from './stroke.ts';

/** Width of the erase bar, mm. */
const ERASE_MM = 3;

/** A rectangle of the canvas, in device pixels. */
export interface StripArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What all strips of one frame share. */
export interface Brush {
  readonly ctx: CanvasRenderingContext2D;
  readonly scale: Scale;
  readonly palette: Palette;
  readonly hatch: CanvasPattern;
  readonly line: Polyline;
}

/**
 * One lead's erase-bar sweep. Each frame draws only the columns that the playhead has passed since the last one (and
 * those that a late block has changed): paper, hatching, trace, then the bar ahead. Columns are numbered without end;
 * column c stands at c mod the sweep's width.
 */
export class Strip {
  readonly #trace: TraceSource;
  readonly #lead: number;
  readonly #area: StripArea;
  readonly #paper: CanvasImageSource;
  readonly #columnsPerSample: number;
  readonly #x0: number;
  readonly #sweepWidth: number;
  readonly #erase: number;
  readonly #still: boolean;
  #drawnTo: number | undefined;

  /** @param still draws once, the newest column at the right edge */
  constructor(trace: TraceSource, lead: number, area: StripArea, paper: CanvasImageSource, scale: Scale, still = false) {
    this.#still = still;
    this.#trace = trace;
    this.#lead = lead;
    this.#area = area;
    this.#paper = paper;
    this.#columnsPerSample = (scale.sweepSpeed * scale.devicePxPerMm) / trace.fs;
    const gutter = gutterOf(area.width, scale);
    this.#x0 = area.x + gutter;
    this.#sweepWidth = area.width - gutter;
    this.#erase = Math.round(ERASE_MM * scale.devicePxPerMm);
  }

  /** Draws what has changed since the last call; everything on the first. */
  draw(brush: Brush): void {
    const { x, y, width, height } = this.#area;
    const head = Math.floor(this.#trace.playhead * this.#columnsPerSample);
    if (this.#still) return this.#drawStill(brush, head);
    const oldest = head - this.#sweepWidth + this.#erase;
    if (this.#drawnTo === undefined) brush.ctx.drawImage(this.#paper, 0, 0, width, height, x, y, width, height);
    const touched = Math.floor(this.#trace.ring(this.#lead).touchedFrom * this.#columnsPerSample) - 1;
    const from = Math.max(oldest, Math.min(this.#drawnTo ?? oldest, touched));
    if (from >= head) return;
    for (const [start, end] of this.#runs(from, head)) this.#drawRun(brush, start, end, this.#screenX(start));
    for (const [start, end] of this.#runs(head, head + this.#erase)) {
      brush.ctx.fillStyle = brush.palette.paper;
      brush.ctx.fillRect(this.#screenX(start), y, end - start, height);
    }
    brush.ctx.fillStyle = brush.palette.head;
    brush.ctx.fillRect(this.#screenX(head), y, Math.max(1, Math.floor(brush.scale.ratio)), height);
    this.#drawnTo = head;
  }

  #drawStill(brush: Brush, head: number): void {
    if (this.#drawnTo !== undefined) return;
    const { x, y, width, height } = this.#area;
    brush.ctx.drawImage(this.#paper, 0, 0, width, height, x, y, width, height);
    this.#drawRun(brush, head - this.#sweepWidth, head, this.#x0);
    this.#drawnTo = head;
  }

  /** Cuts columns [from, end) where the sweep starts again at the left. */
  *#runs(from: number, end: number): Generator<readonly [number, number]> {
    for (let at = from; at < end; ) {
      const stop = Math.min(end, (Math.floor(at / this.#sweepWidth) + 1) * this.#sweepWidth);
      yield [at, stop];
      at = stop;
    }
  }

  #screenX(column: number): number {
    return this.#x0 + (column - Math.floor(column / this.#sweepWidth) * this.#sweepWidth);
  }

  #drawRun({ ctx, scale, palette, hatch, line }: Brush, from: number, end: number, x: number): void {
    const { y, height } = this.#area;
    ctx.save();
    ctx.beginPath();
    ctx.rect(x, y, end - from, height);
    ctx.clip();
    ctx.drawImage(this.#paper, x - this.#area.x, 0, end - from, height, x, y, end - from, height);
    this.#drawGaps(ctx, hatch, from, end, x);
    traceLine(this.#trace.ring(this.#lead), from, end, this.#columnsPerSample, line);
    const zero = y + baselineOf(height);
    strokeTrace(ctx, line, x, zero, scale, palette);
    this.#drawBeats(ctx, scale, palette, from, end, x);
    ctx.restore();
  }

  #drawGaps(ctx: CanvasRenderingContext2D, hatch: CanvasPattern, from: number, end: number, x: number): void {
    const ring = this.#trace.ring(this.#lead);
    const origin = this.#trace.origin(this.#lead);
    let start = -1;
    for (let column = from; column <= end; column++) {
      const missing = column < end && isMissing(ring, column, this.#columnsPerSample, origin);
      if (missing && start < 0) start = column;
      if (!missing && start >= 0) {
        ctx.fillStyle = hatch;
        ctx.fillRect(x + start - from, this.#area.y, column - start, this.#area.height);
        start = -1;
      }
    }
  }

  /** A tick on the upper edge above each beat; ventricular ones are longer, wider and in another colour. */
  #drawBeats(ctx: CanvasRenderingContext2D, { ratio }: Scale, palette: Palette, from: number, end: number, x: number): void {
    const reach = 4 * ratio;
    for (let i = this.#trace.beats.length - 1; i >= 0; i--) {
      const beat = this.#trace.beats[i]!;
      const column = beat.at * this.#columnsPerSample;
      if (column < from - reach) break;
      if (column > end + reach) continue;
      const ventricular = beat.class === 'ventricular';
      ctx.fillStyle = ventricular ? palette.ventricular : palette.beat;
      const width = (ventricular ? 3 : 1.5) * ratio;
      ctx.fillRect(x + column - from - width / 2, this.#area.y, width, (ventricular ? 9 : 5) * ratio);
    }
  }
}
