import { texts } from '../text/texts.ts';
import { openDialog } from './dialogs.ts';
import { el } from './dom.ts';

/** Every key of the page and what it does. */
export function keysDialog(): void {
  const close = el('button', { type: 'button' }, texts.close);
  const dialog = el('dialog', { class: 'dialog dialog-keys', 'data-dialog': 'keys', 'aria-label': texts.keysTitle },
    el('h2', {}, texts.keysTitle),
    el('dl', { class: 'facts' }, ...texts.keyList.map(([key, what]) => el('div', {}, el('dt', {}, el('kbd', {}, key)), el('dd', {}, what)))),
    el('p', { class: 'quiet' }, texts.review.keys),
    el('div', { class: 'dialog-buttons' }, close));
  close.addEventListener('click', () => dialog.close());
  openDialog(dialog);
}
