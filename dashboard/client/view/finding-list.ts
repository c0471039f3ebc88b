import type { FindingView } from '../../wire.ts';
import { ageText, percentText, scoreText } from '../format.ts';
import { texts } from '../text/texts.ts';
import type { BedView } from '../ward-store.ts';
import { el, setAttribute, setData, setText } from './dom.ts';
import type { Showing } from './showing.ts';
import { Sparkline } from './sparkline.ts';

/** A bar is full at this score; beyond it only the number grows. */
const FULL_SCORE = 5;
/** A segment is scored every two seconds; findings older than this are shown as stale. */
const STALE_FINDINGS_MS = 10_000;

interface Row {
  readonly element: HTMLLIElement;
  readonly name: HTMLElement;
  readonly bar: HTMLElement;
  readonly score: HTMLElement;
  readonly trend: Sparkline;
  /** What the line was last drawn from. */
  drawn: string;
}

/** The top zero-shot findings of one bed with their scores, and how old they are. */
export class FindingList {
  readonly element: HTMLElement;
  readonly #list = el('ol', { class: 'finding-list' });
  readonly #note = el('span', { class: 'finding-note' });
  readonly #rows: Row[] = [];
  #findings: readonly FindingView[] = [];

  /** @param explain asks why a finding scores as it does; without it, names are not buttons */
  constructor(count: number, explain?: (finding: FindingView) => void) {
    for (let i = 0; i < count; i++) {
      const parts = {
        name: explain ? el('button', { type: 'button', class: 'finding-name' }) : el('span', { class: 'finding-name' }),
        bar: el('span', { class: 'finding-bar' }),
        score: el('span', { class: 'finding-score' }),
        trend: new Sparkline(),
        drawn: '',
      };
      parts.name.addEventListener('click', () => {
        const finding = this.#findings[i];
        if (finding) explain?.(finding);
      });
      const element = el('li', { class: 'finding' }, parts.name, el('span', { class: 'finding-track', 'aria-hidden': 'true' }, parts.bar), parts.score);
      element.append(parts.trend.element);
      this.#rows.push({ element, ...parts });
      this.#list.append(element);
    }
    const head = el('div', { class: 'finding-head' }, el('h3', {}, texts.findings), this.#note);
    this.element = el('section', { class: 'findings' }, head, this.#list);
  }

  update({ numerics, freshness, trend }: BedView, { hasModel, probabilitiesFittedOn, serverNowMs }: Showing): void {
    const { findings, findingsMs, abstained } = numerics;
    this.#findings = findings;
    const ageMs = findingsMs === null || serverNowMs === undefined ? null : serverNowMs - findingsMs;
    const stale = !freshness.live || ageMs === null || ageMs > STALE_FINDINGS_MS;
    setData(this.element, 'stale', String(stale));
    const fittedOn = findings.some(({ probability }) => probability !== undefined) ? probabilitiesFittedOn : undefined;
    setText(this.#note, this.#noteText(ageMs, stale, hasModel, abstained === true, fittedOn !== undefined));
    const scoreHint = fittedOn === undefined ? texts.uncalibratedHint : texts.withProbabilityHint(fittedOn);
    this.#note.title = abstained ? texts.abstainedHint : scoreHint;
    for (const [place, row] of this.#rows.entries()) {
      const finding = findings[place];
      row.element.hidden = finding === undefined;
      if (!finding) continue;
      setText(row.name, finding.name);
      row.name.title = finding.name;
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

/** A score, with its probability where one was fitted (`2.1 83 %`), else, where it is not calibrated, how it compares with the last hour: `1.4 P87`. */
function showScore(element: HTMLElement, { score, probability, percentileBed, percentileWard }: FindingView, fittedOn: string | undefined): void {
  const percentile = percentileBed === undefined ? '' : ` ${texts.percentile(Math.round(percentileBed))}`;
  setText(element, `${scoreText(score)}${probability === undefined ? percentile : ` ${percentText(probability)}`}`);
  setAttribute(element, 'title', hint());

  function hint(): string {
    if (probability !== undefined && fittedOn !== undefined) return texts.probabilityHint(percentText(probability), fittedOn);
    return percentileBed === undefined ? texts.uncalibratedHint
      : texts.percentileHint(Math.round(percentileBed), percentileWard === undefined ? undefined : Math.round(percentileWard));
  }
}
