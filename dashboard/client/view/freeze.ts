import { MICROVOLTS_PER_MILLIVOLT } from '../../../ecg/units.ts';
import { timeText } from '../format.ts';
import { Calipers } from '../review/calipers.ts';
import type { Settings } from '../settings.ts';
import { texts } from '../text/texts.ts';
import { StillTrace } from '../trace/still-trace.ts';
import type { Slot } from '../trace/wall.ts';
import type { BedView } from '../ward-store.ts';
import { el, setData, setText } from './dom.ts';

/** One step back or ahead, s. */
const STEP_S = 1;

export type FreezeScale = Pick<Settings, 'sweepSpeed' | 'displayGain'> & { readonly pxPerMm: number };

/** A bed's leads held still to be measured, while its first lead and its heart rate go on in a corner. */
export class Freeze {
  /** Lies over the leads and takes the calipers. */
  readonly element: HTMLElement;
  readonly #still: StillTrace;
  readonly #calipers = new Calipers();
  readonly #strip = el('div', { class: 'strip', 'data-strip': 'live' });
  readonly #name = el('span', { class: 'corner-name' });
  readonly #rate = el('span', { class: 'corner-rate' });
  readonly #title = el('strong');
  readonly #frozenAtMs: number;
  readonly #moved: () => void;

  /** @param moved called when other samples are to be drawn */
  constructor({ snapshot, trace, numerics }: BedView, serverNowMs: number | undefined, moved: () => void, end: () => void) {
    this.#still = new StillTrace(trace, snapshot.leads.length);
    this.#frozenAtMs = serverNowMs ?? numerics.serverTimeMs;
    this.#moved = moved;
    const button = (text: string, label: string, act: () => void): HTMLElement => {
      const element = el('button', { type: 'button', 'aria-label': label, title: label }, text);
      element.addEventListener('click', act);
      return element;
    };
    const bar = el('div', { class: 'freeze-bar' }, this.#title,
      button('‹', texts.freeze.back, () => this.#move(STEP_S)), button('›', texts.freeze.ahead, () => this.#move(-STEP_S)),
      button(texts.freeze.end, texts.freeze.end, end));
    const corner = el('div', { class: 'corner' }, this.#strip, this.#name, this.#rate);
    const paper = el('div', { class: 'freeze-paper', tabindex: '0', role: 'group', 'aria-label': texts.freeze.measure, title: texts.freeze.measure }, this.#calipers.element);
    this.#calipers.listenTo(paper);
    this.element = el('div', { class: 'freeze' }, paper, corner, bar);
    this.#showTitle();
  }

  /** The strips held still, and the one that goes on. */
  slots(strips: readonly { readonly element: HTMLElement; readonly lead: number }[], { snapshot, trace }: BedView): Slot[] {
    return [
      ...strips.map(({ element, lead }) => ({ element, lead, trace: this.#still, still: true })),
      { element: this.#strip, trace, lead: snapshot.primaryLead },
    ];
  }

  scale({ sweepSpeed, displayGain, pxPerMm }: FreezeScale): void {
    this.#calipers.scale(sweepSpeed * pxPerMm, (displayGain * pxPerMm) / MICROVOLTS_PER_MILLIVOLT);
  }

  update({ snapshot, numerics, freshness }: BedView): void {
    setText(this.#name, `${freshness.live ? texts.freeze.live : texts.pageAlarm.noData} ${snapshot.leads[snapshot.primaryLead] ?? ''}`);
    setData(this.#rate, 'stale', String(!freshness.live));
    setText(this.#rate, freshness.live && numerics.heartRateBpm !== null ? String(Math.round(numerics.heartRateBpm)) : texts.noValue);
  }

  focus(): void {
    this.element.querySelector<HTMLElement>('.freeze-paper')!.focus();
  }

  /** @returns whether the key was one of this view's */
  key(event: KeyboardEvent): boolean {
    if (event.key === 'PageUp' || event.key === ',') this.#move(STEP_S);
    else if (event.key === 'PageDown' || event.key === '.') this.#move(-STEP_S);
    else return false;
    return true;
  }

  #move(seconds: number): void {
    this.#still.move(seconds);
    this.#showTitle();
    this.#moved();
  }

  #showTitle(): void {
    setText(this.#title, texts.freeze.title(timeText(this.#frozenAtMs - this.#still.backS * 1000)));
  }
}
