/**
 * The contract between the model-free rhythm analysis and the alarm system.
 * The analysis says which conditions hold now; the alarm system decides what that means (latching, priority).
 */
import type { RhythmCondition } from './alarm.ts';
import type { Beat } from './beat.ts';
import type { Bpm } from './units.ts';

/** Limits of one bed. Defaults and their sources: docs/alarms.md. */
export interface RhythmLimits {
  /** Longest time without a QRS before asystole. */
  readonly asystoleMs: number;
  /** A fibrillation waveform of this length is an episode. */
  readonly fibrillationMs: number;
  readonly ventricularTachycardiaBeats: number;
  readonly ventricularTachycardiaBpm: number;
  readonly extremeTachycardiaBpm: number;
  readonly extremeTachycardiaBeats: number;
  readonly extremeBradycardiaBpm: number;
  readonly extremeBradycardiaBeats: number;
  /** Longest time without a QRS before a pause. */
  readonly pauseMs: number;
  /** Ventricular beats in a row, at any rate, that are a run. */
  readonly ventricularRunBeats: number;
  /** Pairs of a normal and a ventricular beat that are bigeminy. */
  readonly bigeminyCycles: number;
  /** More ventricular beats in a minute are frequent. */
  readonly ventricularBeatsPerMinute: number;
  /** Intervals without order for this long are atrial fibrillation; in order for as long, and it is over. */
  readonly atrialFibrillationMs: number;
  readonly heartRateHighBpm: number;
  readonly heartRateLowBpm: number;
}

/** Defaults of the field: PhysioNet/CinC 2015 for the five lethal ones, common monitor defaults for the others. */
export const DEFAULT_RHYTHM_LIMITS: RhythmLimits = {
  asystoleMs: 4000,
  fibrillationMs: 4000,
  ventricularTachycardiaBeats: 5,
  ventricularTachycardiaBpm: 100,
  extremeTachycardiaBpm: 140,
  extremeTachycardiaBeats: 17,
  extremeBradycardiaBpm: 40,
  extremeBradycardiaBeats: 5,
  pauseMs: 2500,
  ventricularRunBeats: 3,
  bigeminyCycles: 3,
  ventricularBeatsPerMinute: 10,
  atrialFibrillationMs: 30_000,
  heartRateHighBpm: 120,
  heartRateLowBpm: 50,
};

/** A condition that began or ended, at a sample of the feed's own axis. */
export interface RhythmChange {
  readonly condition: RhythmCondition;
  readonly active: boolean;
  /** Where the condition itself began or ended: for asystole the last QRS, for VT the first beat of the run. */
  readonly onsetIndex: number;
  /** The sample at which the analysis knew. */
  readonly decidedIndex: number;
  readonly cause: string;
}

/** What one call of `RhythmAnalyser.push` found; empty arrays where nothing happened. */
export interface RhythmResult {
  readonly beats: readonly Beat[];
  readonly changes: readonly RhythmChange[];
}

/**
 * The model-free analysis of one epoch of one bed: causal, chunk-invariant (any cutting of the same samples into
 * blocks gives the same beats and changes), state held per instance.
 */
export interface RhythmAnalyser {
  /**
   * @param samplesUv planar, one array per lead, raw microvolts before any filter (the analyser has its own); NaN = missing
   * @param startIndex index of the first sample; always follows the block before
   * @param leadOffMask bit n = electrode of lead n off for this block
   * @param pacerMarks sample offsets within the block
   */
  push(samplesUv: readonly Float32Array[], startIndex: number, leadOffMask: number, pacerMarks: Uint16Array): RhythmResult;
  /** Averaged heart rate (as monitors do: of 12 RR, or 4 where slow); undefined until known, in VF or asystole, and without a usable lead. */
  readonly heartRateBpm: Bpm | undefined;
  /** False while no lead can be analysed (off, saturated or missing): then asystole is not monitored, and must be said so. */
  readonly monitored: boolean;
  setLimits(limits: RhythmLimits): void;
}
