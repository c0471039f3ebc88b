import type { Priority } from '../../../ecg/alarm.ts';
import type { AlarmSound } from '../audio/player.ts';
import type { Calibration } from '../calibration.ts';
import { ageText, timeText } from '../format.ts';
import { DISPLAY_GAINS, SWEEP_SPEEDS, type Settings } from '../settings.ts';
import { texts } from '../text/texts.ts';
import type { WardStore } from '../ward-store.ts';
import { el, setData, setHidden, setText, svg } from './dom.ts';
import { isPressed } from './press.ts';

export interface FrameActions {
  change(settings: Partial<Settings>): void;
  openSettings(): void;
  openKeys(): void;
  armSound(): void;
}

const PRIORITIES: readonly Priority[] = ['high', 'medium', 'low', 'technical'];

/** What stands around the beds: head, banners, foot. */
export class Frame {
  readonly head: HTMLElement;
  readonly banners: HTMLElement;
  readonly foot: HTMLElement;
  readonly #beds = el('span', { class: 'beds' });
  readonly #chips = PRIORITIES.map((priority) => ({ priority, element: el('span', { class: 'chip', 'data-priority': priority }), count: el('span') }));
  readonly #time = el('time', { class: 'clock' });
  readonly #sound = el('span', { class: 'sound' });
  readonly #speed: HTMLSelectElement;
  readonly #gain: HTMLSelectElement;
  readonly #role = el('span', { class: 'role', title: texts.roleHint });
  readonly #lost = el('div', { class: 'banner banner-lost', role: 'alert', 'data-banner': 'lost' });
  readonly #lostDetail = el('span');
  readonly #unarmed = el('div', { class: 'banner banner-sound', role: 'status', 'data-banner': 'sound' });
  readonly #notice = el('div', { class: 'banner banner-notice', role: 'status', 'data-banner': 'notice' });
  #noticed: string | null = null;
  readonly #model = el('span', { class: 'foot-model' });
  readonly #provider = el('span');
  readonly #calibration = el('span');
  readonly #connection = el('span', { class: 'foot-connection' });

  constructor(actions: FrameActions) {
    this.#speed = choice(texts.speed, SWEEP_SPEEDS, texts.mmPerS, (sweepSpeed) => actions.change({ sweepSpeed }));
    this.#gain = choice(texts.gain, DISPLAY_GAINS, texts.mmPerMv, (displayGain) => actions.change({ displayGain }));
    const settings = el('button', { type: 'button', 'data-open': 'settings' }, el('span', { class: 'settings-icon', 'aria-hidden': 'true' }, '⚙'), el('span', {}, texts.settings));
    settings.addEventListener('click', () => actions.openSettings());
    for (const { priority, element, count } of this.#chips) {
      element.append(el('span', { class: 'alarm-mark', 'aria-hidden': 'true' }, el('span', {}, texts.mark[priority])), count, el('span', { class: 'chip-name' }, texts.priorityShort[priority]));
    }
    this.head = el('header', { class: 'top' },
      el('h1', {}, logo(), el('span', {}, texts.product)), this.#beds,
      el('span', { class: 'chips' }, ...this.#chips.map(({ element }) => element)),
      el('span', { class: 'spring' }), this.#sound, this.#speed, this.#gain, this.#role, settings, this.#time);
    const arm = el('button', { type: 'button' }, texts.soundArm);
    arm.addEventListener('click', () => actions.armSound());
    this.#unarmed.append(el('span', {}, texts.soundOff), arm);
    this.#lost.append(el('strong', {}, texts.lostTitle), this.#lostDetail);
    this.#notice.hidden = true;
    const keys = el('button', { type: 'button', class: 'foot-keys' }, texts.keys);
    keys.addEventListener('click', () => actions.openKeys());
    this.banners = el('div', { class: 'banners' }, this.#lost, this.#unarmed, this.#notice);
    this.foot = el('footer', { class: 'bottom' }, el('strong', {}, texts.notMedical), this.#model, this.#provider, this.#calibration,
      el('span', { class: 'spring' }), keys, this.#connection);
  }

  update(store: WardStore, settings: Settings, calibration: Calibration, sound: AlarmSound['state']): void {
    const { connection } = store;
    const views = store.views();
    setText(this.#beds, views.length === 0 ? '' : texts.liveBeds(views.filter(({ freshness }) => freshness.live).length, views.length));
    const alarms = views.flatMap((view) => view.alarms);
    for (const { priority, element, count } of this.#chips) {
      const of = alarms.filter((alarm) => alarm.priority === priority).length;
      setHidden(element, of === 0);
      setText(count, String(of));
    }
    const now = store.serverNowMs;
    setText(this.#time, now === undefined || connection === 'lost' ? texts.noServerTime : timeText(now));
    setText(this.#sound, sound === 'armed' ? texts.soundOn : sound === 'unavailable' ? texts.soundUnavailable : '');
    this.#updateBanners(store, sound);
    if (document.activeElement !== this.#speed) this.#speed.value = String(settings.sweepSpeed);
    if (document.activeElement !== this.#gain) this.#gain.value = String(settings.displayGain);
    setText(this.#role, store.role ? texts.role[store.role] : '');
    setHidden(this.#role, store.role === undefined);
    setText(this.#model, store.model ? (store.model.id ?? texts.noModel) : '');
    setText(this.#provider, store.model ? (store.model.executionProvider === 'none' ? texts.noProvider : store.model.executionProvider) : '');
    setText(this.#calibration, calibration.calibrated ? texts.calibrated : texts.notCalibrated);
    setText(this.#connection, texts.connection[connection]);
    setData(this.#connection, 'connection', connection);
  }

  /** Has a sentence shown from the next update on; null takes it away. */
  notice(text: string | null): void {
    this.#noticed = text;
  }

  /** A banner that comes or goes moves the whole page, so none does while a pointer is pressed on it. */
  #updateBanners(store: WardStore, sound: AlarmSound['state']): void {
    if (isPressed(document.body)) return;
    setHidden(this.#unarmed, sound !== 'waiting');
    setHidden(this.#lost, store.connection !== 'lost');
    setText(this.#lostDetail, texts.lostDetail(ageText(store.silenceMs)));
    setText(this.#notice, this.#noticed ?? '');
    setHidden(this.#notice, this.#noticed === null);
  }
}

function choice<T extends number>(label: string, values: readonly T[], unit: string, chosen: (value: T) => void): HTMLSelectElement {
  const select = el('select', { 'aria-label': label }, ...values.map((value) => el('option', { value: String(value) }, `${value} ${unit}`)));
  select.addEventListener('change', () => chosen(Number(select.value) as T));
  return select;
}

/** A QRS complex. */
const logo = (): SVGSVGElement =>
  svg('svg', { class: 'logo', viewBox: '0 0 32 24', 'aria-hidden': 'true' }, svg('path', { d: 'M1 14h7l2-3 2 3h2l2 4 3-16 3 18 2-6h7', fill: 'none' }));
