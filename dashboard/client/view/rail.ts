import { bedName } from '../format.ts';
import { briefAlarmText, texts } from '../text/texts.ts';
import type { BedView } from '../ward-store.ts';
import { el, setAttribute, setData, setText } from './dom.ts';
import { markBed } from './bed-card.ts';

/** The other beds while one is open: name, heart rate, foremost alarm. Opening a bed never hides another's alarm. */
export class Rail {
  readonly element = el('nav', { class: 'rail', 'aria-label': texts.back });
  readonly #items = new Map<string, HTMLAnchorElement>();

  update(views: readonly BedView[], open: string): void {
    for (const [bed, item] of this.#items) {
      if (views.some(({ snapshot }) => snapshot.bed === bed)) continue;
      item.remove();
      this.#items.delete(bed);
    }
    for (const view of views) {
      const item = this.#item(view.snapshot.bed);
      markBed(item, view);
      setAttribute(item, 'aria-current', view.snapshot.bed === open ? 'page' : 'false');
      const bpm = view.freshness.live ? view.numerics.heartRateBpm : null;
      const rate = item.querySelector<HTMLElement>('.rail-hr')!;
      setText(rate, bpm === null ? texts.noValue : String(Math.round(bpm)));
      setData(rate, 'stale', String(bpm === null));
      setText(item.querySelector('.rail-alarm')!, view.alarms[0] ? briefAlarmText(view.alarms[0]) : '');
      setData(item, 'rail', view.snapshot.bed);
    }
  }

  #item(bed: string): HTMLAnchorElement {
    let item = this.#items.get(bed);
    if (!item) {
      item = el('a', { href: `#${bed}`, class: 'rail-bed' }, el('span', { class: 'rail-name' }, bedName(bed)), el('span', { class: 'rail-hr' }), el('span', { class: 'rail-alarm' }));
      this.#items.set(bed, item);
      this.element.append(item);
    }
    return item;
  }
}
