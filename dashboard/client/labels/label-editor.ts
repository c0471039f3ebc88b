import { ms } from '../../../ecg/units.ts';
import { bedName, scoreText } from '../format.ts';
import { pageClock } from '../page-clock.ts';
import { findingText, refusalText, texts } from '../text/texts.ts';
import { openDialog } from '../view/dialogs.ts';
import { el, setHidden, setText } from '../view/dom.ts';
import type { BedView } from '../ward-store.ts';
import type { ServerRefusal } from '../server-request.ts';
import { armForm } from './arm-form.ts';
import { createLabel, deleteLabel, disarmLabel, labels, type Label } from './label-client.ts';
import { labelSetChoice } from './label-set-choice.ts';
import { reasonForm } from './reason-form.ts';

/** Scores are shown anew this often; a segment is scored every two seconds. */
const REFRESH = ms(500);
const LONGEST_SENTENCE = '120';

export interface LabelEditorParts {
  readonly views: () => readonly BedView[];
  /** False for a viewer, who sees the labels and can change none. */
  readonly mayAct: boolean;
}

/** Opens the editor of labels: a typed sentence is scored at every bed at once; alarming on it is a second step. */
export function labelEditor({ views, mayAct }: LabelEditorParts): void {
  const message = el('p', { role: 'alert', class: 'wrong' });
  const typed = el('ul', { class: 'labels', 'aria-label': texts.labels.typed });
  const shipped = el('ul', { class: 'labels-shipped' });
  const empty = el('p', { class: 'quiet', role: 'status' }, texts.labels.loading);
  const close = el('button', { type: 'button' }, texts.close);
  const form = newLabelForm(async (name, synonyms, negatives) => {
    await attempt(async () => void (await createLabel(name, synonyms, negatives)));
  });
  setHidden(form, !mayAct);
  const sets = labelSetChoice(mayAct, (choose) => void attempt(choose));
  const dialog = el('dialog', { class: 'dialog dialog-labels', 'data-dialog': 'labels', 'aria-label': texts.labels.title },
    el('h2', {}, texts.labels.title), el('p', { class: 'quiet' }, mayAct ? texts.labels.help : texts.labels.mayNot), form, message,
    el('h3', {}, texts.labels.typed), empty, typed,
    el('details', {}, el('summary', {}, texts.labels.shipped), sets.element, shipped),
    el('div', { class: 'dialog-buttons' }, close));
  let refreshers: (() => void)[] = [];

  const attempt = async (act: () => Promise<void>): Promise<boolean> => {
    setText(message, '');
    try {
      await act();
      await load();
      return true;
    } catch (error) {
      setText(message, texts.commandFailed(refusalText(error as ServerRefusal)));
      return false;
    }
  };
  const load = async (): Promise<void> => {
    const [{ textEncoder, labels: all }] = await Promise.all([labels(), sets.load()]);
    const custom = all.filter((label) => label.custom);
    for (const input of form.querySelectorAll<HTMLInputElement>('input, textarea, button')) input.disabled = !textEncoder;
    if (!textEncoder) setText(message, texts.labels.noTextEncoder);
    setText(empty, custom.length === 0 ? texts.labels.none : '');
    const rows = custom.map((label) => labelRow(label, mayAct, views, attempt));
    refreshers = rows.map(({ refresh }) => refresh);
    typed.replaceChildren(...rows.map(({ element }) => element));
    shipped.replaceChildren(...all.filter((label) => !label.custom).map((label) => el('li', {}, findingText(label.name), ...(label.armed ? [el('span', { class: 'quiet' }, ` ${stateText(label)}`)] : []))));
    refreshers.forEach((refresh) => refresh());
  };
  const stop = pageClock.every(REFRESH, () => refreshers.forEach((refresh) => refresh()));
  dialog.addEventListener('close', stop);
  close.addEventListener('click', () => dialog.close());
  openDialog(dialog);
  void attempt(async () => {});
}

function newLabelForm(create: (name: string, synonyms: readonly string[], negatives: readonly string[]) => Promise<void>): HTMLFormElement {
  const name = el('input', { type: 'text', required: '', maxlength: LONGEST_SENTENCE, autocomplete: 'off', placeholder: texts.labels.example });
  const synonyms = el('textarea', { rows: '2' });
  const negatives = el('textarea', { rows: '2' });
  const form = el('form', { class: 'label-form' },
    el('label', {}, el('span', {}, texts.labels.sentence), name, el('button', { type: 'submit' }, texts.labels.score)),
    el('details', {}, el('summary', {}, texts.labels.more),
      el('label', {}, el('span', {}, texts.labels.synonyms), synonyms), el('label', {}, el('span', {}, texts.labels.negatives), negatives)));
  const lines = (area: HTMLTextAreaElement): string[] => area.value.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void create(name.value.trim(), lines(synonyms), lines(negatives)).then(() => form.reset());
  });
  return form;
}

function labelRow(label: Label, mayAct: boolean, views: () => readonly BedView[], attempt: (act: () => Promise<void>) => Promise<boolean>): { element: HTMLElement; refresh: () => void } {
  const scores = el('ol', { class: 'label-scores' });
  const step = el('div', { class: 'label-step' });
  const withReason = (title: string, act: (reason: string) => Promise<unknown>): HTMLButtonElement => {
    const button = el('button', { type: 'button' }, title);
    button.addEventListener('click', () => step.replaceChildren(reasonForm(title, (reason) => void attempt(async () => void (await act(reason))))));
    return button;
  };
  const arm = el('button', { type: 'button' }, texts.labels.arm);
  arm.addEventListener('click', () => step.replaceChildren(armForm(label, () => void attempt(async () => {}))));
  const buttons = el('span', { class: 'label-buttons' },
    label.armed ? withReason(texts.labels.disarm, (reason) => disarmLabel(label.id, reason)) : arm,
    withReason(texts.labels.remove, (reason) => deleteLabel(label.id, reason)));
  setHidden(buttons, !mayAct);
  const element = el('li', { 'data-label': label.id },
    el('div', { class: 'label-head' }, el('strong', {}, label.name), el('span', { class: 'badge' }, stateText(label)), buttons),
    ...(label.prompts.length > 1 || label.negatives.length > 0 ? [el('p', { class: 'quiet' }, [...label.prompts.slice(1), ...label.negatives.map((text) => texts.labels.not(text))].join(' · '))] : []),
    scores, step);
  const refresh = (): void => scores.replaceChildren(...views().flatMap(({ snapshot, numerics, freshness }) => {
    const finding = freshness.live ? numerics.findings.find((each) => each.label === label.id) : undefined;
    if (!finding) return [];
    const percentile = finding.percentileBed === undefined ? '' : ` · ${texts.percentile(Math.round(finding.percentileBed))}`;
    return [{ score: finding.score, element: el('li', {}, el('span', {}, bedName(snapshot.bed)), el('b', {}, `${scoreText(finding.score)}${percentile}`)) }];
  }).sort((a, b) => b.score - a.score).map((row) => row.element));
  return { element, refresh };
}

function stateText({ armed, alarm }: Label): string {
  return armed && alarm ? texts.labels.armed(texts.priorityShort[alarm.priority], scoreText(alarm.threshold), Math.round(alarm.dwellMs / 1000)) : texts.labels.shownOnly;
}
