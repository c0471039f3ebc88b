import type { EpochMs, Hz } from './units.ts';

/** Ten seconds (by default) of one bed in the model's own lead order and sampling frequency. */
export interface Segment {
  readonly bed: string;
  /** Counts the feed's connections: samples of two epochs never share a segment. */
  readonly epoch: number;
  /** Index of the first sample on the model's sample axis, counted from the epoch's start. */
  readonly startIndex: number;
  readonly startMs: EpochMs;
  readonly samplingFrequency: Hz;
  /** Planar [leads][length] in microvolts, before the encoder's preprocessing; NaN where a sample is missing. */
  readonly samplesUv: Float32Array;
  readonly leadCount: number;
  readonly length: number;
  /** 1 for a lead of the model that the feed carries (or that follows from those it carries) and that is whole here. */
  readonly presence: Uint8Array;
  /** Arrival on our clock of the last frame that completed the segment. */
  readonly receivedAtMs: EpochMs;
}
