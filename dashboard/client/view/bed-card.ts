import type { AlarmView } from '../../wire.ts';
import { isUnacknowledged } from '../alarms.ts';
import { pausedLeft } from '../audio/pause.ts';
import { ageText, bedName, offsetText } from '../format.ts';
import { texts } from '../text/texts.ts';
import type { Slot } from '../trace/wall.ts';
import type { BedView } from '../ward-store.ts';
import { AlarmList } from './alarm-list.ts';
import { bandText, scaleText } from './band-choice.ts';
import { el, setAttribute, setData, setHidden, setText } from './dom.ts';
import { FindingList } from './finding-list.ts';
import type { Showing } from './showing.ts';
import { HeartRate, leadFault, leadText, Status } from './vitals.ts';

/** Most findings a card has room for; smaller cards hide the last ones. */
const FINDINGS = 8;

/** One bed of the ward. The strip is an empty element that the canvas behind draws into. */
export class BedCard {
  readonly element: HTMLElement;
  readonly #bed: string;
  readonly #strip: HTMLElement;
  readonly #lead = el('span', { class: 'strip-lead' });
  readonly #scale = el('span', { class: 'strip-scale' });
  readonly #badge = el('span', { class: 'badge' });
  readonly #device = el('span', { class: 'device' });
  readonly #break = el('span', { class: 'strip-break' });
  readonly #heartRate = new HeartRate();
  readonly #findings = new FindingList(FINDINGS);
  readonly #status = new Status();
  readonly #alarms: AlarmList;
  /**
   * How many alarms the card has no room for: after one on a narrow card, after two on a wide one. High ones always have
   * room: one that was acknowledged stands behind any new alarm, and must be seen as long as it lasts.
   */
  readonly #more = [1, 2].map((after) => ({ after, element: el('span', { class: 'more', 'data-after': String(after) }) }));

  constructor(bed: string, acknowledge: (alarm: AlarmView) => void) {
    this.#bed = bed;
    this.#alarms = new AlarmList(bed, acknowledge);
    this.#strip = el('div', { class: 'strip', 'data-strip': '' }, this.#lead, this.#scale, this.#break);
    const link = el('a', { href: `#${bed}`, title: bedName(bed), 'aria-label': texts.openBed(bedName(bed)) }, bedName(bed));
    const body = el('div', { class: 'card-body' },
      el('header', { class: 'card-head' }, el('h2', {}, link), this.#badge, this.#device, this.#alarms.element, ...this.#more.map(({ element }) => element)),
      this.#strip,
      el('div', { class: 'vitals' }, this.#heartRate.element, this.#findings.element),
      this.#status.element);
    this.element = el('article', { class: 'card', 'data-bed': bed }, body);
    // The whole card opens the bed for a pointer; the keyboard has the link.
    this.element.addEventListener('click', (event) => {
      if (!(event.target as Element).closest('a, button, .alarms')) link.click();
    });
  }

  slot({ snapshot, trace }: BedView): Slot {
    return { element: this.#strip, trace, lead: snapshot.primaryLead };
  }

  focus(): void {
    this.element.querySelector('a')!.focus();
  }

  update(view: BedView, showing: Showing): void {
    const { settings, serverNowMs } = showing;
    const { snapshot, numerics, freshness, alarms } = view;
    markBed(this.element, view);
    setText(this.#badge, texts.source[snapshot.source]);
    setText(this.#device, snapshot.device);
    setAttribute(this.#device, 'title', snapshot.device);
    // A small card has no room for the scale; a band that is not the usual one is named all the same.
    setText(this.#lead, [leadText(view, snapshot.primaryLead), ...(snapshot.band === 'monitor' ? [] : [texts.bands[snapshot.band]])].join(' · '));
    setData(this.#lead, 'fault', String(leadFault(view, snapshot.primaryLead) !== undefined));
    setText(this.#scale, scaleText(settings, bandText(snapshot)));
    setHidden(this.#break, freshness.live);
    setText(this.#break, freshness.dataAgeMs === null ? texts.noDataYet : `${texts.pageAlarm.noData} ${ageText(freshness.dataAgeMs)}`);
    if (this.#alarms.update(alarms, showing)) this.#countHidden(alarms);
    this.#heartRate.update(view, serverNowMs);
    this.#findings.update(view, showing);
    this.#status.update(view, numerics.clockOffsetMs === null ? '' : offsetText(numerics.clockOffsetMs), pausedLeft(view, serverNowMs));
  }

  #countHidden(alarms: readonly AlarmView[]): void {
    for (const { after, element } of this.#more) {
      const hidden = alarms.slice(after).filter(({ priority }) => priority !== 'high');
      setHidden(element, hidden.length === 0);
      setText(element, texts.more(hidden.length));
      setData(element, 'priority', hidden[0]?.priority ?? 'none');
    }
  }
}

/** Marks an element with the state of its bed: style sheet, tests and assistive tools read the same attributes. */
export function markBed(element: HTMLElement, { snapshot, freshness, alarms }: BedView): void {
  const first = alarms[0];
  setData(element, 'live', String(freshness.live));
  setData(element, 'source', snapshot.source);
  setData(element, 'priority', first?.priority ?? 'none');
  setData(element, 'sounding', String(first !== undefined && isUnacknowledged(first)));
}
