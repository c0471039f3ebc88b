import type { AlarmState, Priority } from '../../../ecg/alarm.ts';
import { bedName, timeText } from '../format.ts';
import { HistoryClient, type StoredEvent } from '../review/history-client.ts';
import { dateTimeText } from '../review/window.ts';
import { pastAlarmText, texts } from '../text/texts.ts';
import { openDialog, refusalNote } from './dialogs.ts';
import { el } from './dom.ts';

const DAY_MS = 24 * 3_600_000;
/** The newest changes shown; the review has all. */
const LIMIT = 200;

/** What became of a bed's alarms in the last day, the newest first. */
export function alarmHistoryDialog(bed: string, nowMs: number, nameOf: (label: string) => string): void {
  const content = el('div', { class: 'alarm-history' }, el('p', { role: 'status', class: 'quiet' }, texts.alarmHistory.loading));
  const close = el('button', { type: 'button' }, texts.close);
  const dialog = el('dialog', { class: 'dialog', 'data-dialog': 'alarm-history', 'aria-label': texts.alarmHistory.title(bedName(bed)) },
    el('h2', {}, texts.alarmHistory.title(bedName(bed))), el('p', { class: 'quiet' }, texts.trends.asOf(timeText(nowMs))), content, el('div', { class: 'dialog-buttons' }, close));
  close.addEventListener('click', () => dialog.close());
  openDialog(dialog);
  void new HistoryClient().events({ bed, fromMs: nowMs - DAY_MS, toMs: nowMs }, ['alarm'], LIMIT).then(
    (events) => content.replaceChildren(events.length === 0 ? el('p', { class: 'quiet' }, texts.alarmHistory.none) : el('ol', {}, ...[...events].reverse().map((event) => row(event, nameOf)))),
    (error: unknown) => content.replaceChildren(refusalNote(error)));
}

function row({ atMs, name, priority, detail }: StoredEvent, nameOf: (label: string) => string): HTMLElement {
  const state = detail['state'] as AlarmState;
  const shown = priority as Priority;
  return el('li', { 'data-priority': shown, 'data-state': state },
    el('span', { class: 'alarm-mark', 'aria-hidden': 'true' }, el('span', {}, texts.mark[shown])),
    el('time', {}, dateTimeText(atMs)),
    el('strong', {}, pastAlarmText(name, nameOf)),
    el('span', { class: 'history-state' }, texts.alarmHistory.state[state]),
    el('span', { class: 'quiet', lang: 'en' }, String(detail['cause'] ?? '')));
}
