import { ms } from '../../../ecg/units.ts';
import type { AlarmLine } from '../alarm-lines.ts';
import { bedName, timeText } from '../format.ts';
import { pageClock } from '../page-clock.ts';
import { pastTrends } from '../past-trend.ts';
import type { ServerRefusal } from '../server-request.ts';
import { refusalText, texts } from '../text/texts.ts';
import { TREND_HOURS, trendRange, type TrendHours } from '../trend-range.ts';
import { openDialog, refusalNote } from './dialogs.ts';
import { el, setText } from './dom.ts';
import { rowOrder, trendCharts, type TrendChartsOptions } from './trend-charts.ts';

/** A point is asked for so long after its end: the history stores once a second (stream/history/recorder.ts). */
const SETTLED_MS = 2000;
/** After an answer that did not come. */
const AGAIN_MS = 5000;
/** A server that is silent for longer is one that does not answer. */
const ANSWER_WITHIN_MS = 10_000;
const WATCH_EVERY = ms(500);

export interface TrendsOptions {
  readonly bed: string;
  /** The server's clock, which goes on while the dialog is open. */
  readonly nowMs: () => number;
  readonly hours: TrendHours;
  /** Keeps what was chosen. */
  readonly choose: (hours: TrendHours) => void;
  readonly nameOf: (label: string) => string;
  /** Where alarms begin now, by the name of the trend. */
  readonly alarmLines: () => ReadonlyMap<string, readonly AlarmLine[]>;
}

/** Heart rate and every finding of one bed over a chosen time, from the server's history; drawn anew whenever a point has come to its end. */
export function trendsDialog({ bed, nowMs, hours, choose, nameOf, alarmLines }: TrendsOptions): void {
  const content = el('div', { class: 'trends' });
  const late = el('p', { role: 'alert', class: 'wrong' });
  const close = el('button', { type: 'button' }, texts.close);
  const choice = el('select', {}, ...TREND_HOURS.map((each) => el('option', { value: String(each) }, texts.trends.hours(each))));
  choice.value = String(hours);
  const dialog = el('dialog', { class: 'dialog dialog-trends', 'data-dialog': 'trends', 'aria-label': texts.trends.title(bedName(bed)) },
    el('h2', {}, texts.trends.title(bedName(bed))), el('label', {}, el('span', {}, texts.trends.span), choice), late, content,
    el('div', { class: 'dialog-buttons' }, close));
  let shown: Omit<TrendChartsOptions, 'lines' | 'nameOf'> | undefined;
  let drawnLines = '';
  let dueMs = Infinity;
  const draw = (): void => {
    if (!shown) return;
    const lines = alarmLines();
    drawnLines = JSON.stringify([...lines]);
    content.replaceChildren(...trendCharts({ ...shown, lines, nameOf }));
  };
  const show = async (): Promise<void> => {
    const chosen = Number(choice.value) as TrendHours;
    const askedMs = nowMs();
    const range = trendRange(chosen, askedMs);
    dueMs = Infinity;
    try {
      const trends = await pastTrends({ bed, ...range }, range.points, AbortSignal.timeout(ANSWER_WITHIN_MS));
      if (chosen !== Number(choice.value)) return;
      // A row does not move under the eyes of who reads it.
      const order = rowOrder(trends.findings, shown?.order ?? []);
      shown = { trends, order, hours: chosen, range, nowMs: askedMs };
      draw();
      setText(late, '');
      dueMs = range.toMs + SETTLED_MS;
    } catch (error) {
      if (chosen !== Number(choice.value)) return;
      // What was drawn stays, under a sentence that says how old it is.
      if (shown) setText(late, texts.trends.late(timeText(shown.nowMs), refusalText(error as ServerRefusal)));
      else content.replaceChildren(refusalNote(error));
      dueMs = nowMs() + AGAIN_MS;
    }
  };
  choice.addEventListener('change', () => {
    choose(Number(choice.value) as TrendHours);
    setText(late, '');
    shown = undefined;
    content.replaceChildren(loading());
    void show();
  });
  const stop = pageClock.every(WATCH_EVERY, () => {
    // A limit that was changed is drawn at once, not when the next point ends.
    if (shown && JSON.stringify([...alarmLines()]) !== drawnLines) draw();
    if (nowMs() >= dueMs) void show();
  });
  dialog.addEventListener('close', stop);
  close.addEventListener('click', () => dialog.close());
  content.append(loading());
  openDialog(dialog);
  void show();
}

const loading = (): HTMLElement => el('p', { role: 'status', class: 'quiet' }, texts.trends.loading);
