import { bedName, scoreText, timeText } from '../format.ts';
import { FINDINGS_SPAN_MS, pastTrends, type PastTrends } from '../past-trend.ts';
import { texts } from '../text/texts.ts';
import { openDialog, refusalNote } from './dialogs.ts';
import { el, svg } from './dom.ts';
import { linePath, Sparkline } from './sparkline.ts';

const SPANS_MIN = [30, 120, 480, 1440] as const;
const MINUTE_MS = 60_000;
const POINTS = 360;
/** The heart rates and scores a chart always shows. */
const RATES = [40, 140] as const;
const SCORES = [0, 5] as const;
const CHART = { width: 640, height: 150 } as const;

/** Heart rate and every finding of one bed over a chosen time, from the server's history. */
export function trendsDialog(bed: string, nowMs: number, nameOf: (label: string) => string): void {
  const content = el('div', { class: 'trends' });
  const close = el('button', { type: 'button' }, texts.close);
  const choice = el('select', {}, ...SPANS_MIN.map((minutes) => el('option', { value: String(minutes) }, texts.trends.minutes(minutes))));
  const dialog = el('dialog', { class: 'dialog dialog-trends', 'data-dialog': 'trends', 'aria-label': texts.trends.title(bedName(bed)) },
    el('h2', {}, texts.trends.title(bedName(bed))), el('label', {}, el('span', {}, texts.trends.span), choice), content,
    el('div', { class: 'dialog-buttons' }, close));
  const show = async (): Promise<void> => {
    const minutes = Number(choice.value);
    content.replaceChildren(el('p', { role: 'status', class: 'quiet' }, texts.trends.loading));
    try {
      const trends = await pastTrends({ bed, fromMs: nowMs - minutes * MINUTE_MS, toMs: nowMs }, POINTS);
      if (minutes === Number(choice.value)) content.replaceChildren(...charts(trends, nowMs, nameOf));
    } catch (error) {
      content.replaceChildren(refusalNote(error));
    }
  };
  choice.addEventListener('change', () => void show());
  close.addEventListener('click', () => dialog.close());
  openDialog(dialog);
  void show();
}

function charts({ heartRate, scores, fromMs }: PastTrends, nowMs: number, nameOf: (label: string) => string): Element[] {
  const rates = heartRate.mean.filter((rate) => !Number.isNaN(rate));
  if (rates.length === 0 && scores.size === 0) return [el('p', { class: 'quiet' }, texts.trends.none)];
  const low = Math.min(RATES[0], ...heartRate.low.filter((rate) => !Number.isNaN(rate)));
  const high = Math.max(RATES[1], ...heartRate.high.filter((rate) => !Number.isNaN(rate)));
  const range = [low, high] as const;
  const line = (values: readonly number[], kind: string): SVGPathElement => svg('path', { class: kind, fill: 'none', 'vector-effect': 'non-scaling-stroke', d: linePath(values, range, CHART.width, CHART.height) });
  const chart = svg('svg', { class: 'trend-chart', viewBox: `0 0 ${CHART.width} ${CHART.height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    line(heartRate.low, 'bound'), line(heartRate.high, 'bound'), line(heartRate.mean, 'mean'));
  const bounds = rates.length === 0 ? '' : texts.trendRange(Math.round(Math.min(...heartRate.low.filter((rate) => !Number.isNaN(rate)))), Math.round(Math.max(...heartRate.high.filter((rate) => !Number.isNaN(rate)))));
  const rows = [...scores]
    .map(([label, values]) => ({ label, values, peak: Math.max(...values.filter((value) => !Number.isNaN(value))) }))
    .sort((a, b) => b.peak - a.peak)
    .map(({ label, values, peak }) => {
      const spark = new Sparkline();
      spark.update(values, SCORES);
      return el('li', {}, el('span', { class: 'finding-name', title: nameOf(label) }, nameOf(label)), spark.element, el('b', {}, scoreText(peak)));
    });
  return [
    el('h3', {}, `${texts.heartRate}, ${bounds}`), chart,
    el('div', { class: 'trend-axis' }, el('span', {}, timeText(fromMs)), el('span', {}, timeText(nowMs))),
    el('h3', {}, texts.findings),
    rows.length > 0 ? el('ul', { class: 'trend-findings' }, ...rows) : el('p', { class: 'quiet' }, texts.trends.findingsUpTo(FINDINGS_SPAN_MS / 3_600_000)),
  ];
}
