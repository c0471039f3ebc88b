import { CARD_WIDTH_MM, pxPerMmOfCard, type Calibration } from '../calibration.ts';
import type { ServerRefusal } from '../server-request.ts';
import { refusalText, texts } from '../text/texts.ts';
import { el } from './dom.ts';

/** Widths of a card on any screen from 40 to 400 px an inch, CSS px. */
const CARD_PX = { min: 135, max: 1340 } as const;

/** Opens the calibration dialog: a frame to be set to the width of a bank card. */
export function calibrationDialog(now: Calibration, save: (pxPerMm: number | null) => void): void {
  const frame = el('div', { class: 'bank-card' });
  const slider = el('input', { type: 'range', min: String(CARD_PX.min), max: String(CARD_PX.max), step: '0.5', 'aria-label': texts.calibrateWidth });
  const size = el('output');
  const show = (): void => {
    frame.style.width = `${slider.value}px`;
    size.textContent = `${Number(slider.value).toFixed(1)} px`;
  };
  slider.value = String(now.pxPerMm * CARD_WIDTH_MM);
  slider.addEventListener('input', show);
  show();
  const dialog = el('dialog', { class: 'dialog', 'aria-label': texts.calibrateTitle });
  const button = (text: string, done: () => void): HTMLButtonElement => {
    const element = el('button', { type: 'button' }, text);
    element.addEventListener('click', () => {
      done();
      dialog.close();
    });
    return element;
  };
  dialog.append(
    el('h2', {}, texts.calibrateTitle), el('p', {}, texts.calibrateHelp), frame, el('label', {}, texts.calibrateWidth, slider, size),
    el('div', { class: 'dialog-buttons' }, button(texts.calibrateReset, () => save(null)), button(texts.cancel, () => {}),
      button(texts.save, () => save(pxPerMmOfCard(Number(slider.value))))));
  openDialog(dialog);
}

/** Asks for an access token. @param wrong whether the one before was refused */
export function tokenDialog(wrong: boolean, use: (token: string) => void): void {
  if (document.querySelector('[data-dialog="token"]')) return;
  const input = el('input', { type: 'password', autocomplete: 'off', required: '', 'aria-label': texts.tokenLabel });
  const form = el('form', { method: 'dialog' },
    el('h2', {}, texts.tokenTitle), el('p', { role: 'alert', class: 'wrong' }, wrong ? texts.tokenWrong : ''),
    el('label', {}, texts.tokenLabel, input), el('p', { class: 'quiet' }, texts.tokenHelp),
    el('div', { class: 'dialog-buttons' }, el('button', { type: 'submit' }, texts.tokenSend)));
  const dialog = el('dialog', { class: 'dialog', 'data-dialog': 'token', 'aria-label': texts.tokenTitle }, form);
  form.addEventListener('submit', () => use(input.value));
  // Without a token there is nothing to go back to.
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  openDialog(dialog);
}

/** Shows a dialog until it is closed; it is made anew each time. */
export function openDialog(dialog: HTMLDialogElement): void {
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** Why the server gave nothing to show, in place of it. */
export const refusalNote = (error: unknown): HTMLElement => el('p', { role: 'alert', class: 'wrong' }, texts.commandFailed(refusalText(error as ServerRefusal)));
