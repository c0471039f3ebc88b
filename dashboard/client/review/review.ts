import { bedName } from '../format.ts';
import { texts } from '../text/texts.ts';
import { el, setHidden, setText } from '../view/dom.ts';
import { Disclosure } from './disclosure.ts';
import { DisclosureData } from './disclosure-data.ts';
import { EventList, options } from './event-list.ts';
import { annotatedBeats, rowsOf, type EventRow } from './event-rows.ts';
import { HistoryClient, type Span, type StoredBeat, type StoredTrend } from './history-client.ts';
import { MiniStrips } from './mini-strip.ts';
import type { MomentScale } from './moment.ts';
import { MomentPanel } from './moment-panel.ts';
import { Navigator, NAVIGATOR_POINTS } from './navigator.ts';
import { SearchList } from './search-list.ts';
import { Tabs } from './tabs.ts';
import { clampTo, holds, HOUR_MS, LINE_MS, parseTime, windowAround, windowEnding, WINDOW_HOURS, type ReviewWindow, type WindowHours } from './window.ts';

const EVENT_LIMIT = 10_000;
/** Beds are listed that have anything within the longest review. */
const BEDS_MS = 72 * HOUR_MS;
const FIRST_HOURS: WindowHours = 6;
/** How far back the newest sample is looked for before the newest event will do. */
const RECENT_MS = 600_000;
/** The strip of the newest moment ends about where the samples do. */
const BEFORE_NEWEST_MS = 5000;
/** Monitors show lead II first. */
const FIRST_LEAD = 'II';

export interface ReviewActions {
  /** The server's clock. */
  readonly nowMs: () => number;
  /** What a label is called. */
  readonly nameOf: (label: string) => string;
  readonly openReview: (bed: string) => void;
  readonly leave: () => void;
}

/** The past of one bed: hours at a glance, what happened in them, and any moment of them on paper. */
export class Review {
  readonly element: HTMLElement;
  readonly bed: string;
  readonly #actions: ReviewActions;
  readonly #client: HistoryClient;
  readonly #strips: MiniStrips;
  readonly #data: DisclosureData;
  readonly #disclosure: Disclosure;
  readonly #navigator: Navigator;
  readonly #events: EventList;
  readonly #search: SearchList;
  readonly #moment: MomentPanel;
  readonly #bedChoice = el('select', { 'aria-label': texts.review.bed });
  readonly #leadChoice = el('select', { 'aria-label': texts.review.lead });
  readonly #hoursChoice = options(texts.review.window, WINDOW_HOURS.map((hours) => [String(hours), texts.review.hours(hours)]));
  readonly #jump = el('input', { type: 'text', 'aria-label': texts.review.jump, placeholder: texts.review.jump, title: texts.review.jumpHint, autocomplete: 'off', maxlength: '20' });
  readonly #fault = el('div', { class: 'banner review-fault', role: 'alert' });
  readonly #faultText = el('span');
  readonly #empty = el('div', { class: 'empty' }, el('h2', {}, texts.review.noBeds), el('p', {}, texts.review.noBedsDetail));
  readonly #tabs: Tabs;
  #hours: WindowHours = FIRST_HOURS;
  #window: ReviewWindow;
  #atMs: number;
  #lead: string | undefined;
  #rows: readonly EventRow[] | undefined;
  #marked: readonly StoredBeat[] = [];
  #trend: StoredTrend | undefined;
  #loading = new AbortController();

