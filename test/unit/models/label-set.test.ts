import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadLabelBank } from '../../../models/label-bank.ts';
import { labelSetNames, loadLabelSet, parseLabelSet, statementPrompts } from '../../../models/label-set.ts';
import { loadManifest } from '../../../models/manifest.ts';

const set = (labels: object[]): object => ({ setVersion: 1, name: 'test', description: '', labels });
const label = { id: 'flutter', name: 'Flutter', kind: 'rhythm' };

describe('label sets', () => {
  it('ship as files, each label with its sentences', () => {
    expect(labelSetNames()).toEqual(['mit-bih', 'monitoring', 'ptb-xl-form', 'ptb-xl-rhythm', 'ptb-xl-sub', 'ptb-xl-super']);
    const sizes = Object.fromEntries(labelSetNames().map((name) => [name, loadLabelSet(name).labels.length]));
    expect(sizes).toMatchObject({ 'ptb-xl-super': 5, 'ptb-xl-sub': 23, 'ptb-xl-form': 19, 'ptb-xl-rhythm': 12 });
    for (const name of labelSetNames()) for (const { prompts } of loadLabelSet(name).labels) expect(prompts.length).toBeGreaterThan(0);
  });

  it('name every label of the shipped bank, with the same sentences where they were not changed since', () => {
    const bank = loadLabelBank(loadManifest(new URL('../../../models/shipped/manifest.json', import.meta.url).pathname));
    const ids = loadLabelSet('monitoring').labels.map(({ id }) => id);
    expect(bank.labels.map(({ id }) => id).filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('take sentences from statements, and only from known ones', () => {
    expect(parseLabelSet(set([{ ...label, statements: ['AFLT', 'AFIB'] }]), 'test').labels[0]!.prompts)
      .toEqual([...statementPrompts()['AFLT']!, ...statementPrompts()['AFIB']!]);
    expect(() => parseLabelSet(set([{ ...label, statements: ['XYZ'] }]), 'test')).toThrow(/flutter names an unknown statement.*received XYZ/);
  });

  it.each([
    ['no labels', set([]), /labels/],
    ['a label without sentences', set([label]), /prompts or statements/],
    ['an id twice', set([{ ...label, prompts: ['a'] }, { ...label, prompts: ['b'] }]), /there twice/],
    ['an id that is no slug', set([{ ...label, id: '../x', prompts: ['a'] }]), /slug/],
    ['a high priority', set([{ ...label, prompts: ['a'], alarm: { priority: 'high', dwellMs: 1 } }]), /priority/],
    ['an unknown field', set([{ ...label, prompts: ['a'], colour: 'red' }]), /colour/],
  ])('are refused with %s', (_, json, message) => {
    expect(() => parseLabelSet(json, 'test')).toThrow(message);
  });

  it('may be files of one\'s own', () => {
    const directory = mkdtempSync(join(tmpdir(), 'leadwatch-label-set-'));
    writeFileSync(join(directory, 'mine.json'), JSON.stringify(set([{ ...label, prompts: ['atrial flutter'] }])));
    expect(loadLabelSet(join(directory, 'mine.json')).labels).toMatchObject([{ id: 'flutter', prompts: ['atrial flutter'], negatives: [] }]);
    writeFileSync(join(directory, 'mine.json'), '{');
    expect(() => loadLabelSet(join(directory, 'mine.json'))).toThrow(/cannot be read/);
    expect(() => loadLabelSet('ptb-xl-nothing')).toThrow(/expected mit-bih \| monitoring/);
    rmSync(directory, { recursive: true });
  });
});
