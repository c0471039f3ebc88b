import type { AlarmLine } from '../alarm-lines.ts';
import type { PastTrend } from '../past-trend.ts';
import { gapsOf, type Tick, type TrendRange } from '../trend-range.ts';
import { el, setData, svg } from './dom.ts';

/** Of the drawing, which is stretched to the room it has. */
const HEIGHT = 100;
/** A label from here on would leave a phone's screen, which shows its line alone. */
const LATE_PERCENT = 90;
/** Beside a dashed line that is nearer to the top than this there is no room for its label above it. */
const HIGH_PERCENT = 50;

export interface PlotOptions {
  readonly range: TrendRange;
  readonly nowMs: number;
  readonly ticks: readonly Tick[];
  /** Lowest and highest value that is always shown; wider where the values go beyond. */
  readonly scale: readonly [number, number];
  /** Values with a line and their number. */
  readonly lines?: readonly number[];
  /** Values with a dashed line and what it says; always shown, however far from the values. */
  readonly alarmLines?: readonly (AlarmLine & { readonly text: string })[];
}

/** A trend over time: the mean as a line, from lowest to highest a band, hatched where nothing is known. */
export function trendPlot(trend: PastTrend, { range, nowMs, ticks, scale, lines = [], alarmLines = [] }: PlotOptions): HTMLElement {
  const { mean, low, high } = trend;
  const limits = alarmLines.map(({ value }) => value);
  const least = Math.min(scale[0], ...finite(low), ...limits);
  const most = Math.max(scale[1], ...finite(high), ...limits);
  const y = (value: number): number => HEIGHT * (1 - (value - least) / (most - least));
  const n = mean.length;
  const path = (kind: string, d: string): SVGPathElement => svg('path', { class: kind, 'vector-effect': 'non-scaling-stroke', d });
  const band = mean.map((value, i) => (Number.isNaN(value) ? '' : `M${i} ${y(high[i]!).toFixed(1)}h1V${y(low[i]!).toFixed(1)}h-1z`)).join('');
  const line = mean.map((value, i) => (Number.isNaN(value) ? '' : `${i === 0 || Number.isNaN(mean[i - 1]!) ? 'M' : 'L'}${i} ${y(value).toFixed(1)}h1`)).join('');
  const plot = el('div', { class: 'trend-plot', 'aria-hidden': 'true' },
    svg('svg', { viewBox: `0 0 ${n} ${HEIGHT}`, preserveAspectRatio: 'none' }, path('band', band), path('mean', line)));
  const put = (kind: string, style: Readonly<Record<string, number>>, text = ''): HTMLElement => {
    const mark = el('span', { class: kind }, text);
    for (const [name, percent] of Object.entries(style)) mark.style.setProperty(name, `${percent.toFixed(3)}%`);
    plot.append(mark);
    return mark;
  };
  for (const { start, end } of gapsOf(mean, range, nowMs)) put('trend-gap', { left: (100 * start) / n, width: (100 * (end - start)) / n });
  for (const { atMs } of ticks) put('trend-tick', { left: placeOf(atMs, range) });
  for (const value of lines.filter((each) => each > least && each < most && !limits.includes(each))) put('trend-line', { top: y(value) }, String(value));
  for (const { value, priority, off, text } of alarmLines) {
    const mark = put(`trend-limit ${y(value) < HIGH_PERCENT ? 'below' : 'above'}`, { top: y(value) }, text);
    setData(mark, 'priority', priority);
    setData(mark, 'off', String(off));
  }
  return plot;
}

/** The labels of the time axis, under plots of the same width. */
export function trendAxis(ticks: readonly Tick[], range: TrendRange): HTMLElement {
  const axis = el('div', { class: 'trend-axis' });
  for (const { atMs, time, date } of ticks) {
    const label = el('span', {}, time, ...(date === '' ? [] : [el('span', { class: 'trend-date' }, date)]));
    label.style.setProperty('left', `${placeOf(atMs, range).toFixed(3)}%`);
    if (placeOf(atMs, range) > LATE_PERCENT) label.className = 'late';
    axis.append(label);
  }
  return axis;
}

export const finite = (values: readonly number[]): number[] => values.filter((value) => !Number.isNaN(value));

const placeOf = (ms: number, { fromMs, toMs }: TrendRange): number => (100 * (ms - fromMs)) / (toMs - fromMs);