  constructor(bed: string, leads: readonly string[], actions: ReviewActions) {
    this.bed = bed;
    this.#actions = actions;
    this.#client = new HistoryClient();
    this.#strips = new MiniStrips(this.#client);
    this.#data = new DisclosureData(this.#client, actions.nowMs, () => this.#disclosure.draw(), (error) => this.#fail(error));
    const choose = (atMs: number): void => this.goTo(atMs);
    this.#moment = new MomentPanel(bed, this.#client, {
      marked: () => this.#marked,
      nowMs: actions.nowMs,
      failed: (error) => this.#fail(error),
      shown: (data) => {
        if (data) this.#setLeads(data.leads.map(({ lead }) => lead));
        this.#show();
      },
    });
    this.#disclosure = new Disclosure(this.#data, choose);
    this.#navigator = new Navigator(choose);
    this.#events = new EventList(this.#strips, actions.nameOf, choose);
    this.#search = new SearchList(this.#client, new MiniStrips(this.#client), () => ({ ...this.#span(), lead: this.#lead }), choose);
    this.#window = windowEnding(actions.nowMs(), this.#hours);
    this.#atMs = actions.nowMs() - BEFORE_NEWEST_MS;
    this.#tabs = new Tabs([{ id: 'events', title: texts.review.events, panel: this.#events.element }, { id: 'search', title: texts.review.search, panel: this.#search.element }]);
    this.#setLeads(leads);
    this.element = this.#build();
    void this.#loadBeds();
    void this.#start();
  }

  /** Sizes, scale or colours may have changed. */
  lay(scale: MomentScale): void {
    this.#disclosure.lay();
    this.#moment.lay(scale);
    this.#show();
    this.#disclosure.reveal(this.#atMs);
  }

  focus(): void {
    this.element.querySelector('h2')!.focus();
  }

  close(): void {
    this.#loading.abort();
    this.#data.stop();
    this.#strips.forget();
    this.#moment.close();
  }

  /** Makes a moment the chosen one; a window that does not hold it moves there. */
  goTo(atMs: number): void {
    if (!holds(this.#window, atMs)) {
      this.#atMs = atMs;
      this.#use(windowAround(atMs, this.#hours));
      return;
    }
    this.#atMs = clampTo(this.#window, atMs);
    this.#disclosure.reveal(this.#atMs);
    this.#show();
    this.#moment.choose(this.#atMs);
  }

  /** @returns whether the key meant something here */
  key({ key, shiftKey }: KeyboardEvent): boolean {
    const steps: Readonly<Record<string, number>> = { ArrowUp: -LINE_MS, ArrowDown: LINE_MS, ArrowLeft: shiftKey ? -10_000 : -1000, ArrowRight: shiftKey ? 10_000 : 1000, PageUp: -10 * LINE_MS, PageDown: 10 * LINE_MS };
    const step = steps[key];
    if (step !== undefined) this.goTo(clampTo(this.#window, this.#atMs + step));
    else if (key === 'Home') this.goTo(this.#window.fromMs);
    else if (key === 'End') this.#newest();
    else if (key === '[' || key === ']') {
      const event = this.#events.next(this.#atMs, key === ']' ? 1 : -1);
      if (event) this.goTo(event.atMs);
    } else if (key === 'g') this.#jump.focus();
    else if (key === '/') {
      this.#tabs.open(1);
      this.#search.focus();
    } else if (key === 'Escape') this.#actions.leave();
    else return false;
    return true;
  }

  #build(): HTMLElement {
    const button = (text: string, act: () => void, attributes: Record<string, string> = {}): HTMLButtonElement => {
      const element = el('button', { type: 'button', ...attributes }, text);
      element.addEventListener('click', act);
      return element;
    };
    this.#hoursChoice.value = String(this.#hours);
    this.#bedChoice.append(el('option', { value: this.bed }, bedName(this.bed)));
    this.#bedChoice.addEventListener('change', () => this.#actions.openReview(this.#bedChoice.value));
    this.#leadChoice.addEventListener('change', () => {
      this.#lead = this.#leadChoice.value;
      this.#show();
    });
    this.#hoursChoice.addEventListener('change', () => {
      this.#hours = Number(this.#hoursChoice.value) as WindowHours;
      const around = windowAround(this.#atMs, this.#hours);
      this.#use(around.toMs > this.#actions.nowMs() ? windowEnding(this.#actions.nowMs(), this.#hours) : around);
    });
    const form = el('form', { class: 'review-jump' }, this.#jump, el('button', { type: 'submit' }, texts.review.go));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const atMs = parseTime(this.#jump.value, this.#atMs);
      this.#jump.setCustomValidity(atMs === undefined ? texts.review.notATime(this.#jump.value) : '');
      if (atMs === undefined) return void this.#jump.reportValidity();
      this.#jump.value = '';
      this.#disclosure.element.focus();
      this.goTo(atMs);
    });
    this.#jump.addEventListener('input', () => this.#jump.setCustomValidity(''));
    this.#fault.append(this.#faultText, button(texts.review.retry, () => void this.#start()));
    this.#fault.hidden = true;
    this.#empty.hidden = true;
    const back = el('button', { type: 'button', class: 'back' }, '‹ ', texts.review.live, el('kbd', {}, 'Esc'));
    back.addEventListener('click', this.#actions.leave);
    const half = (sign: 1 | -1) => (): void => this.goTo(this.#atMs + sign * this.#hours * HOUR_MS);
    return el('section', { class: 'review', 'data-review': this.bed },
      el('header', { class: 'bed-head' }, back, el('h2', { tabindex: '-1' }, texts.review.review), this.#bedChoice, this.#leadChoice, this.#hoursChoice,
        button('‹', half(-1), { 'aria-label': texts.review.earlier, title: texts.review.earlier }), button('›', half(1), { 'aria-label': texts.review.later, title: texts.review.later }),
        button(texts.review.newest, () => this.#newest()), form, el('span', { class: 'quiet review-keys' }, texts.review.keys)),
      this.#fault, this.#empty, this.#navigator.element,
      el('aside', { class: 'review-side' }, this.#tabs.bar, ...this.#tabs.panels),
      this.#disclosure.element,
      this.#moment.element);
  }

  #span(): Span {
    return { bed: this.bed, fromMs: this.#window.fromMs, toMs: this.#window.toMs };
  }

  #newest(): void {
    void this.#start();
  }

  #use(window: ReviewWindow): void {
    this.#window = window;
    this.#atMs = clampTo(window, this.#atMs);
    void this.#load();
  }

  /** Begins where the past of the bed ends: at its newest sample, or, where that is long ago, at its newest event. */
  async #start(): Promise<void> {
    this.#fault.hidden = true;
    try {
      const newestMs = (await this.#newestSampleMs()) ?? (await this.#newestEventMs());
      if (newestMs !== undefined) {
        this.#atMs = newestMs - BEFORE_NEWEST_MS;
        this.#window = windowEnding(newestMs, this.#hours);
      }
    } catch (error) {
      return this.#fail(error);
    }
    await this.#load();
  }

  async #newestSampleMs(): Promise<number | undefined> {
    if (this.#lead === undefined) return undefined;
    const toMs = this.#actions.nowMs();
    const fromMs = toMs - RECENT_MS;
    const { lowUv, columnMs } = await this.#client.overview({ bed: this.bed, fromMs, toMs }, this.#lead, RECENT_MS / 1000);
    const newest = lowUv.findLastIndex((low) => low !== null);
    return newest < 0 ? undefined : fromMs + (newest + 1) * columnMs;
  }

  async #newestEventMs(): Promise<number | undefined> {
    return (await this.#client.events({ bed: this.bed, fromMs: 0, toMs: this.#actions.nowMs() }, ['alarm', 'annotation', 'feed'], 1)).at(-1)?.atMs;
  }

  /** Everything of the window but its lines, which the disclosure fetches as they come into view. */
  async #load(): Promise<void> {
    this.#loading.abort();
    const loading = (this.#loading = new AbortController());
    this.#rows = this.#trend = undefined;
    this.#moment.choose(this.#atMs);
    this.#show();
    this.#disclosure.reveal(this.#atMs);
    this.#events.show(this.bed, this.#lead, undefined);
    try {
      const span = this.#span();
      const [events, trend] = await Promise.all([
        this.#client.events(span, ['alarm', 'annotation', 'feed'], EVENT_LIMIT, loading.signal),
        this.#client.heartRate(span, NAVIGATOR_POINTS, loading.signal),
      ]);
      this.#rows = rowsOf(events);
      this.#marked = annotatedBeats(events);
      this.#trend = trend;
      this.#fault.hidden = true;
      this.#events.show(this.bed, this.#lead, this.#rows);
      this.#show();
    } catch (error) {
      if (!loading.signal.aborted) this.#fail(error);
    }
  }

  async #loadBeds(): Promise<void> {
    try {
      const nowMs = this.#actions.nowMs();
      const beds = await this.#client.beds(nowMs - BEDS_MS, nowMs + LINE_MS);
      const all = [...new Set([this.bed, ...beds])].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
      this.#bedChoice.replaceChildren(...all.map((bed) => el('option', { value: bed }, bedName(bed))));
      this.#bedChoice.value = this.bed;
      setHidden(this.#empty, beds.length > 0);
    } catch (error) {
      this.#fail(error);
    }
  }

  #setLeads(leads: readonly string[]): void {
    if (leads.length === 0 || leads.join() === [...this.#leadChoice.options].map(({ value }) => value).join()) return;
    const keep = this.#lead !== undefined && leads.includes(this.#lead) ? this.#lead : leads.includes(FIRST_LEAD) ? FIRST_LEAD : leads[0]!;
    this.#leadChoice.replaceChildren(...leads.map((lead) => el('option', { value: lead }, lead)));
    this.#leadChoice.value = keep;
    const first = this.#lead === undefined;
    this.#lead = keep;
    // Rows were made before their lead was known, so they have no strips yet.
    if (first && this.#rows) this.#events.show(this.bed, keep, this.#rows);
  }

  #show(): void {
    const columnsPerLine = this.#disclosure.columnsPerLine;
    if (this.#lead !== undefined) this.#data.use({ bed: this.bed, lead: this.#lead, columnsPerLine });
    const rows = this.#rows ?? [];
    this.#disclosure.show({ window: this.#window, atMs: this.#atMs, stripMs: this.#moment.lengthMs, rows, marked: this.#marked, nowMs: this.#actions.nowMs() });
    this.#navigator.show({ window: this.#window, atMs: this.#atMs, visible: this.#disclosure.visible, trend: this.#trend, rows });
  }

  #fail(error: unknown): void {
    setText(this.#faultText, texts.review.loadFailed((error as Error).message));
    setHidden(this.#fault, false);
  }
}
