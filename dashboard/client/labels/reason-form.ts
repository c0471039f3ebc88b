import { texts } from '../text/texts.ts';
import { el } from '../view/dom.ts';

/** Asks why, before something is done that is kept with its reason. */
export function reasonForm(title: string, act: (reason: string) => void): HTMLFormElement {
  const reason = el('input', { type: 'text', required: '', maxlength: '200', autocomplete: 'off' });
  const form = el('form', {}, el('label', {}, el('span', {}, texts.limits.reason), reason, el('button', { type: 'submit' }, title)));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    act(reason.value.trim());
  });
  return form;
}
