import { describe, expect, it } from 'vitest';
import type { PtbXlRow } from '../../../training/data/ptb-xl.ts';
import { labelledRecords, labelsOfRows } from '../../../training/label-sample.ts';
import type { Task } from '../../../training/tasks.ts';
import fc from '../../helpers/properties.ts';

const row = (patientId: number, fold: number, statements: Record<string, number> = {}): PtbXlRow => ({ ecgId: 0, patientId, report: '', statements, extraBeats: '', pacemaker: '', fold, record: '' });

describe('the sample of known labels', () => {
  it('is whole patients of the training folds, as large as asked for, and grows with the share', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 10 })), { maxLength: 80 }), fc.double({ min: 0.05, max: 1, noNaN: true }), (entries, share) => {
      // As in PTB-XL, a patient is in one fold.
      const foldOf = new Map(entries);
      const rows = entries.map(([patient]) => row(patient, foldOf.get(patient)!));
      const sample = labelledRecords(rows, share);
      const patients = new Set(sample.map((record) => rows[record]!.patientId));
      const training = rows.filter(({ fold }) => fold <= 8);
      expect(sample.every((record) => rows[record]!.fold <= 8)).toBe(true);
      expect(sample.length).toBe(rows.filter(({ patientId }) => patients.has(patientId)).length);
      expect(patients.size).toBe(Math.round(share * new Set(training.map(({ patientId }) => patientId)).size));
      expect(labelledRecords(rows, 1)).toEqual(expect.arrayContaining(sample));
    }));
  });

  it('has a column for each label of each task, in their order', () => {
    const task = (name: Task['name'], ids: string[]): Task => ({ name, labels: ids.map((id) => ({ id, prompts: [], isPositive: ({ statements }) => id in statements })) });
    const { count, positive } = labelsOfRows([task('form', ['PVC', 'STD_']), task('rhythm', ['SR'])], [row(1, 1, { SR: 0, STD_: 100 }), row(2, 1, { PVC: 50 })]);
    expect(count).toBe(3);
    expect([...positive]).toEqual([0, 1, 1, 1, 0, 0]);
  });
});
