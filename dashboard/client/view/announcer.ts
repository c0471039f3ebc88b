import type { AlarmView } from '../../wire.ts';
import { isUnacknowledged } from '../alarms.ts';
import { bedName } from '../format.ts';
import { texts } from '../text/texts.ts';
import { el } from './dom.ts';

/** Sentences kept in a live region; old ones have been read. */
const KEPT = 20;

/** Tells screen readers of every alarm that begins: high priority at once, the others when the reader pauses. */
export class Announcer {
  readonly element: HTMLElement;
  readonly #assertive = el('div', { role: 'log', 'aria-live': 'assertive', 'data-announcer': 'assertive' });
  readonly #polite = el('div', { role: 'log', 'aria-live': 'polite', 'data-announcer': 'polite' });
  #told = new Set<string>();

  constructor() {
    this.element = el('div', { class: 'hidden-text' }, this.#assertive, this.#polite);
  }

  update(alarms: readonly { readonly bed: string; readonly alarm: AlarmView }[]): void {
    const now = new Set<string>();
    for (const { bed, alarm } of alarms) {
      if (!isUnacknowledged(alarm)) continue;
      // An alarm that begins again is a new one; the page's own `noData` has one onset as long as it lasts.
      const key = `${bed}/${alarm.condition}/${alarm.onsetMs}`;
      now.add(key);
      if (!this.#told.has(key)) say(alarm.priority === 'high' ? this.#assertive : this.#polite, texts.announce(bedName(bed), alarm.text, texts.priority[alarm.priority]));
    }
    this.#told = now;
  }

  say(sentence: string): void {
    say(this.#assertive, sentence);
  }
}

function say(region: HTMLElement, sentence: string): void {
  region.append(el('p', {}, sentence));
  while (region.children.length > KEPT) region.firstElementChild!.remove();
}
