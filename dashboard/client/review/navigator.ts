import { timeText } from '../format.ts';
import { texts } from '../text/texts.ts';
import { el, setAttribute } from '../view/dom.ts';
import { orNaN } from './disclosure-data.ts';
import type { EventRow } from './event-rows.ts';
import type { StoredTrend } from './history-client.ts';
import { clampTo, dateTimeText, HOUR_MS, type ReviewWindow } from './window.ts';

/** Points of the trend asked for; more than fit a usual screen show nothing more. */
export const NAVIGATOR_POINTS = 720;
/** Heart rates always on the scale, bpm; it widens where the values go beyond. */
const RANGE = [40, 140] as const;
/** Gridlines, bpm. */
const LINES_BPM = [50, 100, 150, 200];
/** Room for the scale on the left, CSS px. */
const LEFT = 34;
const STEPS_H = [0.25, 0.5, 1, 2, 3, 6, 12, 24];
/** Least distance of two hours' labels, CSS px. */
const LABEL_PX = 90;

export interface NavigatorState {
  readonly window: ReviewWindow;
  readonly atMs: number;
  readonly visible: { readonly fromMs: number; readonly toMs: number };
  readonly trend: StoredTrend | undefined;
  readonly rows: readonly EventRow[];
}

/** Heart rate over the whole review: its lowest, mean and highest, the alarms below, and a slider over all of it. */
export class Navigator {
  readonly element: HTMLElement;
  readonly #canvas = el('canvas', { 'aria-hidden': 'true' });
  #state: NavigatorState | undefined;

  constructor(choose: (atMs: number) => void) {
    this.element = el('div', { class: 'navigator', role: 'slider', tabindex: '0', 'aria-label': texts.review.navigator }, this.#canvas);
    const go = (event: PointerEvent): void => {
      if (!this.#state) return;
      const { window } = this.#state;
      const part = (event.clientX - this.element.getBoundingClientRect().left - LEFT) / (this.element.clientWidth - LEFT);
      choose(clampTo(window, window.fromMs + part * (window.toMs - window.fromMs)));
    };
    this.element.addEventListener('pointerdown', (event) => {
      this.element.setPointerCapture(event.pointerId);
      go(event);
    });
    this.element.addEventListener('pointermove', (event) => {
      if (event.buttons & 1) go(event);
    });
  }

  show(state: NavigatorState): void {
    this.#state = state;
    setAttribute(this.element, 'aria-valuemin', String(state.window.fromMs));
    setAttribute(this.element, 'aria-valuemax', String(state.window.toMs));
    setAttribute(this.element, 'aria-valuenow', String(Math.round(state.atMs)));
    setAttribute(this.element, 'aria-valuetext', dateTimeText(state.atMs));
    this.draw();
  }

  draw(): void {
    const state = this.#state;
    if (!state) return;
    const { clientWidth: width, clientHeight: height } = this.element;
    const ratio = devicePixelRatio;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    const ctx = this.#canvas.getContext('2d')!;
    ctx.scale(ratio, ratio);
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
    const { window, trend, visible } = state;
    const plot = { top: 4, bottom: height - 16 };
    const x = (ms: number): number => LEFT + ((ms - window.fromMs) / (window.toMs - window.fromMs)) * (width - LEFT);
    const highest = Math.max(RANGE[1], ...(trend?.high.map(orNaN).filter((value) => !Number.isNaN(value)) ?? []));
    const lowest = Math.min(RANGE[0], ...(trend?.low.map(orNaN).filter((value) => !Number.isNaN(value)) ?? []));
    const y = (bpm: number): number => plot.bottom - ((bpm - lowest) / (highest - lowest)) * (plot.bottom - plot.top);

    ctx.fillStyle = colour('card-raised');
    ctx.fillRect(x(visible.fromMs), plot.top, Math.max(3, x(visible.toMs) - x(visible.fromMs)), plot.bottom - plot.top);
    ctx.font = `10px ${getComputedStyle(this.element).fontFamily}`;
    ctx.textBaseline = 'middle';
    for (const bpm of LINES_BPM.filter((line) => line > lowest && line < highest)) {
      ctx.fillStyle = colour('line');
      ctx.fillRect(LEFT, y(bpm), width - LEFT, 1);
      ctx.fillStyle = colour('muted');
      ctx.fillText(String(bpm), 6, y(bpm));
    }
    drawHours(ctx, window, x, plot, width, colour);
    if (trend) drawRate(ctx, trend, LEFT, width - LEFT, y, colour);
    if (trend && trend.mean.every((value) => value === null)) {
      ctx.fillStyle = colour('muted');
      ctx.fillText(texts.review.navigatorEmpty, LEFT + 10, (plot.top + plot.bottom) / 2);
    }
    for (const { kind, atMs, priority } of state.rows) {
      if (kind !== 'alarm' || !priority) continue;
      ctx.fillStyle = colour(priority);
      ctx.fillRect(x(atMs) - 1, plot.bottom - 6, 2, 6);
    }
    ctx.fillStyle = colour('accent');
    ctx.fillRect(x(state.atMs) - 1, 0, 2, plot.bottom);
  }
}

function drawHours(ctx: CanvasRenderingContext2D, window: ReviewWindow, x: (ms: number) => number, plot: { top: number; bottom: number }, width: number, colour: (name: string) => string): void {
  const hours = (window.toMs - window.fromMs) / HOUR_MS;
  const step = (STEPS_H.find((hour) => (hour / hours) * (width - LEFT) >= LABEL_PX) ?? 24) * HOUR_MS;
  // Whole hours of the wall, not of UTC.
  const shift = new Date(window.fromMs).getTimezoneOffset() * 60_000;
  for (let at = Math.ceil((window.fromMs - shift) / step) * step + shift; at < window.toMs; at += step) {
    ctx.fillStyle = colour('line-strong');
    ctx.fillRect(x(at), plot.top, 1, plot.bottom - plot.top + 3);
    ctx.fillStyle = colour('muted');
    if (x(at) < width - 32) ctx.fillText(timeText(at).slice(0, 5), x(at) + 3, plot.bottom + 8);
  }
}

/** A band from lowest to highest, and the mean as a line; nothing where nothing was known. */
function drawRate(ctx: CanvasRenderingContext2D, { mean, low, high }: StoredTrend, left: number, width: number, y: (bpm: number) => number, colour: (name: string) => string): void {
  const step = width / mean.length;
  mean.forEach((value, i) => {
    if (value === null) return;
    const top = y(high[i]!);
    ctx.fillStyle = colour('bar');
    ctx.fillRect(left + i * step, top, Math.max(1, step), Math.max(1, y(low[i]!) - top));
    ctx.fillStyle = colour('value');
    ctx.fillRect(left + i * step, y(value) - 1, Math.max(1.5, step), 1.75);
  });
}
