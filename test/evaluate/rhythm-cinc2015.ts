/**
 * The PhysioNet/CinC 2015 false alarm challenge, ECG leads only: is the condition of the header's kind active, or does it
 * begin, in the ten seconds before the monitor's alarm at 5:00? Nothing after 5:00 is seen.
 */
import type { RhythmCondition } from '../../ecg/alarm.ts';
import { loadRecord, recordNames } from '../../stream/recordings/library.ts';
import { runRhythm } from './rhythm-run.ts';
import type { Variation } from './rhythm-variations.ts';

const ALARM_S = 300;
const LOOK_BACK_S = 10;

const CONDITION_OF: Readonly<Record<string, RhythmCondition>> = {
  Asystole: 'asystole',
  Bradycardia: 'extremeBradycardia',
  Tachycardia: 'extremeTachycardia',
  Ventricular_Flutter_Fib: 'ventricularFibrillation',
  Ventricular_Tachycardia: 'ventricularTachycardia',
};

export interface AlarmVerdict {
  readonly record: string;
  readonly kind: string;
  readonly called: boolean;
  readonly truth: boolean;
}

export interface AlarmCounts {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
  /** 100 (TP+TN) / (TP+TN+FP+5 FN). */
  readonly score: number;
}

/** @param seen what is streamed of each record; all of it unless given */
export function evaluateCinc2015(directory: string, seen: Variation['of'] = (record) => record): AlarmVerdict[] {
  return recordNames(directory).map((name) => {
    const record = loadRecord(directory, name);
    const fs = record.samplingFrequency;
    const end = Math.round(ALARM_S * fs);
    const kind = record.comments[0]!.trim();
    const { samplesUv, leads } = seen(record);
    const { changes } = runRhythm(samplesUv.map((samples) => samples.subarray(0, end)), fs, leads);
    let called = false;
    for (const { condition, active, decidedIndex } of changes) {
      if (condition !== CONDITION_OF[kind] || decidedIndex > end) continue;
      if (decidedIndex < (ALARM_S - LOOK_BACK_S) * fs) called = active;
      else called ||= active;
    }
    // The truth is looked up only after the verdict.
    return { record: name, kind, called, truth: record.comments[1]!.startsWith('True') };
  });
}

export function countAlarms(verdicts: readonly AlarmVerdict[]): AlarmCounts {
  const count = (called: boolean, truth: boolean): number => verdicts.filter((v) => v.called === called && v.truth === truth).length;
  const [tp, fp, fn, tn] = [count(true, true), count(true, false), count(false, true), count(false, false)];
  return { tp, fp, fn, tn, score: (100 * (tp + tn)) / (tp + tn + fp + 5 * fn) };
}
