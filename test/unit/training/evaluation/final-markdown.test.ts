import { describe, expect, it } from 'vitest';
import { loadManifest, type LoadedManifest } from '../../../../models/manifest.ts';
import type { FiveClassResult } from '../../../../training/evaluation/balanced-tables.ts';
import type { FinalTables } from '../../../../training/evaluation/final-tables.ts';
import { finalJson } from '../../../../training/evaluation/final-json.ts';
import { finalMarkdown } from '../../../../training/evaluation/final-markdown.ts';

const estimate = { value: 0.5, low: 0.4, high: 0.6 };
const interval = { ...estimate, n: 100, labels: 2 };
const balanced = { perClass: 10, n: 50, f1: estimate, recall: estimate, precision: estimate, topOne: estimate, oneVersusRest: estimate };
const test: FiveClassResult = { competing: balanced, single: balanced };
const tasks = { superclass: interval, subclass: interval, form: interval, rhythm: interval };
const recalls = { n: 10, among: 10, recall: [0.1, 0.2, 0.3], low: [0, 0.1, 0.2], high: [0.2, 0.3, 0.4] };
const TABLES: FinalTables = {
  balanced: { superclass: test, form: test, rhythm: test },
  mitBih: { ...test, ownMoments: balanced, perRecord: { N: {}, LBBB: {}, RBBB: {}, APB: {}, PVC: {} } },
  auc: [{ name: 'labels as shipped', tasks }, { name: 'one prompt per label', tasks }],
  aucOfCommon: tasks,
  fewLeads: [{ name: 'II + V1', tasks, f1: estimate }],
  noise: [{ name: 'none', tasks, alarms: [] }],
  retrieval: { toEcg: recalls, toReport: recalls },
  calibration: [], abstention: [],
};

/** The model that ships, as if it had met labels or not. */
function modelThat(labelsMet: boolean | undefined): LoadedManifest {
  const { manifest: { training, ...manifest }, ...loaded } = loadManifest('models/shipped/manifest.json');
  const { labelsMet: _, ...others } = training;
  return { ...loaded, manifest: { ...manifest, training: { ...others, ...(labelsMet !== undefined && { labelsMet }) } } };
}

describe('the tables of a model', () => {
  it.each([undefined, false])('claim zero-shot figures of one that met no labels (labelsMet %s)', (labelsMet) => {
    const markdown = finalMarkdown(modelThat(labelsMet), 10, TABLES, []);
    for (const claim of ['Trained on reports alone', 'No statement code entered the loss', '**this model, no labels**', 'Zero-shot macro AUC', 'the only figures with labels']) expect(markdown).toContain(claim);
    expect(finalJson(modelThat(labelsMet), TABLES, 1)['labelsUsed']).toMatch(/^none in the loss/);
  });

  it('claim none of that of one that met labels in training', () => {
    const markdown = finalMarkdown(modelThat(true), 10, TABLES, []);
    for (const claim of ['reports alone', 'No statement code entered the loss', 'this model, no labels', 'Zero-shot macro', 'the only figures with labels']) expect(markdown).not.toContain(claim);
    expect(markdown).toContain('Statement codes of folds 1-8 entered the loss');
    expect(markdown).toContain('**this model, labels in training**');
    expect(finalJson(modelThat(true), TABLES, 1)['labelsUsed']).toMatch(/^statement codes of folds 1-8 in the loss/);
  });
});
