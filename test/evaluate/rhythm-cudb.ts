/** Fibrillation in the CU Ventricular Tachyarrhythmia Database (or in single records of another). */
import type { RhythmCondition } from '../../ecg/alarm.ts';
import type { RhythmChange } from '../../ecg/rhythm.ts';
import { loadAnnotations, loadRecord } from '../../stream/recordings/library.ts';
import { fibrillationStretches } from '../../ecg/reference-beats.ts';
import { runRhythm } from './rhythm-run.ts';

const LEAST_EPISODE_S = 6;
const IN_TIME_S = 10;
const MARGIN_S = 10;

export interface FibrillationCounts {
  readonly record: string;
  /** From `[` to the alarm, per episode; Infinity for a miss. */
  readonly delaysMs: readonly number[];
  readonly inTime: number;
  readonly episodeSamples: number;
  readonly detectedSamples: number;
  readonly freeSamples: number;
  readonly freeAlarmSamples: number;
}

/** 1 for every sample at which a condition is active, latching ignored. */
export function activeAt(changes: readonly RhythmChange[], condition: RhythmCondition, length: number): Uint8Array {
  const active = new Uint8Array(length);
  let since: number | undefined;
  for (const change of changes) {
    if (change.condition !== condition) continue;
    if (change.active) since = change.decidedIndex;
    else if (since !== undefined) {
      active.fill(1, since, change.decidedIndex);
      since = undefined;
    }
  }
  if (since !== undefined) active.fill(1, since);
  return active;
}

export function evaluateFibrillation(directory: string, names: readonly string[]): FibrillationCounts[] {
  return names.map((name) => {
    const record = loadRecord(directory, name);
    const fs = record.samplingFrequency;
    const length = record.samplesUv[0]!.length;
    const stretches = fibrillationStretches(loadAnnotations(directory, name), length);
    const active = activeAt(runRhythm(record.samplesUv, fs, record.leads).changes, 'ventricularFibrillation', length);
    const episodes = stretches.filter(([from, to]) => to - from >= LEAST_EPISODE_S * fs);
    const delaysMs = episodes.map(([from, to]) => {
      for (let i = from; i < to; i++) if (active[i] === 1) return ((i - from) * 1000) / fs;
      return Infinity;
    });
    let episodeSamples = 0, detectedSamples = 0, freeSamples = 0, freeAlarmSamples = 0;
    for (const [from, to] of episodes) {
      episodeSamples += to - from;
      for (let i = from; i < to; i++) detectedSamples += active[i]!;
    }
    for (let i = 0; i < length; i++) {
      if (stretches.some(([from, to]) => i > from - MARGIN_S * fs && i < to + MARGIN_S * fs)) continue;
      freeSamples++;
      freeAlarmSamples += active[i]!;
    }
    const inTime = delaysMs.filter((delay) => delay <= IN_TIME_S * 1000).length;
    return { record: name, delaysMs, inTime, episodeSamples, detectedSamples, freeSamples, freeAlarmSamples };
  });
}
