import { bedName, scoreText, timeText } from '../format.ts';
import { pastTrends, type PastTrend, type PastTrends } from '../past-trend.ts';
import { texts } from '../text/texts.ts';
import { dayOf, TREND_HOURS, trendRange, trendTicks, type TrendHours, type TrendRange } from '../trend-range.ts';
import { openDialog, refusalNote } from './dialogs.ts';
import { el } from './dom.ts';
import { finite, trendAxis, trendPlot, type PlotOptions } from './trend-plot.ts';

/** The heart rates, bpm, and scores a plot always shows. */
const RATES = [40, 140] as const;
const SCORES = [0, 5] as const;
/** With a line of their own, bpm. */
const RATE_LINES = [50, 100, 150, 200] as const;

export interface TrendsOptions {
  readonly bed: string;
  readonly nowMs: number;
  readonly hours: TrendHours;
  /** Keeps what was chosen. */
  readonly choose: (hours: TrendHours) => void;
  readonly nameOf: (label: string) => string;
}

/** Heart rate and every finding of one bed over a chosen time, from the server's history. */
export function trendsDialog({ bed, nowMs, hours, choose, nameOf }: TrendsOptions): void {
  const content = el('div', { class: 'trends' });
  const close = el('button', { type: 'button' }, texts.close);
  const choice = el('select', {}, ...TREND_HOURS.map((each) => el('option', { value: String(each) }, texts.trends.hours(each))));
  choice.value = String(hours);
  const dialog = el('dialog', { class: 'dialog dialog-trends', 'data-dialog': 'trends', 'aria-label': texts.trends.title(bedName(bed)) },
    el('h2', {}, texts.trends.title(bedName(bed))), el('label', {}, el('span', {}, texts.trends.span), choice), content,
    el('div', { class: 'dialog-buttons' }, close));
  const show = async (): Promise<void> => {
    const chosen = Number(choice.value) as TrendHours;
    const range = trendRange(chosen, nowMs);
    content.replaceChildren(el('p', { role: 'status', class: 'quiet' }, texts.trends.loading));
    const shown = await pastTrends({ bed, ...range }, range.points).then((trends) => charts(trends, chosen, range, nowMs, nameOf), (error: unknown) => [refusalNote(error)]);
    if (chosen === Number(choice.value)) content.replaceChildren(...shown);
  };
  choice.addEventListener('change', () => {
    choose(Number(choice.value) as TrendHours);
    void show();
  });
  close.addEventListener('click', () => dialog.close());
  openDialog(dialog);
  void show();
}

function charts({ heartRate, findings }: PastTrends, hours: TrendHours, range: TrendRange, nowMs: number, nameOf: (label: string) => string): Element[] {
  const rates = finite(heartRate.mean);
  if (rates.length === 0 && findings.size === 0) return [el('p', { class: 'quiet' }, texts.trends.none)];
  const language = document.documentElement.lang;
  const ticks = trendTicks(hours, range, language);
  const when = (ms: number): string => `${hours < 24 ? '' : `${dayOf(ms, language)} `}${timeText(ms).slice(0, 5)}`;
  const row = (name: string, trend: PastTrend, options: Pick<PlotOptions, 'scale' | 'lines'>, value: Element, label: string): HTMLElement => el('li', { class: 'trend-row', 'data-trend': label },
    el('span', { class: 'trend-name', title: name }, name), trendPlot(trend, { range, nowMs, ticks, ...options }), value);
  const bounds = rates.length === 0 ? '' : texts.trendRange(Math.round(Math.min(...finite(heartRate.low))), Math.round(Math.max(...finite(heartRate.high))));
  // One scale for all of them, so that they can be compared.
  const scale = [...findings.values()].reduce(([least, most], { low, high }) => [Math.min(least, ...finite(low)), Math.max(most, ...finite(high))] as const, SCORES as readonly [number, number]);
  const rows = [...findings]
    .map(([label, trend]) => ({ label, trend, peak: Math.max(...finite(trend.high)) }))
    .sort((a, b) => b.peak - a.peak)
    .map(({ label, trend, peak }) => {
      const atMs = range.fromMs + (trend.high.indexOf(peak) * (range.toMs - range.fromMs)) / trend.high.length;
      return row(nameOf(label), trend, { scale }, el('span', { class: 'trend-value' }, el('b', {}, scoreText(peak)), ` ${when(atMs)}`), label);
    });
  return [
    el('p', { class: 'quiet' }, texts.trends.legend((range.toMs - range.fromMs) / range.points / 1000)),
    el('ul', { class: 'trend-rows' },
      row(texts.heartRate, heartRate, { scale: RATES, lines: RATE_LINES }, el('span', { class: 'trend-value' }, bounds), 'heartRateBpm'),
      ...rows),
    ...(rows.length > 0 ? [] : [el('p', { class: 'quiet' }, texts.trends.noFindings)]),
    el('div', { class: 'trend-row trend-foot' }, trendAxis(ticks, range)),
  ];
}
