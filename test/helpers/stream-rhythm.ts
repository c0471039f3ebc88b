import type { Beat } from '../../ecg/beat.ts';
import { createRhythmAnalyser } from '../../ecg/rhythm/analyser.ts';
import type { RhythmAnalyser, RhythmChange } from '../../ecg/rhythm.ts';
import { hz } from '../../ecg/units.ts';

export interface StreamOptions {
  readonly fs: number;
  /** Samples in each block; the last is repeated. Default half a second. */
  readonly blocks?: readonly number[];
  /** Lead-off mask of the block that begins at a sample. */
  readonly leadOff?: (index: number) => number;
  /** Feed indices of pacer pulses, ascending. */
  readonly pacerMarks?: readonly number[];
  readonly railUv?: readonly (readonly [number, number])[];
  /** Called after each block that told of beats. */
  readonly onBeats?: (beats: readonly Beat[], end: number) => void;
  /** Called after each block. */
  readonly onBlock?: (analyser: RhythmAnalyser, end: number) => void;
}

/** Pushes whole leads through an analyser block by block. */
export function streamRhythm(leads: readonly Float32Array[], options: StreamOptions): { beats: Beat[]; changes: RhythmChange[]; analyser: RhythmAnalyser } {
  const { fs, blocks = [Math.round(fs / 2)], leadOff = () => 0, pacerMarks = [], railUv, onBeats, onBlock } = options;
  const analyser = createRhythmAnalyser({ samplingFrequency: hz(fs), leads: leads.map((_, i) => ['II', 'V1', 'V5'][i]!), railUv });
  const beats: Beat[] = [];
  const changes: RhythmChange[] = [];
  for (let at = 0, k = 0; at < leads[0]!.length; k++) {
    const size = blocks[Math.min(k, blocks.length - 1)]!;
    const end = Math.min(at + size, leads[0]!.length);
    const marks = Uint16Array.from(pacerMarks.filter((mark) => mark >= at && mark < end).map((mark) => mark - at));
    const result = analyser.push(leads.map((lead) => lead.subarray(at, end)), at, leadOff(at), marks);
    beats.push(...result.beats);
    changes.push(...result.changes);
    if (result.beats.length > 0) onBeats?.(result.beats, end);
    onBlock?.(analyser, end);
    at = end;
  }
  // Nothing comes any more, for a fifth of a second: no condition changes by it, but the last beat is settled.
  const silence = new Float32Array(Math.ceil(fs / 5)).fill(NaN);
  const rest = analyser.push(leads.map(() => silence), leads[0]!.length, 0, new Uint16Array(0));
  return { beats: [...beats, ...rest.beats], changes: [...changes, ...rest.changes], analyser };
}
