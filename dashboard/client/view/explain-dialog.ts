import type { FindingView } from '../../wire.ts';
import { bedName, scoreText, similarityText, timeText } from '../format.ts';
import { explain, type Explanation } from '../labels/label-client.ts';
import { texts } from '../text/texts.ts';
import { openDialog, refusalNote } from './dialogs.ts';
import { el } from './dom.ts';

/** Why a finding scores as it does: the sentences nearest to the segment, and what each lead contributes. */
export function explainDialog(bed: string, finding: FindingView): void {
  const content = el('div', {}, el('p', { role: 'status', class: 'quiet' }, texts.explain.loading));
  const close = el('button', { type: 'button' }, texts.close);
  const dialog = el('dialog', { class: 'dialog', 'data-dialog': 'explain', 'aria-label': texts.explain.title(finding.name) },
    el('h2', {}, texts.explain.title(finding.name)), el('p', { class: 'quiet' }, `${bedName(bed)} · ${scoreText(finding.score)} ${texts.uncalibrated}`), content,
    el('div', { class: 'dialog-buttons' }, close));
  close.addEventListener('click', () => dialog.close());
  openDialog(dialog);
  void explain(bed, finding.label).then(
    (explanation) => content.replaceChildren(...parts(explanation)),
    (error: unknown) => content.replaceChildren(refusalNote(error)));
}

function parts({ atMs, sentences, source, leads }: Explanation): HTMLElement[] {
  const largest = Math.max(1e-9, ...leads.map(({ change }) => Math.abs(change)));
  return [
    el('p', { class: 'quiet' }, texts.explain.at(timeText(atMs))),
    el('h3', {}, texts.explain.sentences[source]),
    el('ol', { class: 'explain-rows' }, ...sentences.map(({ text, similarity }) => bar(text, similarity, similarityText(similarity)))),
    el('h3', {}, texts.explain.leads),
    el('ol', { class: 'explain-rows' }, ...leads.map(({ lead, change }) => bar(lead, change / largest, scoreText(change)))),
  ];
}

function bar(name: string, fill: number, value: string): HTMLElement {
  const track = el('span', { class: 'finding-bar' });
  track.style.setProperty('--fill', String(Math.max(0, Math.min(1, fill))));
  return el('li', { class: 'finding' }, el('span', { class: 'finding-name', title: name }, name), el('span', { class: 'finding-track', 'aria-hidden': 'true' }, track), el('span', { class: 'finding-score' }, value));
}
