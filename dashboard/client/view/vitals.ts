import type { LeadState } from '../../wire.ts';
import { ageText } from '../format.ts';
import { texts } from '../text/texts.ts';
import type { BedView } from '../ward-store.ts';
import { el, setData, setHidden, setText } from './dom.ts';

/** The heart rate: large while it is live, dashes with the last known value and its age once it is not. */
export class HeartRate {
  readonly element: HTMLElement;
  readonly #value = el('span', { class: 'hr-value' });
  readonly #last = el('span', { class: 'hr-last' });
  #known: { readonly bpm: number; readonly atMs: number } | undefined;

  constructor() {
    this.element = el('div', { class: 'hr' },
      el('span', { class: 'hr-label' }, texts.heartRate, el('small', {}, texts.bpm)), this.#value, this.#last);
  }

  update({ numerics, freshness }: BedView, serverNowMs: number | undefined): void {
    const bpm = freshness.live ? numerics.heartRateBpm : null;
    if (numerics.heartRateBpm !== null) this.#known = { bpm: Math.round(numerics.heartRateBpm), atMs: numerics.lastSampleMs ?? numerics.serverTimeMs };
    setText(this.#value, bpm === null ? texts.noValue : String(Math.round(bpm)));
    setData(this.element, 'stale', String(bpm === null));
    const last = bpm === null && this.#known && serverNowMs !== undefined ? texts.lastKnown(this.#known.bpm, ageText(serverNowMs - this.#known.atMs)) : '';
    setText(this.#last, last);
    setHidden(this.#last, last === '');
  }
}

/** What is wrong with a lead, as far as is known: where a flat line comes from an electrode, the strip itself says so. */
export function leadFault({ numerics, freshness }: BedView, lead: number): Exclude<LeadState, 'ok'> | undefined {
  const state = numerics.leadStates[lead];
  return !freshness.live || state === undefined || state === 'ok' ? undefined : state;
}

/** `II`, `II lead off`. */
export function leadText(view: BedView, lead: number): string {
  const name = view.snapshot.leads[lead] ?? '';
  const fault = leadFault(view, lead);
  return fault ? `${name} ${texts.leadState[fault]}` : name;
}

/** What stands under a strip: state of the leads, age of the data, the device's clock, paused audio. */
export class Status {
  readonly element: HTMLElement;
  readonly #leads = el('span', { class: 'status-leads' });
  readonly #age = el('span', { class: 'status-age' });
  readonly #clock = el('span', { class: 'status-clock', title: texts.clockOffsetHint });
  readonly #audio = el('span', { class: 'status-audio' });

  constructor() {
    this.element = el('div', { class: 'status' }, this.#leads, this.#audio, this.#clock, this.#age);
  }

  update({ snapshot, numerics, freshness }: BedView, offset: string, pausedLeft: string | null): void {
    const faults = numerics.leadStates.flatMap((state, i) => (state === 'ok' ? [] : [`${snapshot.leads[i] ?? '?'} ${texts.leadState[state]}`]));
    setText(this.#leads, faults.length === 0 ? `${snapshot.leads.slice(0, 3).join(' ')}${snapshot.leads.length > 3 ? ` +${snapshot.leads.length - 3}` : ''} ${texts.leadState.ok}` : faults.join(', '));
    setData(this.#leads, 'fault', String(faults.length > 0));
    setText(this.#age, freshness.dataAgeMs === null ? texts.noDataYet : `${texts.data} ${ageText(freshness.dataAgeMs)}`);
    setData(this.#age, 'stale', String(!freshness.live));
    setText(this.#clock, offset === '' ? '' : `${texts.clockOffset} ${offset}`);
    setText(this.#audio, pausedLeft === null ? '' : texts.audioPaused(pausedLeft));
    setHidden(this.#audio, pausedLeft === null);
  }
}
