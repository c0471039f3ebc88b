import type { CommandReply, PersonCommand } from '../../wire.ts';
import type { AlarmLine } from '../alarm-lines.ts';
import type { ShownAlarm } from '../alarms.ts';
import { pausedLeft } from '../audio/pause.ts';
import { ageText, bedName, offsetText } from '../format.ts';
import { DEFAULT_SETTINGS, type BedLayout, type Settings } from '../settings.ts';
import { texts } from '../text/texts.ts';
import type { Slot } from '../trace/wall.ts';
import type { BedView } from '../ward-store.ts';
import { alarmHistoryDialog } from './alarm-history-dialog.ts';
import { AlarmList } from './alarm-list.ts';
import { BandChoice } from './band-choice.ts';
import { markBed } from './bed-card.ts';
import { BedLeads, LayoutChoice } from './bed-leads.ts';
import { el, setAttribute, setData, setHidden, setText } from './dom.ts';
import { explainDialog } from './explain-dialog.ts';
import { FindingList } from './finding-list.ts';
import type { FreezeScale } from './freeze.ts';
import { limitsDialog } from './limits-dialog.ts';
import type { Showing } from './showing.ts';
import { Sparkline } from './sparkline.ts';
import { trendsDialog } from './trends-dialog.ts';
import { HeartRate } from './vitals.ts';

const FINDINGS = 10;
/** The heart rates a trend always shows, bpm. */
const TREND_RANGE = [40, 140] as const;

export interface BedActions {
  readonly send: (command: PersonCommand) => Promise<CommandReply>;
  /** Sends what was refused to where the page says so. */
  readonly act: (command: PersonCommand) => void;
  readonly back: () => void;
  readonly togglePause: () => void;
  readonly change: (settings: Partial<Settings>) => void;
  readonly openLabels: () => void;
  /** What a label is called. */
  readonly nameOf: (label: string) => string;
  /** Where alarms of the bed begin now, by the name of the trend. */
  readonly alarmLines: () => ReadonlyMap<string, readonly AlarmLine[]>;
  readonly mustLay: () => void;
  readonly view: () => BedView | undefined;
  /** The server's clock. */
  readonly nowMs: () => number;
}

/** One opened bed: all its leads, and beside them everything known of it. */
export class BedPanel {
  readonly element: HTMLElement;
  readonly bed: string;
  readonly #actions: BedActions;
  readonly #leads: BedLeads;
  readonly #heartRate = new HeartRate();
  readonly #alarms: AlarmList;
  readonly #noAlarms = el('p', { class: 'quiet' }, texts.noAlarms);
  readonly #alarmsOff = el('ul', { class: 'alarms-off' });
  readonly #reset: HTMLButtonElement;
  readonly #findings: FindingList;
  readonly #trend = new Sparkline();
  readonly #trendRange = el('p', { class: 'quiet' });
  readonly #badge = el('span', { class: 'badge' });
  readonly #device = el('span', { class: 'device' });
  readonly #facts = el('dl', { class: 'facts' });
  readonly #quality = el('ul', { class: 'quality' });
  readonly #layouts: LayoutChoice;
  readonly #bands: BandChoice;
  readonly #freeze: HTMLButtonElement;
  readonly #pause: HTMLButtonElement;
  #showing: Showing | undefined;

