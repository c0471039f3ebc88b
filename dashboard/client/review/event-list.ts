import { ageText } from '../format.ts';
import { pastAlarmText, texts } from '../text/texts.ts';
import { el, setText } from '../view/dom.ts';
import { matches, ROW_KINDS, ROW_PRIORITIES, type EventRow, type RowKind, type RowPriority } from './event-rows.ts';
import { MINI_SECONDS, type MiniStrips } from './mini-strip.ts';
import { dateTimeText } from './window.ts';

/** Rows in the document at once; the newest where there are more. */
const SHOWN = 300;

/** What happened in the review, newest first, with ten seconds around each; narrowed by kind and priority. */
export class EventList {
  readonly element: HTMLElement;
  readonly #list = el('ol', { class: 'review-list', 'aria-label': texts.review.events });
  readonly #count = el('span', { class: 'quiet', role: 'status' });
  readonly #kind: HTMLSelectElement;
  readonly #priority: HTMLSelectElement;
  readonly #strips: MiniStrips;
  readonly #nameOf: (label: string) => string;
  readonly #choose: (atMs: number) => void;
  #rows: readonly EventRow[] | undefined;
  #bed = '';
  #lead: string | undefined;

  /** @param nameOf what a label is called */
  constructor(strips: MiniStrips, nameOf: (label: string) => string, choose: (atMs: number) => void) {
    this.#strips = strips;
    this.#nameOf = nameOf;
    this.#choose = choose;
    const { kinds, anyPriority } = texts.review;
    this.#kind = options(texts.review.kind, [['all', kinds.all], ...ROW_KINDS.map((kind) => [kind, kinds[kind]] as const)]);
    this.#priority = options(texts.review.priority, [['all', anyPriority], ...ROW_PRIORITIES.map((priority) => [priority, texts.priority[priority]] as const)]);
    for (const select of [this.#kind, this.#priority]) select.addEventListener('change', () => this.#fill());
    this.element = el('div', { class: 'review-events' }, el('div', { class: 'review-filters' }, this.#kind, this.#priority), el('p', {}, this.#count), this.#list);
  }

  /** @param rows undefined while they are on their way */
  show(bed: string, lead: string | undefined, rows: readonly EventRow[] | undefined): void {
    this.#bed = bed;
    this.#lead = lead;
    this.#rows = rows;
    this.#fill();
  }

  /** The shown event after or before a moment, or undefined where there is none. */
  next(atMs: number, direction: 1 | -1): EventRow | undefined {
    const shown = this.#shown();
    return direction > 0 ? shown.find((row) => row.atMs > atMs) : shown.findLast((row) => row.atMs < atMs);
  }

  #shown(): readonly EventRow[] {
    return (this.#rows ?? []).filter((row) => matches(row, this.#kind.value as RowKind | 'all', this.#priority.value as RowPriority | 'all'));
  }

  #fill(): void {
    this.#strips.forget();
    const shown = this.#shown();
    const newest = shown.slice(-SHOWN).reverse();
    setText(this.#count, this.#rows && this.#rows.length > 0 ? texts.review.eventsShown(newest.length, shown.length) : '');
    if (newest.length > 0) return this.#list.replaceChildren(...newest.map((row) => this.#row(row)));
    const words = !this.#rows ? texts.review.eventsLoading : this.#rows.length === 0 ? texts.review.eventsNone : texts.review.eventsFiltered;
    this.#list.replaceChildren(el('li', { class: 'quiet review-none' }, words));
  }

  #row(row: EventRow): HTMLElement {
    const mark = row.priority ?? 'none';
    const lasted = row.kind !== 'alarm' ? '' : row.endMs === undefined ? texts.review.lasting : texts.review.lasted(ageText(row.endMs - row.atMs));
    const button = el('button', { type: 'button', class: 'review-row', 'data-kind': row.kind, 'data-priority': mark, 'data-name': row.name },
      el('span', { class: 'review-row-head' },
        ...(row.priority ? [el('span', { class: 'alarm-mark', 'aria-hidden': 'true' }, el('span', {}, texts.mark[row.priority])), el('span', { class: 'hidden-text' }, texts.priority[row.priority])] : []),
        el('strong', {}, row.count > 1 ? texts.review.times(this.#titleOf(row), row.count) : this.#titleOf(row)), el('time', {}, dateTimeText(row.atMs).slice(5))),
      el('span', { class: 'review-row-detail' }, [row.name === '+' ? '' : row.detail, lasted].filter((text) => text !== '').join(' · ')));
    if (this.#lead !== undefined && row.kind !== 'feed') button.append(this.#strips.make(this.#bed, this.#lead, row.atMs - (MINI_SECONDS * 1000) / 2));
    button.addEventListener('click', () => this.#choose(row.atMs));
    return el('li', {}, button);
  }

  /** What an event is called: an alarm by its condition, a finding by its label. */
  #titleOf({ kind, name, detail }: EventRow): string {
    if (kind === 'alarm') return pastAlarmText(name, this.#nameOf);
    if (kind === 'feed') return texts.review.feed[name] ?? name;
    return name === '+' && detail !== '' ? `${texts.review.annotation['+'] ?? ''} ${detail}` : texts.review.annotation[name] ?? name;
  }
}

export function options(label: string, values: readonly (readonly [string, string])[]): HTMLSelectElement {
  return el('select', { 'aria-label': label }, ...values.map(([value, text]) => el('option', { value }, text)));
}
