/** Beats and ventricular beats of the MIT-BIH Arrhythmia Database. */
import { loadAnnotations, loadRecord, recordNames } from '../../stream/recordings/library.ts';
import { fibrillationStretches, referenceBeats } from '../../ecg/reference-beats.ts';
import { matchBeats, type BeatCounts } from './beat-matching.ts';
import type { RhythmChange } from '../../ecg/rhythm.ts';
import { countAtrial, type AtrialCounts } from './rhythm-atrial.ts';
import { tachycardiaDelays } from './rhythm-tachycardia.ts';
import { bootstrapShare, type Share } from './intervals.ts';
import { runRhythm } from './rhythm-run.ts';

/** EC57 leaves the paced records out. */
const PACED = ['102', '104', '107', '217'];

export interface BeatFigures {
  readonly se: Share;
  readonly ppv: Share;
  readonly vebSe: Share;
  readonly vebPpv: Share;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly records: number;
}

/** What one record gives: its beats, the time in atrial fibrillation, and the delays of its ventricular tachycardias. */
export interface RecordFigures extends BeatCounts {
  readonly atrial: AtrialCounts;
  readonly tachycardiaDelaysMs: readonly number[];
  readonly tachycardiaAlarms: number;
}

/** `firstLead`: row (a), the first lead only, all records. `allLeads`: row (b), every lead given, without the paced records. */
export function evaluateMitdb(directory: string, row: 'firstLead' | 'allLeads'): RecordFigures[] {
  return recordNames(directory)
    .filter((name) => row === 'firstLead' || !PACED.includes(name))
    .map((name) => {
      const record = loadRecord(directory, name);
      const annotations = loadAnnotations(directory, name);
      const count = row === 'firstLead' ? 1 : record.leads.length;
      const { beats, changes } = runRhythm(record.samplesUv.slice(0, count), record.samplingFrequency, record.leads.slice(0, count));
      const fs = record.samplingFrequency;
      const length = record.samplesUv[0]!.length;
      const reference = referenceBeats(annotations);
      const found = beats.map((beat) => ({ sample: beat.sampleIndex, class: beat.class }));
      return {
        ...matchBeats(name, fs, reference, found, fibrillationStretches(annotations, length)),
        atrial: countAtrial(name, annotations, changes, length),
        tachycardiaDelaysMs: tachycardiaDelays(reference, changes, fs, length),
        tachycardiaAlarms: changes.filter(isTachycardia).length,
      };
    });
}

const isTachycardia = ({ condition, active }: RhythmChange): boolean => condition === 'ventricularTachycardia' && active;

export function beatFigures(rows: readonly BeatCounts[]): BeatFigures {
  const sum = (of: (row: BeatCounts) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return {
    se: bootstrapShare(rows.map((row) => ({ hits: row.truePositive, of: row.truePositive + row.falseNegative }))),
    ppv: bootstrapShare(rows.map((row) => ({ hits: row.truePositive, of: row.truePositive + row.falsePositive }))),
    vebSe: bootstrapShare(rows.map((row) => ({ hits: row.vebTruePositive, of: row.vebTruePositive + row.vebFalseNegative }))),
    vebPpv: bootstrapShare(rows.map((row) => ({ hits: row.vebTruePositive, of: row.vebTruePositive + row.vebFalsePositive }))),
    falsePositives: sum((row) => row.falsePositive),
    falseNegatives: sum((row) => row.falseNegative),
    records: rows.length,
  };
}
