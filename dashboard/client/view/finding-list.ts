import type { FindingView } from '../../wire.ts';
import { alarmLines, type AlarmLine } from '../alarm-lines.ts';
import { ageText, percentText, scoreText } from '../format.ts';
import { texts } from '../text/texts.ts';
import type { BedView } from '../ward-store.ts';
import { el, setAttribute, setData, setHidden, setText } from './dom.ts';
import type { Showing } from './showing.ts';
import { Sparkline } from './sparkline.ts';

/** A bar is full at this score; beyond it only the number grows. */
const FULL_SCORE = 5;
/** A segment is scored every two seconds; findings older than this are shown as stale. */
const STALE_FINDINGS_MS = 10_000;

interface Row {
  readonly element: HTMLLIElement;
  readonly name: HTMLElement;
  readonly mark: HTMLElement;
  readonly text: HTMLElement;
  readonly bar: HTMLElement;
  /** Where its alarm begins. */
  readonly line: HTMLElement;
  readonly score: HTMLElement;
  readonly trend: Sparkline;
  /** What the line was last drawn from. */
  drawn: string;
}

/** The top zero-shot findings of one bed with their scores, and how old they are. */
export class FindingList {
  readonly element: HTMLElement;
  readonly #list = el('ol', { class: 'finding-list' });
  readonly #title = el('h3', {}, texts.findings);
  readonly #brief = el('span', { class: 'finding-brief', 'aria-hidden': 'true' });
  readonly #note = el('span', { class: 'finding-note' });
  readonly #rows: Row[] = [];
  #findings: readonly FindingView[] = [];

  /** @param explain asks why a finding scores as it does; without it, names are not buttons */
  constructor(count: number, explain?: (finding: FindingView) => void) {
    for (let i = 0; i < count; i++) {
      const parts = {
        name: explain ? el('button', { type: 'button', class: 'finding-name' }) : el('span', { class: 'finding-name' }),
        mark: el('span', { class: 'finding-mark' }),
        text: el('span'),
        bar: el('span', { class: 'finding-bar' }),
        line: el('span', { class: 'finding-line' }),
        score: el('span', { class: 'finding-score' }, el('span', { class: 'finding-z' }), el('span')),
        trend: new Sparkline(),
        drawn: '',
      };
      parts.name.append(parts.mark, parts.text);
      parts.name.addEventListener('click', () => {
        const finding = this.#findings[i];
        if (finding) explain?.(finding);
      });
      const element = el('li', { class: 'finding' }, parts.name, el('span', { class: 'finding-track', 'aria-hidden': 'true' }, parts.bar, parts.line), parts.score);
      element.append(parts.trend.element);
      this.#rows.push({ element, ...parts });
      this.#list.append(element);
    }
    const head = el('div', { class: 'finding-head' }, this.#title, this.#brief, this.#note);
    this.element = el('section', { class: 'findings' }, head, this.#list);
  }

  update(view: BedView, { hasModel, labels, probabilitiesFittedOn, serverNowMs }: Showing): void {
    const { numerics, freshness, trend } = view;
    const { findings, findingsMs, abstained } = numerics;
    this.#findings = findings;
    const ageMs = findingsMs === null || serverNowMs === undefined ? null : serverNowMs - findingsMs;
    const stale = !freshness.live || ageMs === null || ageMs > STALE_FINDINGS_MS;
    setData(this.element, 'stale', String(stale));
    const fittedOn = findings.some(({ probability }) => probability !== undefined) ? probabilitiesFittedOn : undefined;
    const lines = alarmLines(view, labels);
    const armed = ({ label }: FindingView): AlarmLine | undefined => lines.get(label)?.find(({ off }) => !off);
    const marked = findings.slice(0, this.#rows.length).some(armed);
    const hasFindings = hasModel && findings.length > 0;
    setText(this.#brief, hasFindings ? texts.findingsBrief(marked) : '');
    setText(this.#note, [...(hasFindings ? [texts.silent(marked)] : []), this.#noteText(ageMs, stale, hasModel, abstained === true, fittedOn !== undefined)].join(' · '));
    const scoreHint = fittedOn === undefined ? texts.uncalibratedHint : texts.withProbabilityHint(fittedOn);
    this.#note.title = abstained ? texts.abstainedHint : scoreHint;
    for (const [place, row] of this.#rows.entries()) {
      const finding = findings[place];
      row.element.hidden = finding === undefined;
      if (!finding) continue;
      setText(row.text, finding.name);
      showAlarm(row, armed(finding));
      row.name.title = `${finding.name}: ${hintOf(armed(finding))}`;
      showScore(row.score, finding, probabilitiesFittedOn);
      setData(row.element, 'finding', finding.label);
      row.bar.style.setProperty('--fill', String(Math.max(0, Math.min(1, finding.score / FULL_SCORE))));
      const line = `${finding.label}/${trend.revision}`;
      if (line === row.drawn) continue;
      row.drawn = line;
      row.trend.update(trend.score(finding.label), [0, FULL_SCORE]);
    }
  }

  #noteText(ageMs: number | null, stale: boolean, hasModel: boolean, abstained: boolean, calibrated: boolean): string {
    if (!hasModel) return texts.noModel;
    if (ageMs === null) return texts.noFindings;
    if (stale) return texts.findingsAge(ageText(ageMs));
    if (abstained) return texts.abstained;
    return calibrated ? texts.withProbability : texts.uncalibrated;
  }
}

const hintOf = (line: AlarmLine | undefined): string => (line ? texts.findingArmed(scoreText(line.value)) : texts.findingSilent);

/** The mark of its priority, and a line on its bar, where a finding raises an alarm. */
function showAlarm({ element, mark, line }: Row, alarm: AlarmLine | undefined): void {
  setHidden(mark, !alarm);
  setHidden(line, !alarm);
  setText(mark, alarm ? texts.mark[alarm.priority] : '');
  setData(element, 'alarm', String(alarm !== undefined));
  setData(mark, 'priority', alarm?.priority ?? 'none');
  if (alarm) line.style.setProperty('left', `${(100 * Math.max(0, Math.min(1, alarm.value / FULL_SCORE))).toFixed(1)}%`);
}

/** A score, with its probability where one was fitted (`2.1 · 83 %`), else, where it is not calibrated, how it compares with the last hour: `1.4 · P87`. */
function showScore(element: HTMLElement, { score, probability, percentileBed, percentileWard }: FindingView, fittedOn: string | undefined): void {
  const percentile = percentileBed === undefined ? '' : texts.percentile(Math.round(percentileBed));
  // Only numbers: what they are stands above them.
  const [standard, other] = element.children;
  const second = probability === undefined ? percentile : percentText(probability);
  setText(standard!, `${scoreText(score)}${second === '' ? '' : ' · '}`);
  setText(other!, second);
  setAttribute(element, 'title', hint());

  function hint(): string {
    if (probability !== undefined && fittedOn !== undefined) return texts.probabilityHint(percentText(probability), fittedOn);
    return percentileBed === undefined ? texts.uncalibratedHint
      : texts.percentileHint(Math.round(percentileBed), percentileWard === undefined ? undefined : Math.round(percentileWard));
  }
}
