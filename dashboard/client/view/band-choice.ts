import { DISPLAY_BAND_NAMES, type DisplayBand } from '../../../ecg/dsp/display-band.ts';
import type { BedSnapshot, PersonCommand } from '../../wire.ts';
import type { Settings } from '../settings.ts';
import { texts } from '../text/texts.ts';
import { el, setAttribute, setText } from './dom.ts';

/** `25 mm/s  10 mm/mV  Diagnostic 0.05-125 Hz` @param band as `bandText` names it */
export const scaleText = ({ sweepSpeed, displayGain }: Pick<Settings, 'sweepSpeed' | 'displayGain'>, band: string): string =>
  `${sweepSpeed} ${texts.mmPerS}  ${displayGain} ${texts.mmPerMv}  ${band}`;

/** `Diagnostic 0.05-125 Hz` */
export const bandText = ({ band, filter }: Pick<BedSnapshot, 'band' | 'filter'>): string => `${texts.bands[band]} ${filter}`;

/** The display bands of a bed as buttons. The one pressed is in force: the server's word, not the hand's. */
export class BandChoice {
  readonly element: HTMLElement;
  readonly #buttons: readonly (readonly [DisplayBand, HTMLButtonElement])[];
  readonly #bandwidth = el('span', { class: 'bandwidth' });

  constructor(bed: string, act: (command: PersonCommand) => void) {
    this.#buttons = DISPLAY_BAND_NAMES.map((band) => {
      const button = el('button', { type: 'button', 'data-band': band, title: texts.bandHint[band] }, texts.bands[band]);
      button.addEventListener('click', () => act({ type: 'setBand', bed, band }));
      return [band, button];
    });
    this.element = el('div', { class: 'bands' },
      el('div', { class: 'choices', role: 'group', 'aria-label': texts.filter }, ...this.#buttons.map(([, button]) => button)), this.#bandwidth);
  }

  /** @param mayAct false for a viewer, who sees which band is in force and cannot change it */
  update({ band, filter }: BedSnapshot, mayAct: boolean): void {
    for (const [each, button] of this.#buttons) {
      setAttribute(button, 'aria-pressed', String(each === band));
      if (button.disabled === mayAct) button.disabled = !mayAct;
    }
    setText(this.#bandwidth, filter);
  }
}
