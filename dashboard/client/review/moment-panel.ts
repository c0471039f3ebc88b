import { ms } from '../../../ecg/units.ts';
import { pageClock } from '../page-clock.ts';
import { printSheet } from '../print/output.ts';
import { secondsOnSheet } from '../print/sheet.ts';
import { heartRateOf, pdfSheet, stripName, stripSheet } from '../print/strip-sheet.ts';
import { sheetToSvg } from '../print/svg.ts';
import { texts } from '../text/texts.ts';
import { el, setText } from '../view/dom.ts';
import { options } from './event-list.ts';
import { exportDialog } from './export-dialog.ts';
import type { HistoryClient, StoredBeat } from './history-client.ts';
import { Moment, type MomentScale } from './moment.ts';
import { BANDS, LEAD_IN_MS, stripOf, type Band, type StripData } from './strip-data.ts';
import { dateTimeText } from './window.ts';

/** A strip is asked for once the cursor has rested this long. */
const REST = ms(80);
/** Of a moment with nothing stored, this much is offered for export. */
const USUAL_SECONDS = 10;

export interface MomentActions {
  /** Beats that annotations mark, for where the analyser found none. */
  readonly marked: () => readonly StoredBeat[];
  /** The server's clock. */
  readonly nowMs: () => number;
  /** A strip is shown, or there is none at the moment. */
  readonly shown: (data: StripData | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/** The chosen moment: fetched, filtered as chosen, shown, printed and exported. */
export class MomentPanel {
  readonly element: HTMLElement;
  readonly #bed: string;
  readonly #client: HistoryClient;
  readonly #actions: MomentActions;
  readonly #moment = new Moment();
  readonly #title = el('h3', { class: 'review-moment-title', 'aria-live': 'polite' });
  readonly #bandChoice = options(texts.review.filter, BANDS.map(({ name }) => [name, texts.review.band(name)]));
  #atMs = 0;
  #band: Band = BANDS[0];
  #scale: MomentScale | undefined;
  #strip: StripData | undefined;
  #loading = new AbortController();
  #endRest: () => void = () => undefined;

  constructor(bed: string, client: HistoryClient, actions: MomentActions) {
    this.#bed = bed;
    this.#client = client;
    this.#actions = actions;
    this.#bandChoice.addEventListener('change', () => {
      this.#band = BANDS.find(({ name }) => name === this.#bandChoice.value) ?? BANDS[0];
      void this.load();
    });
    const button = (text: string, action: string, act: () => Promise<void>): HTMLButtonElement => {
      const element = el('button', { type: 'button', 'data-action': action }, text);
      element.addEventListener('click', () => void act().catch(actions.failed));
      return element;
    };
    this.element = el('section', { class: 'review-moment' },
      el('header', { class: 'review-moment-head' }, this.#title, this.#bandChoice,
        button(texts.review.print, 'print', () => this.#print()), button(texts.review.exportOpen, 'export', () => this.#export())),
      this.#moment.element);
  }

  /** Length of the strip, ms. */
  get lengthMs(): number {
    return (this.#strip?.seconds ?? USUAL_SECONDS) * 1000;
  }

  lay(scale: MomentScale): void {
    this.#scale = scale;
    void this.load();
  }

  /** Another moment; its strip follows when no further one is chosen at once. */
  choose(atMs: number): void {
    this.#atMs = atMs;
    this.#showTitle();
    this.#endRest();
    this.#endRest = pageClock.after(REST, () => void this.load());
  }

  async load(): Promise<void> {
    const scale = this.#scale;
    if (!scale || this.#atMs === 0) return;
    const seconds = this.#moment.seconds(scale);
    this.#loading.abort();
    const loading = (this.#loading = new AbortController());
    try {
      const data = await this.#fetch(seconds, loading.signal);
      if (loading.signal.aborted) return;
      this.#strip = data;
      if (data) this.#moment.show(data, scale);
      else this.#moment.say(texts.review.stripNone(dateTimeText(this.#atMs)));
      this.#showTitle();
      this.#actions.shown(data);
    } catch (error) {
      if (!loading.signal.aborted) this.#actions.failed(error);
    }
  }

  close(): void {
    this.#endRest();
    this.#loading.abort();
  }

  /** The moment stands in the middle. */
  async #fetch(seconds: number, signal?: AbortSignal): Promise<StripData | undefined> {
    const fromMs = this.#atMs - (seconds * 1000) / 2;
    const span = { bed: this.#bed, fromMs, toMs: fromMs + seconds * 1000 };
    const [runs, beats] = await Promise.all([this.#client.waveform({ ...span, fromMs: fromMs - LEAD_IN_MS }, signal), this.#client.beats(span, signal)]);
    return stripOf(this.#bed, runs, beats.length > 0 ? beats : this.#actions.marked(), fromMs, seconds, this.#band);
  }

  #showTitle(): void {
    const rate = this.#strip && heartRateOf(this.#strip);
    setText(this.#title, `${dateTimeText(this.#atMs)}${rate === undefined ? '' : ` · ${Math.round(rate)} ${texts.bpm}`}`);
  }

  /** As long as fits paper, whatever the screen shows. */
  async #paper(): Promise<{ readonly data: StripData; readonly scale: MomentScale } | undefined> {
    const scale = this.#scale;
    const data = scale && await this.#fetch(secondsOnSheet(scale));
    return data && { data, scale };
  }

  async #print(): Promise<void> {
    const made = await this.#paper();
    if (made) printSheet(sheetToSvg(stripSheet(made.data, made.scale, this.#actions.nowMs())));
  }

  async #export(): Promise<void> {
    const made = await this.#paper();
    const nowMs = this.#actions.nowMs();
    exportDialog({
      client: this.#client,
      span: { bed: this.#bed, fromMs: this.#atMs - this.lengthMs / 2, toMs: this.#atMs + this.lengthMs / 2 },
      sheets: made && { svg: stripSheet(made.data, made.scale, nowMs), pdf: pdfSheet(made.data, made.scale, nowMs) },
      name: made ? stripName(made.data) : this.#bed,
    });
  }
}
