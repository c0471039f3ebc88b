import { isUnacknowledged, type ShownAlarm } from '../alarms.ts';
import { bedName } from '../format.ts';
import { briefAlarmText, texts } from '../text/texts.ts';
import { inStep } from './alarm-list.ts';
import { el, setHidden } from './dom.ts';

/** Room that one alarm wants, CSS px. */
const ALARM_PX = 400;
const MOST = 4;

/**
 * What must be seen and heard although a dialog lies over the beds: that the connection is lost, and alarms of high and medium
 * priority that nobody has seen to. A modal dialog makes the page behind it inert, live regions included, so that both stand in the dialog.
 */
export class DialogAlarms {
  readonly #bar = el('div', { class: 'dialog-alarms', 'data-banner': 'dialog' });
  readonly #home: HTMLElement;
  readonly #announcer: HTMLElement;
  #shown = '';

  /** @param home where the announcer stands while no dialog is open */
  constructor(home: HTMLElement, announcer: HTMLElement) {
    this.#home = home;
    this.#announcer = announcer;
  }

  /** Moves into the dialog that was opened last, or out of dialogs. Before anything is announced. */
  move(): void {
    const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
    const host = dialog ?? this.#home;
    if (this.#announcer.parentElement !== host) host.append(this.#announcer);
    if (!dialog) this.#bar.remove();
    else if (this.#bar.parentElement !== dialog) dialog.append(this.#bar);
  }

  /** @param lost what to say of a lost connection, or null */
  update(alarms: readonly { readonly bed: string; readonly alarm: ShownAlarm }[], lost: string | null): void {
    const urgent = alarms.filter(({ alarm }) => isUnacknowledged(alarm) && (alarm.priority === 'high' || alarm.priority === 'medium'));
    const room = Math.max(1, Math.min(MOST, Math.floor(innerWidth / ALARM_PX)));
    const first = urgent.slice(0, room);
    const key = JSON.stringify([lost, urgent.length, first.map(({ bed, alarm }) => [bed, alarm.text, alarm.priority])]);
    setHidden(this.#bar, lost === null && urgent.length === 0);
    if (key === this.#shown) return;
    this.#shown = key;
    const rows = first.map(({ bed, alarm }) => el('li', { class: 'alarm', 'data-priority': alarm.priority, 'data-state': alarm.state },
      el('span', { class: 'alarm-mark', 'aria-hidden': 'true' }, el('span', {}, texts.mark[alarm.priority])), el('span', { class: 'dialog-alarm-bed' }, bedName(bed)),
      el('strong', { class: 'alarm-text' }, room === 1 ? briefAlarmText(alarm) : alarm.text)));
    const more = urgent.length - first.length;
    this.#bar.replaceChildren(...(lost === null ? [el('ul', { 'aria-label': texts.alarms }, ...rows), ...(more > 0 ? [el('span', {}, texts.more(more))] : [])]
      : [el('strong', { class: 'banner banner-lost' }, lost)]));
    for (const row of rows) inStep(row);
  }
}
