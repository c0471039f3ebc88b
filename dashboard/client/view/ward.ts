import type { AlarmView } from '../../wire.ts';
import { wardGrid } from '../layout.ts';
import { texts } from '../text/texts.ts';
import type { Slot } from '../trace/wall.ts';
import type { BedView } from '../ward-store.ts';
import { BedCard } from './bed-card.ts';
import { el, setText } from './dom.ts';
import { isPressed } from './press.ts';
import type { Showing } from './showing.ts';

/** Between cards, CSS px. */
const GAP = 8;

/** All beds in a grid that fits the screen. Beds keep their places whatever their alarms. */
export class Ward {
  readonly element = el('div', { class: 'ward' });
  readonly #emptyTitle = el('h2');
  readonly #emptyDetail = el('p');
  readonly #empty = el('div', { class: 'empty' }, this.#emptyTitle, this.#emptyDetail);
  readonly #cards = new Map<string, BedCard>();
  readonly #acknowledge: (bed: string, alarm: AlarmView) => void;
  #columns = 1;

  constructor(acknowledge: (bed: string, alarm: AlarmView) => void) {
    this.#acknowledge = acknowledge;
  }

  /** Makes the cards agree with the beds. Returns whether any came or went. */
  hold(views: readonly BedView[], waiting: boolean): boolean {
    const beds = views.map(({ snapshot }) => snapshot.bed);
    this.#showEmpty(beds.length === 0, waiting);
    if (beds.join() === [...this.#cards.keys()].join() || isPressed(this.element)) return false;
    const before = new Map(this.#cards);
    this.#cards.clear();
    for (const [bed, card] of before) if (!beds.includes(bed)) card.element.remove();
    for (const [place, bed] of beds.entries()) {
      const card = before.get(bed) ?? new BedCard(bed, (alarm) => this.#acknowledge(bed, alarm));
      this.#cards.set(bed, card);
      // A card that is moved without need would lose the keyboard's focus.
      if (this.element.children[place] !== card.element) this.element.insertBefore(card.element, this.element.children[place] ?? null);
    }
    return true;
  }

  /** Cuts a stage of this size into cards. */
  fit(width: number, height: number, pxPerMm: number): void {
    const grid = wardGrid(this.#cards.size, width - 2 * GAP, height - 2 * GAP, GAP, pxPerMm);
    this.#columns = grid.columns;
    this.element.style.gridTemplateColumns = `repeat(${grid.columns}, minmax(0, 1fr))`;
    this.element.style.gridAutoRows = `${grid.cardHeight}px`;
  }

  slots(views: readonly BedView[]): Slot[] {
    return views.flatMap((view) => this.#cards.get(view.snapshot.bed)?.slot(view) ?? []);
  }

  update(views: readonly BedView[], showing: Showing): void {
    for (const view of views) this.#cards.get(view.snapshot.bed)?.update(view, showing);
  }

  /** Moves the focus by cards; from nowhere, to the first. */
  moveFocus(key: string): void {
    const beds = [...this.#cards.keys()];
    const here = beds.indexOf(focusedBed() ?? '');
    const step = key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : key === 'ArrowUp' ? -this.#columns : this.#columns;
    const to = here < 0 ? 0 : here + step;
    if (to >= 0 && to < beds.length) this.focus(beds[to]!);
  }

  focus(bed: string): void {
    this.#cards.get(bed)?.focus();
  }

  #showEmpty(empty: boolean, waiting: boolean): void {
    setText(this.#emptyTitle, waiting ? texts.waiting : texts.emptyTitle);
    setText(this.#emptyDetail, waiting ? '' : texts.emptyDetail);
    if (!empty) this.#empty.remove();
    else if (!this.#empty.isConnected) this.element.append(this.#empty);
  }
}

/** The bed whose card, or panel, holds the keyboard's focus. */
export const focusedBed = (): string | undefined => document.activeElement?.closest<HTMLElement>('[data-bed]')?.dataset['bed'];
