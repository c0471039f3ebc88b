import { texts } from '../text/texts.ts';
import { el, setHidden } from '../view/dom.ts';
import { chooseLabelSet, labelSets } from './label-client.ts';
import { reasonForm } from './reason-form.ts';

/** Of the option that stands for the labels of the model itself: no set has this name. */
const OF_MODEL = '';

/** Which labels are in force beside the typed ones. @param attempt carries a choice out, shows how it went, and loads anew */
export function labelSetChoice(mayAct: boolean, attempt: (choose: () => Promise<void>) => void): { readonly element: HTMLElement; load(): Promise<void> } {
  const select = el('select', {});
  const step = el('div', { class: 'label-step' });
  const hint = el('p', { class: 'quiet' });
  let active = OF_MODEL;
  let descriptions = new Map<string, string>();
  const show = (): void => {
    hint.textContent = descriptions.get(select.value) ?? '';
    step.replaceChildren(...(select.value === active ? [] : [
      el('p', { class: 'quiet' }, texts.labels.setEnds),
      reasonForm(texts.labels.chooseSet, (reason) => attempt(async () => void (await chooseLabelSet(select.value === OF_MODEL ? null : select.value, reason)))),
    ]));
  };
  select.addEventListener('change', show);
  select.disabled = !mayAct;
  const element = el('div', { class: 'label-set' }, el('label', {}, el('span', {}, texts.labels.set), select), hint, step);
  return {
    element,
    async load() {
      const { active: set, sets } = await labelSets();
      active = set ?? OF_MODEL;
      descriptions = new Map(sets.map((each) => [each.set, each.description]));
      select.replaceChildren(el('option', { value: OF_MODEL }, texts.labels.setOfModel), ...sets.map((each) => el('option', { value: each.set }, `${each.set} (${each.labels})`)));
      select.value = active;
      setHidden(element, sets.length === 0);
      show();
    },
  };
}
