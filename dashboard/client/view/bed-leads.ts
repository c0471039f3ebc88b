import type { BedLayout, Settings } from '../settings.ts';
import { texts } from '../text/texts.ts';
import type { Slot } from '../trace/wall.ts';
import type { BedView } from '../ward-store.ts';
import { bandText, scaleText } from './band-choice.ts';
import { el, setAttribute, setData, setText } from './dom.ts';
import { Freeze, type FreezeScale } from './freeze.ts';
import { leadFault, leadText } from './vitals.ts';

/** Order of the twelve leads on paper: three rows of four, then the rhythm strip. */
const PAPER_ORDER = ['I', 'aVR', 'V1', 'V4', 'II', 'aVL', 'V2', 'V5', 'III', 'aVF', 'V3', 'V6', 'II'];
export const LAYOUTS: readonly BedLayout[] = ['columns', 'stacked', 'paper'];
/** Up to so many leads there is nothing to choose: they stand one below the other. */
const FEW = 3;

/** All leads of an opened bed, live or held still. */
export class BedLeads {
  readonly element = el('div', { class: 'leads' });
  readonly #thawed: () => void;
  #slots: { readonly element: HTMLElement; readonly name: HTMLElement; readonly lead: number }[] = [];
  #freeze: Freeze | undefined;
  #laidOut = '';
  readonly #scale = el('span', { class: 'strip-scale' });
  #band = '';

  /** @param thawed called when the leads go on */
  constructor(thawed: () => void) {
    this.#thawed = thawed;
  }

  get frozen(): boolean {
    return this.#freeze !== undefined;
  }

  /** Lays the leads out if bed or layout ask for it. Returns whether the canvas must be laid anew. */
  arrange({ snapshot }: BedView, layout: BedLayout): boolean {
    const key = `${snapshot.leads.join()}|${layout}`;
    if (key === this.#laidOut) return false;
    this.#laidOut = key;
    const isTwelve = PAPER_ORDER.every((lead) => snapshot.leads.includes(lead));
    const shown = layout === 'paper' && !isTwelve ? 'stacked' : layout;
    const order = shown === 'paper' ? PAPER_ORDER.map((lead) => snapshot.leads.indexOf(lead)) : snapshot.leads.map((_, i) => i);
    this.#slots = order.map((lead) => {
      const name = el('span', { class: 'strip-lead' }, snapshot.leads[lead] ?? '');
      return { lead, name, element: el('div', { class: 'strip', 'data-strip': snapshot.leads[lead] ?? '' }, name) };
    });
    const twoColumns = shown === 'columns' && snapshot.leads.length > FEW;
    setData(this.element, 'layout', shown === 'columns' && !twoColumns ? 'stacked' : shown);
    this.element.style.setProperty('--rows', String(twoColumns ? Math.ceil(order.length / 2) : order.length));
    this.#slots.at(-1)?.element.append(this.#scale);
    this.element.replaceChildren(...this.#slots.map(({ element }) => element), ...(this.#freeze ? [this.#freeze.element] : []));
    return true;
  }

  slots(view: BedView, scale: FreezeScale): Slot[] {
    this.#freeze?.scale(scale);
    return this.#freeze ? this.#freeze.slots(this.#slots, view) : this.#slots.map(({ element, lead }) => ({ element, trace: view.trace, lead }));
  }

  update(view: BedView, settings: Settings): void {
    this.#freeze?.update(view);
    // What is held still was drawn in the band that was in force then, of leads as they were then.
    if (!this.#freeze) {
      this.#band = bandText(view.snapshot);
      for (const { name, lead } of this.#slots) {
        setText(name, leadText(view, lead));
        setData(name, 'fault', String(leadFault(view, lead) !== undefined));
      }
    }
    setText(this.#scale, scaleText(settings, this.#band));
  }

  /** Holds the leads still, or lets them go on. */
  toggleFreeze(view: BedView, serverNowMs: number | undefined, mustLay: () => void): void {
    if (this.#freeze) {
      this.#freeze.element.remove();
      this.#freeze = undefined;
      this.#thawed();
    } else {
      this.#freeze = new Freeze(view, serverNowMs, mustLay, () => this.toggleFreeze(view, serverNowMs, mustLay));
      this.#freeze.update(view);
      this.element.append(this.#freeze.element);
      this.#freeze.focus();
    }
    mustLay();
  }

  /** @returns whether the key was one of the frozen leads' */
  key(event: KeyboardEvent): boolean {
    return this.#freeze?.key(event) ?? false;
  }
}

/** Buttons that choose a layout. */
export class LayoutChoice {
  readonly element: HTMLElement;
  readonly #buttons: readonly (readonly [BedLayout, HTMLButtonElement])[];

  constructor(choose: (layout: BedLayout) => void) {
    this.#buttons = LAYOUTS.map((layout) => {
      const button = el('button', { type: 'button', 'data-layout': layout }, texts.layout[layout]);
      button.addEventListener('click', () => choose(layout));
      return [layout, button];
    });
    this.element = el('div', { class: 'choices', role: 'group', 'aria-label': texts.layoutLabel }, ...this.#buttons.map(([, button]) => button));
  }

  update({ snapshot }: BedView, chosen: BedLayout): void {
    this.element.hidden = snapshot.leads.length <= FEW;
    for (const [layout, button] of this.#buttons) setAttribute(button, 'aria-pressed', String(layout === chosen));
  }
}
