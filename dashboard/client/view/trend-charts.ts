import { HEART_RATE, type AlarmLine } from '../alarm-lines.ts';
import { scoreText, timeText } from '../format.ts';
import type { PastTrend, PastTrends } from '../past-trend.ts';
import { texts } from '../text/texts.ts';
import { dayOf, trendTicks, type TrendHours, type TrendRange } from '../trend-range.ts';
import { el } from './dom.ts';
import { finite, trendAxis, trendPlot, type PlotOptions } from './trend-plot.ts';

/** The heart rates, bpm, and scores a plot always shows. */
const RATES = [40, 140] as const;
const SCORES = [0, 5] as const;
/** With a line of their own, bpm. */
const RATE_LINES = [50, 100, 150, 200] as const;

export interface TrendChartsOptions {
  readonly trends: PastTrends;
  /** Of the findings, by their labels. */
  readonly order: readonly string[];
  readonly hours: TrendHours;
  readonly range: TrendRange;
  /** The server's clock when the trends were asked for. */
  readonly nowMs: number;
  /** Where alarms begin, by the name of the trend. */
  readonly lines: ReadonlyMap<string, readonly AlarmLine[]>;
  readonly nameOf: (label: string) => string;
}

const peakOf = ({ high }: PastTrend): number => Math.max(...finite(high));

/** Labels by their highest score; those that stood in an order before keep it, and new ones come after them. */
export function rowOrder(findings: PastTrends['findings'], before: readonly string[]): string[] {
  const fresh = [...findings].filter(([label]) => !before.includes(label)).sort(([, a], [, b]) => peakOf(b) - peakOf(a));
  return [...before.filter((label) => findings.has(label)), ...fresh.map(([label]) => label)];
}

/** Rows of a name, a plot and a number, over one time axis. */
export function trendCharts({ trends: { heartRate, findings }, order, hours, range, nowMs, lines, nameOf }: TrendChartsOptions): Element[] {
  const rates = finite(heartRate.mean);
  if (rates.length === 0 && findings.size === 0) return [el('p', { class: 'quiet' }, texts.trends.none)];
  const language = document.documentElement.lang;
  const ticks = trendTicks(hours, range, language);
  const when = (ms: number): string => `${hours < 24 ? '' : `${dayOf(ms, language)} `}${timeText(ms).slice(0, 5)}`;
  const row = (name: string, trend: PastTrend, options: Pick<PlotOptions, 'scale' | 'lines' | 'alarmLines'>, value: Element, label: string): HTMLElement => el('li', { class: 'trend-row', 'data-trend': label },
    el('span', { class: 'trend-name', title: name }, name), trendPlot(trend, { range, nowMs, ticks, ...options }), value);
  const bounds = rates.length === 0 ? '' : texts.trendRange(Math.round(Math.min(...finite(heartRate.low))), Math.round(Math.max(...finite(heartRate.high))));
  const alarmLines = (trend: string, text: (value: number, off: boolean) => string): NonNullable<PlotOptions['alarmLines']> =>
    (lines.get(trend) ?? []).map((line) => ({ ...line, text: text(line.value, line.off) }));
  const thresholds = order.flatMap((label) => lines.get(label) ?? []).map(({ value }) => value);
  // One scale for all of them, so that they can be compared.
  const scale = [...findings.values()].reduce(([least, most], { low, high }) => [Math.min(least, ...finite(low)), Math.max(most, ...finite(high), ...thresholds)] as const, SCORES as readonly [number, number]);
  const rows = order.map((label) => {
    const trend = findings.get(label)!;
    const peak = peakOf(trend);
    const atMs = range.fromMs + (trend.high.indexOf(peak) * (range.toMs - range.fromMs)) / trend.high.length;
    return row(nameOf(label), trend, { scale, alarmLines: alarmLines(label, (value, off) => texts.trends.threshold(scoreText(value), off)) },
      el('span', { class: 'trend-value' }, el('b', {}, scoreText(peak)), ` ${when(atMs)}`), label);
  });
  return [
    el('p', { class: 'quiet' }, `${texts.trends.asOf(timeText(nowMs))} ${texts.trends.legend((range.toMs - range.fromMs) / range.points / 1000)}`),
    el('ul', { class: 'trend-rows' },
      row(texts.heartRate, heartRate, { scale: RATES, lines: RATE_LINES, alarmLines: alarmLines(HEART_RATE, texts.trends.limit) }, el('span', { class: 'trend-value' }, bounds), HEART_RATE),
      ...rows),
    ...(rows.length > 0 ? [] : [el('p', { class: 'quiet' }, texts.trends.noFindings)]),
    el('div', { class: 'trend-row trend-foot' }, trendAxis(ticks, range)),
  ];
}
