import type { AlarmView } from '../../wire.ts';
import { ageText, bedName, offsetText } from '../format.ts';
import type { BedLayout, Settings } from '../settings.ts';
import { texts } from '../text/texts.ts';
import type { Slot } from '../trace/wall.ts';
import type { BedView } from '../ward-store.ts';
import { AlarmList } from './alarm-list.ts';
import { markBed, pausedLeft } from './bed-card.ts';
import { el, setData, setText } from './dom.ts';
import { FindingList } from './finding-list.ts';
import { Sparkline } from './sparkline.ts';
import { HeartRate } from './vitals.ts';

const FINDINGS = 10;
/** The heart rates a trend always shows, bpm. */
const TREND_RANGE = [40, 140] as const;

/** Order of the twelve leads on paper: three rows of four, then the rhythm strip. */
const PAPER_ORDER = ['I', 'aVR', 'V1', 'V4', 'II', 'aVL', 'V2', 'V5', 'III', 'aVF', 'V3', 'V6', 'II'];

/** One opened bed: all its leads, and beside them everything known of it. */
export class BedPanel {
  readonly element: HTMLElement;
  readonly bed: string;
  readonly #leads = el('div', { class: 'leads' });
  readonly #heartRate = new HeartRate();
  readonly #alarms: AlarmList;
  readonly #noAlarms = el('p', { class: 'quiet' }, texts.noAlarms);
  readonly #findings = new FindingList(FINDINGS, true);
  readonly #trend = new Sparkline();
  readonly #trendRange = el('p', { class: 'quiet' });
  readonly #badge = el('span', { class: 'badge' });
  readonly #device = el('span', { class: 'device' });
  readonly #facts = el('dl', { class: 'facts' });
  readonly #quality = el('ul', { class: 'quality' });
  readonly #layouts: HTMLElement;
  readonly #pause = el('button', { type: 'button' });
  #slots: { readonly element: HTMLElement; readonly lead: number }[] = [];
  #laidOut = '';

