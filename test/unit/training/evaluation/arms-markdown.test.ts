import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { armsMarkdown } from '../../../../training/evaluation/arms/arms-markdown.ts';

const tasks = { superclass: 0.9, subclass: 0.8, form: 0.7, rhythm: 0.6, mean: 0.75 };
const choice = { fold: 9, auc: { '12 leads': tasks, 'II + V1': { ...tasks, superclass: 0.85 } }, f1: { superclass: 0.61, form: 0.52, rhythm: 0.83, mitBihStandIn: 0.44 } };
const test = (f1: number): object => ({ f1, low: f1 - 0.05, high: f1 + 0.05, recall: f1, n: 280 });

describe('the table of arms', () => {
  it('has each arm with the figures it has, and leaves out what was not measured', () => {
    const markdown = armsMarkdown({
      chosen: { config: 'chosen', learntFrom: 'reports', labelsUsed: 'none', scoredBy: 'sentences', width: 16, epochs: 3, epochsPlanned: 4, trainedRecords: 17124, choice },
      baseline: { labelsUsed: '5 % of folds 1-8', choice, superclass: test(0.3), form: test(0.4), rhythm: test(0.5), mitBih: test(0.2), auc: { superclass: 0.71, mean: 0.69, twoLeadSuperclass: 0.66 } },
    });
    const [, , nineth = '', tenth = ''] = markdown.split('\n## ');
    expect(markdown).toContain('| chosen | reports | none | sentences | 16 | 3 of 4 | 17124 |');
    expect(nineth).toContain('| chosen | .900 | .800 | .700 | .600 | .750 | .850 | .750 | .610 | .520 | .830 | .440 |');
    expect(tenth).toContain('| baseline | .300 (.250-.350) | .400 (.350-.450) | .500 (.450-.550) | .200 (.150-.250) | .710 | .690 | .660 |');
    expect(tenth).not.toContain('| chosen |');
  });

  it('has the reports themselves as the ceiling of the text side', () => {
    const markdown = armsMarkdown({ chosen: { labelsUsed: 'none', choice } }, JSON.parse(readFileSync('docs/results/text-ceiling.json', 'utf8')));
    expect(markdown).toMatch(/\| the reports themselves \(text ceiling: [^|]+\) \| \.\d{3} \|/);
  });

  it('can be made from the arms that are in the repository', () => {
    const { arms } = JSON.parse(readFileSync('docs/results/mets.json', 'utf8')) as { arms: Record<string, unknown> };
    for (const name of Object.keys(arms)) expect(armsMarkdown(arms)).toContain(`| ${name} |`);
  });
});
