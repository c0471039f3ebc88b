import type { ServerRefusal } from '../server-request.ts';
import { refusalText, texts } from '../text/texts.ts';
import { el, setText } from '../view/dom.ts';
import { armLabel, type Label, type LabelAlarm, type LabelPriority } from './label-client.ts';

const PRIORITIES: readonly LabelPriority[] = ['low', 'medium'];
/** What a label without a proposal is armed with at first: standard deviations, s. */
const FIRST = { threshold: 3, dwellS: 30 } as const;

/** The second step: threshold, dwell and priority are tried on the stored past before they can be armed. */
export function armForm(label: Label, armed: () => void): HTMLFormElement {
  const number = (value: number, min: string, max: string, step: string): HTMLInputElement => {
    const input = el('input', { type: 'number', min, max, step, required: '' });
    input.value = String(value);
    return input;
  };
  const threshold = number(label.alarm?.threshold ?? FIRST.threshold, '0', '20', 'any');
  const dwell = number((label.alarm?.dwellMs ?? FIRST.dwellS * 1000) / 1000, '2', '600', '1');
  const priority = el('select', {}, ...PRIORITIES.map((value) => el('option', { value }, texts.priorityShort[value])));
  priority.value = label.alarm?.priority ?? 'low';
  const reason = el('input', { type: 'text', maxlength: '200', required: '', autocomplete: 'off' });
  const figures = el('p', { role: 'status' });
  const arm = el('button', { type: 'submit', disabled: '' }, texts.labels.arm);
  const trial = el('button', { type: 'button' }, texts.labels.dryRun);
  const form = el('form', { class: 'arm-form' },
    el('label', {}, el('span', {}, texts.labels.threshold), threshold), el('label', {}, el('span', {}, texts.labels.dwell), dwell, el('span', { class: 'unit' }, 's')),
    el('label', {}, el('span', {}, texts.labels.priority), priority), el('label', {}, el('span', {}, texts.limits.reason), reason),
    figures, el('div', { class: 'dialog-buttons' }, trial, arm));

  const wanted = (): LabelAlarm => ({ threshold: threshold.valueAsNumber, dwellMs: dwell.valueAsNumber * 1000, priority: priority.value as LabelPriority });
  const ask = async (dryRun: boolean): Promise<void> => {
    setText(figures, texts.labels.trying);
    try {
      const { history } = await armLabel(label.id, wanted(), reason.value.trim(), dryRun);
      const { hours, beds, alarms, perBedDay } = history;
      setText(figures, hours === 0 ? texts.labels.noPast : texts.labels.figures(hours.toFixed(1), beds, alarms, perBedDay.toFixed(1)));
      arm.disabled = false;
      if (!dryRun) armed();
    } catch (error) {
      setText(figures, texts.commandFailed(refusalText(error as ServerRefusal)));
    }
  };
  // Other terms than those that were tried must be tried first.
  for (const input of [threshold, dwell]) input.addEventListener('input', () => (arm.disabled = true));
  trial.addEventListener('click', () => {
    if (threshold.reportValidity() && dwell.reportValidity()) void ask(true);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void ask(false);
  });
  return form;
}
