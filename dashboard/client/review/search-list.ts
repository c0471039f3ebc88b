import { bedName, similarityText } from '../format.ts';
import { texts } from '../text/texts.ts';
import { el, setText } from '../view/dom.ts';
import type { FoundSegment, HistoryClient, Span } from './history-client.ts';
import { MINI_SECONDS, type MiniStrips } from './mini-strip.ts';
import { dateTimeText } from './window.ts';

const LIMIT = 30;

/** Segments of the past by a sentence, nearest first. */
export class SearchList {
  readonly element: HTMLElement;
  readonly #client: HistoryClient;
  readonly #strips: MiniStrips;
  readonly #span: () => Span & { readonly lead: string | undefined };
  readonly #choose: (atMs: number) => void;
  readonly #input = el('input', { type: 'search', 'aria-label': texts.review.searchLabel, placeholder: texts.review.searchHint, maxlength: '200', required: '' });
  readonly #status = el('p', { class: 'quiet', role: 'status' }, texts.review.searchIntro);
  readonly #list = el('ol', { class: 'review-list', 'aria-label': texts.review.search });
  #running = new AbortController();

  /** @param span what is searched: one bed's time under review */
  constructor(client: HistoryClient, strips: MiniStrips, span: () => Span & { readonly lead: string | undefined }, choose: (atMs: number) => void) {
    this.#client = client;
    this.#strips = strips;
    this.#span = span;
    this.#choose = choose;
    const form = el('form', { class: 'review-filters', role: 'search' }, this.#input, el('button', { type: 'submit' }, texts.review.searchStart));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#search(this.#input.value.trim());
    });
    this.element = el('div', { class: 'review-events' }, form, this.#status, this.#list);
  }

  focus(): void {
    this.#input.focus();
  }

  async #search(text: string): Promise<void> {
    if (text === '') return;
    this.#running.abort();
    const running = (this.#running = new AbortController());
    this.#strips.forget();
    this.#list.replaceChildren();
    setText(this.#status, texts.review.searching);
    const { lead, ...span } = this.#span();
    try {
      const { segments, tookMs, results } = await this.#client.search(span, text, LIMIT, running.signal);
      setText(this.#status, results.length === 0 ? texts.review.searchNothing(segments) : texts.review.searchFound(results.length, segments, tookMs));
      this.#list.replaceChildren(...results.map((found) => el('li', {}, this.#row(found, lead))));
    } catch (error) {
      if (!running.signal.aborted) setText(this.#status, texts.review.failed((error as Error).message));
    }
  }

  #row({ bed, atMs, similarity }: FoundSegment, lead: string | undefined): HTMLElement {
    const fromMs = atMs - MINI_SECONDS * 1000;
    const button = el('button', { type: 'button', class: 'review-row', 'data-found': String(atMs) },
      el('span', { class: 'review-row-head' }, el('strong', {}, dateTimeText(fromMs)), el('span', { class: 'quiet' }, bedName(bed))),
      el('span', { class: 'review-row-detail' }, texts.review.similarity(similarityText(similarity))));
    if (lead !== undefined) button.append(this.#strips.make(bed, lead, fromMs));
    button.addEventListener('click', () => this.#choose(fromMs + (MINI_SECONDS * 1000) / 2));
    return button;
  }
}
