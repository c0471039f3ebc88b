import type { Beat } from '../../ecg/beat.ts';
import type { Lead } from '../../ecg/leads.ts';
import { createRhythmAnalyser } from '../../ecg/rhythm/analyser.ts';
import type { RhythmChange } from '../../ecg/rhythm.ts';
import type { Hz } from '../../ecg/units.ts';

export interface RhythmRun {
  readonly beats: readonly Beat[];
  readonly changes: readonly RhythmChange[];
}

/** Streams a recording through the analyser in blocks of half a second, as a bed would. */
export function runRhythm(
  samplesUv: readonly Float32Array[],
  samplingFrequency: Hz,
  leads: readonly Lead[],
  railUv?: readonly (readonly [number, number])[],
): RhythmRun {
  const analyser = createRhythmAnalyser({ samplingFrequency, leads, railUv });
  const beats: Beat[] = [];
  const changes: RhythmChange[] = [];
  const none = new Uint16Array(0);
  const block = Math.max(1, Math.round(samplingFrequency / 2));
  const length = samplesUv[0]?.length ?? 0;
  for (let at = 0; at < length; at += block) {
    const result = analyser.push(samplesUv.map((samples) => samples.subarray(at, at + block)), at, 0, none);
    beats.push(...result.beats);
    changes.push(...result.changes);
  }
  return { beats, changes };
}
