import { describe, expect } from 'vitest';
import { recordingsDirectory } from '../../../stream/recordings/library.ts';
import { RecordInput, prepareSignals } from '../../../training/data/signals.ts';
import { CHOICE_FOLD, readDatabase, readStatementKinds, TRAIN_FOLDS } from '../../../training/data/ptb-xl.ts';
import { INPUT_SPEC } from '../../../training/data/input-spec.ts';
import { tasksOf } from '../../../training/tasks.ts';
import { itOnRecordings } from '../../helpers/recordings.ts';

describe('PTB-XL as training sees it', () => {
  itOnRecordings('no patient is in two of the folds that train, choose and test', ['ptb-xl'], async () => {
    const rows = readDatabase(await recordingsDirectory('ptb-xl'));
    const roleOf = (fold: number): string => (TRAIN_FOLDS.includes(fold) ? 'train' : fold === CHOICE_FOLD ? 'choose' : 'test');
    const roles = new Map<number, Set<string>>();
    for (const { patientId, fold } of rows) roles.set(patientId, (roles.get(patientId) ?? new Set()).add(roleOf(fold)));
    expect(rows).toHaveLength(21_799);
    expect(new Set(rows.map(({ fold }) => roleOf(fold)))).toEqual(new Set(['train', 'choose', 'test']));
    expect([...roles.values()].filter((of) => of.size > 1)).toEqual([]);
  });

  itOnRecordings('every label of the four tasks has prompts, and they number as published', ['ptb-xl'], async () => {
    const tasks = tasksOf(readStatementKinds(await recordingsDirectory('ptb-xl')));
    expect(Object.fromEntries(tasks.map(({ name, labels }) => [name, labels.length]))).toEqual({ superclass: 5, subclass: 23, form: 19, rhythm: 12 });
    expect(tasks.flatMap(({ labels }) => labels).filter(({ prompts }) => prompts.length === 0)).toEqual([]);
  });

  itOnRecordings('prepared signals are what serving’s own preprocessing gives, to the microvolt', ['ptb-xl'], async () => {
    const directory = await recordingsDirectory('ptb-xl');
    const names = readDatabase(directory).slice(0, 3).map(({ record }) => record);
    const signals = prepareSignals(directory, names);
    const input = new RecordInput();
    names.forEach((name, row) => {
      const values = input.of(directory, name);
      const prepared = signals.of(row);
      const worst = values.reduce((largest, value, i) => Math.max(largest, Math.abs(value * INPUT_SPEC.preprocessing.scaleUv - prepared[i]!)), 0);
      expect(worst).toBeLessThanOrEqual(0.5 + 1e-3);
    });
    // A second time from the cache.
    const again = prepareSignals(directory, names);
    names.forEach((_, row) => expect(again.of(row)).toEqual(signals.of(row)));
  });
});
