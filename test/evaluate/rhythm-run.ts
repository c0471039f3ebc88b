import type { Beat } from '../../ecg/beat.ts';
import type { Lead } from '../../ecg/leads.ts';
import { createRhythmAnalyser } from '../../ecg/rhythm/analyser.ts';
import type { RhythmChange } from '../../ecg/rhythm.ts';
import type { Hz } from '../../ecg/units.ts';

const HOLD_S = 1;

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
  const push = (blocks: readonly Float32Array[], at: number): void => {
    const result = analyser.push(blocks, at, 0, none);
    beats.push(...result.beats);
    changes.push(...result.changes);
  };
  for (let at = 0; at < length; at += block) {
    push(samplesUv.map((samples) => samples.subarray(at, at + block)), at);
  }
  // A beat is decided some tenths of a second after its R peak: the last level is held so that the last beats are, too. Then nothing comes any more, which settles them.
  push(samplesUv.map((samples) => new Float32Array(Math.round(HOLD_S * samplingFrequency)).fill(samples[length - 1]!)), length);
  push(samplesUv.map(() => new Float32Array(block).fill(NaN)), length + Math.round(HOLD_S * samplingFrequency));
  return { beats, changes };
}
