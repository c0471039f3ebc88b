/** The limits of one bed as a person sets them: those of the rhythm rules, and the threshold of each finding. */
import type { RhythmLimits } from './rhythm.ts';

export interface BedLimits {
  readonly rhythm: RhythmLimits;
  /** Score at which a label's alarm begins, by label id; a label without one has the threshold of the label bank. */
  readonly thresholds: Readonly<Record<string, number>>;
}

/** A wanted change: what is absent stays; a threshold of null goes back to the label bank's. */
export interface LimitsChange {
  readonly rhythm?: Partial<RhythmLimits>;
  readonly thresholds?: Readonly<Record<string, number | null>>;
}