  constructor(bed: string, actions: BedActions) {
    this.bed = bed;
    this.#actions = actions;
    this.#alarms = new AlarmList(bed, ({ condition, detectedAtMs }) => actions.act({ type: 'acknowledge', bed, condition, seenUpToMs: detectedAtMs }));
    this.#findings = new FindingList(FINDINGS, (finding) => explainDialog(bed, finding));
    this.#leads = new BedLeads(() => this.#freeze.focus());
    this.#layouts = new LayoutChoice((bedLayout) => actions.change({ bedLayout }));
    this.#bands = new BandChoice(bed, actions.act);
    this.#freeze = command(texts.freeze.start, () => this.#toggleFreeze(), 'F');
    this.#pause = command(texts.pauseAudio, actions.togglePause);
    this.#reset = command(texts.reset, () => actions.act({ type: 'reset', bed }));
    const head = el('header', { class: 'bed-head' }, command(`‹ ${texts.back}`, actions.back, 'Esc'), el('h2', { tabindex: '-1' }, bedName(bed)), this.#badge, this.#device,
      this.#layouts.element, this.#freeze, command(texts.limits.open, () => this.#openLimits(), 'L'),
      el('a', { class: 'button', href: `#review/${bed}` }, texts.review.review), this.#pause);
    const side = el('aside', { class: 'bed-side', 'aria-label': texts.vitals },
      this.#heartRate.element,
      section(texts.trend, this.#trend.element, this.#trendRange, command(texts.trends.open, () => this.#openTrends(), 'T')),
      section(texts.alarms, this.#alarms.element, this.#noAlarms, this.#alarmsOff, this.#reset, command(texts.alarmHistory.open, () => this.#openAlarmHistory(), 'H')),
      this.#findings.element, command(texts.labels.open, actions.openLabels, 'E'),
      section(texts.quality, this.#quality),
      section(texts.filter, this.#bands.element),
      section(texts.signal, this.#facts));
    this.element = el('section', { class: 'bed', 'data-bed': bed }, head, this.#leads.element, side);
  }

  /** Lays the leads out if bed or layout ask for it. Returns whether the canvas must be laid anew. */
  arrange(view: BedView, layout: BedLayout): boolean {
    this.#layouts.update(view, layout);
    return this.#leads.arrange(view, layout);
  }

  slots(view: BedView, scale: FreezeScale): Slot[] {
    return this.#leads.slots(view, scale);
  }

  focus(): void {
    this.element.querySelector('h2')!.focus();
  }

  /** @returns whether the key was one of this view's */
  key(event: KeyboardEvent): boolean {
    if (event.key === 'f' || (event.key === 'Escape' && this.#leads.frozen)) this.#toggleFreeze();
    else if (event.key === 'l') this.#openLimits();
    else if (event.key === 't') this.#openTrends();
    else if (event.key === 'h') this.#openAlarmHistory();
    else return this.#leads.key(event);
    return true;
  }

  update(view: BedView, showing: Showing): void {
    const { snapshot, numerics, freshness, alarms } = view;
    const { settings, serverNowMs, mayAct } = showing;
    this.#showing = showing;
    markBed(this.element, view);
    setText(this.#badge, texts.source[snapshot.source]);
    setText(this.#device, snapshot.device);
    this.#leads.update(view, settings);
    this.#bands.update(snapshot, mayAct);
    setAttribute(this.#freeze, 'aria-pressed', String(this.#leads.frozen));
    this.#heartRate.update(view, serverNowMs);
    const line = view.trend.heartRate();
    this.#trend.update(line, TREND_RANGE);
    const rates = line.filter((bpm) => !Number.isNaN(bpm));
    setText(this.#trendRange, rates.length === 0 ? '' : texts.trendRange(Math.round(Math.min(...rates)), Math.round(Math.max(...rates))));
    this.#updateAlarms(view, alarms, showing);
    this.#findings.update(view, showing);
    const left = pausedLeft(view, serverNowMs);
    setText(this.#pause, left === null ? texts.pauseAudio : `${texts.resumeAudio} (${left})`);
    setHidden(this.#pause, !mayAct);
    this.#updateQuality(view);
    this.#updateFacts([
      [texts.data, freshness.dataAgeMs === null ? texts.noDataYet : ageText(freshness.dataAgeMs)],
      [texts.clockOffset, numerics.clockOffsetMs === null ? '' : offsetText(numerics.clockOffsetMs)],
      [texts.speed, `${settings.sweepSpeed} ${texts.mmPerS}`],
      [texts.gain, `${settings.displayGain} ${texts.mmPerMv}`],
      [texts.epoch, String(snapshot.epoch)],
      ...(Object.keys(texts.counters) as (keyof typeof texts.counters)[]).map((key) => [texts.counters[key], String(numerics.counters[key])] as const),
    ]);
  }

  #updateAlarms({ numerics }: BedView, alarms: readonly ShownAlarm[], showing: Showing): void {
    if (!this.#alarms.update(alarms, showing)) return;
    setHidden(this.#noAlarms, alarms.length > 0);
    setHidden(this.#reset, !showing.mayAct || !alarms.some(({ state }) => state === 'latched'));
    const off = (numerics.alarmsOff ?? []).map(({ group, by, reason }) => `${texts.alarmsOff(texts.limits.groups[group])} (${by}${reason === '' ? '' : `: ${reason}`})`);
    if (off.join('\n') !== [...this.#alarmsOff.children].map(({ textContent }) => textContent).join('\n')) {
      this.#alarmsOff.replaceChildren(...off.map((text) => el('li', {}, text)));
    }
  }

  #toggleFreeze(): void {
    const view = this.#actions.view();
    if (view) this.#leads.toggleFreeze(view, this.#showing?.serverNowMs, this.#actions.mustLay);
  }

  #openTrends(): void {
    const { trendHours } = this.#showing?.settings ?? DEFAULT_SETTINGS;
    trendsDialog({
      bed: this.bed, nowMs: this.#actions.nowMs, hours: trendHours, choose: (hours) => this.#actions.change({ trendHours: hours }),
      nameOf: this.#actions.nameOf, alarmLines: this.#actions.alarmLines,
    });
  }

  #openAlarmHistory(): void {
    alarmHistoryDialog(this.bed, this.#actions.nowMs(), this.#actions.nameOf);
  }

  #openLimits(): void {
    limitsDialog(this.bed, { view: this.#actions.view, send: this.#actions.send, mayAct: this.#showing?.mayAct ?? false });
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

function command(text: string, act: () => void, key?: string): HTMLButtonElement {
  const button = el('button', { type: 'button' }, text, ...(key === undefined ? [] : [el('kbd', { 'aria-hidden': 'true' }, key)]));
  button.addEventListener('click', act);
  return button;
}