  constructor(bed: string, acknowledge: (alarm: AlarmView) => void, back: () => void, togglePause: () => void, chooseLayout: (layout: BedLayout) => void) {
    this.bed = bed;
    this.#alarms = new AlarmList(bed, acknowledge);
    const backButton = el('button', { type: 'button', class: 'back' }, '‹ ', texts.back, el('kbd', {}, 'Esc'));
    backButton.addEventListener('click', back);
    this.#pause.addEventListener('click', togglePause);
    this.#layouts = el('div', { class: 'choices', role: 'group', 'aria-label': texts.layoutLabel }, ...(['columns', 'stacked', 'paper'] as const).map((layout) => {
      const button = el('button', { type: 'button', 'data-layout': layout }, texts.layout[layout]);
      button.addEventListener('click', () => chooseLayout(layout));
      return button;
    }));
    const head = el('header', { class: 'bed-head' }, backButton, el('h2', { tabindex: '-1' }, bedName(bed)), this.#badge, this.#device, this.#layouts,
      el('a', { class: 'button', href: `#review/${bed}` }, texts.review.review), this.#pause);
    const side = el('aside', { class: 'bed-side' },
      this.#heartRate.element,
      section(texts.trend, this.#trend.element, this.#trendRange),
      section(texts.alarms, this.#alarms.element, this.#noAlarms),
      this.#findings.element,
      section(texts.quality, this.#quality),
      section(texts.signal, this.#facts));
    this.element = el('section', { class: 'bed', 'data-bed': bed }, head, this.#leads, side);
  }

  /** Lays the leads out if bed or layout ask for it. Returns whether the canvas must be laid anew. */
  arrange({ snapshot }: BedView, layout: BedLayout): boolean {
    const key = `${snapshot.leads.join()}|${layout}`;
    if (key === this.#laidOut) return false;
    this.#laidOut = key;
    const isTwelve = PAPER_ORDER.every((lead) => snapshot.leads.includes(lead));
    const shown = layout === 'paper' && !isTwelve ? 'stacked' : layout;
    const order = shown === 'paper' ? PAPER_ORDER.map((lead) => snapshot.leads.indexOf(lead)) : snapshot.leads.map((_, i) => i);
    this.#slots = order.map((lead) => ({
      lead,
      element: el('div', { class: 'strip', 'data-strip': snapshot.leads[lead] ?? '' }, el('span', { class: 'strip-lead' }, snapshot.leads[lead] ?? '')),
    }));
    const twoColumns = shown === 'columns' && snapshot.leads.length > 3;
    setData(this.#leads, 'layout', shown === 'columns' && !twoColumns ? 'stacked' : shown);
    this.#leads.style.setProperty('--rows', String(twoColumns ? Math.ceil(order.length / 2) : order.length));
    this.#leads.replaceChildren(...this.#slots.map(({ element }) => element));
    this.#layouts.hidden = snapshot.leads.length <= 3;
    for (const button of this.#layouts.querySelectorAll<HTMLElement>('[data-layout]')) button.setAttribute('aria-pressed', String(button.dataset['layout'] === layout));
    return true;
  }

  slots({ trace }: BedView): Slot[] {
    return this.#slots.map(({ element, lead }) => ({ element, trace, lead }));
  }

  focus(): void {
    this.element.querySelector('h2')!.focus();
  }

  update(view: BedView, settings: Settings, hasModel: boolean, serverNowMs: number | undefined): void {
    const { snapshot, numerics, freshness, alarms } = view;
    markBed(this.element, view);
    setText(this.#badge, texts.source[snapshot.source]);
    setText(this.#device, snapshot.device);
    this.#heartRate.update(view, serverNowMs);
    this.#trend.update(view.trend.heartRate, TREND_RANGE);
    const rates = view.trend.heartRate.filter((bpm) => !Number.isNaN(bpm));
    setText(this.#trendRange, rates.length === 0 ? '' : texts.trendRange(Math.round(Math.min(...rates)), Math.round(Math.max(...rates))));
    this.#alarms.update(alarms, serverNowMs);
    this.#noAlarms.hidden = alarms.length > 0;
    this.#findings.update(view, hasModel, serverNowMs);
    const left = pausedLeft(view, serverNowMs);
    setText(this.#pause, left === null ? texts.pauseAudio : `${texts.resumeAudio} (${left})`);
    this.#updateQuality(view);
    this.#updateFacts([
      [texts.data, freshness.dataAgeMs === null ? texts.noDataYet : ageText(freshness.dataAgeMs)],
      [texts.clockOffset, numerics.clockOffsetMs === null ? '' : offsetText(numerics.clockOffsetMs)],
      [texts.speed, `${settings.sweepSpeed} ${texts.mmPerS}`],
      [texts.gain, `${settings.displayGain} ${texts.mmPerMv}`],
      [texts.filter, snapshot.filter],
      [texts.epoch, String(snapshot.epoch)],
      ...(Object.keys(texts.counters) as (keyof typeof texts.counters)[]).map((key) => [texts.counters[key], String(numerics.counters[key])] as const),
    ]);
  }

  #updateQuality({ snapshot, numerics }: BedView): void {
    for (const [i, lead] of snapshot.leads.entries()) {
      const item = (this.#quality.children[i] as HTMLElement | undefined) ?? this.#quality.appendChild(el('li'));
      const state = numerics.leadStates[i] ?? 'missing';
      setData(item, 'state', state);
      setText(item, state === 'ok' ? lead : `${lead} ${texts.leadState[state]}`);
      item.title = texts.leadState[state];
    }
    while (this.#quality.children.length > snapshot.leads.length) this.#quality.lastElementChild!.remove();
  }

  #updateFacts(facts: readonly (readonly [string, string])[]): void {
    for (const [i, [name, value]] of facts.entries()) {
      const row = this.#facts.children[i] ?? this.#facts.appendChild(el('div', {}, el('dt'), el('dd')));
      setText(row.children[0]!, name);
      setText(row.children[1]!, value);
    }
  }
}

const section = (title: string, ...content: Element[]): HTMLElement => el('section', {}, el('h3', {}, title), ...content);
