import { isUnacknowledged, type ShownAlarm } from '../alarms.ts';
import { bedName, minutesText } from '../format.ts';
import { briefAlarmText, texts } from '../text/texts.ts';
import { el, setAttribute, setData, setText } from './dom.ts';
import { isPressed } from './press.ts';
import type { Showing } from './showing.ts';

interface Row {
  readonly element: HTMLLIElement;
  readonly text: HTMLElement;
  readonly brief: HTMLElement;
  readonly state: HTMLElement;
  readonly cause: HTMLElement;
  readonly since: HTMLElement;
  readonly button: HTMLButtonElement;
}

/** The alarms of one bed, most urgent first; each says its priority by colour, shape and text, and can be acknowledged. */
export class AlarmList {
  readonly element: HTMLUListElement;
  readonly #bed: string;
  readonly #acknowledge: (alarm: ShownAlarm) => void;
  readonly #rows = new Map<string, Row>();
  #shown: readonly ShownAlarm[] = [];

  constructor(bed: string, acknowledge: (alarm: ShownAlarm) => void) {
    this.#bed = bed;
    this.#acknowledge = acknowledge;
    this.element = el('ul', { class: 'alarms', 'aria-label': texts.alarms });
  }

  /** Returns whether it was brought up to date: not while a pointer is pressed on it. */
  update(alarms: readonly ShownAlarm[], { serverNowMs, mayAct }: Showing): boolean {
    if (isPressed(this.element)) return false;
    this.#shown = alarms;
    const focused = [...this.#rows.values()].find(({ button }) => button === document.activeElement)?.button;
    for (const [condition, row] of this.#rows) {
      if (alarms.some((alarm) => alarm.condition === condition)) continue;
      row.element.remove();
      this.#rows.delete(condition);
    }
    for (const [place, alarm] of alarms.entries()) {
      const row = this.#row(alarm);
      if (this.element.children[place] !== row.element) this.element.insertBefore(row.element, this.element.children[place] ?? null);
      this.#fill(row, alarm, serverNowMs);
      row.button.hidden = alarm.own || !mayAct || !isUnacknowledged(alarm);
    }
    setData(this.element, 'count', String(alarms.length));
    if (focused) this.#keepFocus(focused);
    return true;
  }

  /**
   * A button that was moved, or went because its alarm was seen to, takes the keyboard's place with it. That goes on at the bed's
   * name, not at the next button: a key that is still pressed must not acknowledge what nobody has read.
   */
  #keepFocus(button: HTMLButtonElement): void {
    if (button.isConnected && !button.hidden) {
      if (document.activeElement !== button) button.focus({ preventScroll: true });
    } else this.element.closest('[data-bed]')?.querySelector<HTMLElement>('h2[tabindex], h2 a')?.focus();
  }

  #row(alarm: ShownAlarm): Row {
    const existing = this.#rows.get(alarm.condition);
    if (existing) return existing;
    const parts = {
      text: el('span', { class: 'alarm-whole' }),
      // The style sheet shows one of the two.
      brief: el('span', { class: 'alarm-brief' }),
      state: el('span', { class: 'alarm-state' }),
      // The server says causes in English, whatever the page's language.
      cause: el('span', { class: 'alarm-cause', lang: 'en' }),
      since: el('span', { class: 'alarm-since' }),
      button: el('button', { type: 'button', class: 'alarm-ack' }),
    };
    const mark = el('span', { class: 'alarm-mark', 'aria-hidden': 'true' }, el('span', {}, texts.mark[alarm.priority]));
    const name = el('span', { class: 'hidden-text' }, texts.priority[alarm.priority]);
    const element = el('li', { class: 'alarm', 'data-alarm': alarm.condition, 'data-priority': alarm.priority },
      mark, name, el('strong', { class: 'alarm-text' }, parts.text, parts.brief), parts.state, parts.cause, parts.since, parts.button);
    parts.button.addEventListener('click', (event) => {
      event.stopPropagation();
      const now = this.#shown.find(({ condition }) => condition === alarm.condition);
      if (now) this.#acknowledge(now);
    });
    const row = { element, ...parts };
    this.#rows.set(alarm.condition, row);
    return row;
  }

  #fill(row: Row, alarm: ShownAlarm, serverNowMs: number | undefined): void {
    setData(row.element, 'priority', alarm.priority);
    if (row.element.dataset['state'] !== alarm.state) {
      row.element.dataset['state'] = alarm.state;
      inStep(row.element);
    }
    setText(row.text, alarm.text);
    setText(row.brief, briefAlarmText(alarm));
    setText(row.state, texts.state[alarm.state]);
    setText(row.cause, alarm.cause);
    setAttribute(row.element, 'title', `${alarm.text}: ${alarm.cause}`);
    setText(row.since, alarm.onsetMs > 0 && serverNowMs !== undefined ? minutesText(serverNowMs - alarm.onsetMs) : '');
    setText(row.button, texts.acknowledgeShort);
    setAttribute(row.button, 'aria-label', texts.acknowledgeLabel(alarm.text, bedName(this.#bed)));
  }
}

/** All flashing runs on one beat: a screen of several alarms must not flicker faster than any one of them. */
export function inStep(element: Element): void {
  requestAnimationFrame(() => {
    for (const animation of element.getAnimations({ subtree: true })) animation.startTime = 0;
  });
}
