/** What travels along a bed's line. Faults are values here: no observable of the line ever errors. */
import type { RhythmChange } from '../ecg/rhythm.ts';
import type { EcgError } from '../ecg/errors.ts';
import type { Beat } from '../ecg/beat.ts';
import type { Finding } from '../ecg/finding.ts';
import type { Frame } from '../ecg/frame.ts';
import type { Segment } from '../ecg/segment.ts';
import type { Bpm, EpochMs, Ms } from '../ecg/units.ts';

/** A decoded frame and when its last byte reached us. */
export interface ReceivedFrame {
  readonly frame: Frame;
  readonly receivedAtMs: EpochMs;
}

/** Samples in order and without repetition, on the feed's own sample axis. */
export interface Block {
  readonly kind: 'block';
  /** Index of the first sample since the epoch's first sample. */
  readonly startIndex: number;
  readonly sampleCount: number;
  /** Planar, one array per lead, microvolts; NaN where missing. */
  readonly samplesUv: readonly Float32Array[];
  readonly leadOffMask: number;
  readonly pacerMarks: Uint16Array;
  /** The device's clock at the first sample. */
  readonly deviceTimeMs: EpochMs;
  /** Arrival of the block's last sample on the server's clock. */
  readonly receivedAtMs: EpochMs;
}

/** Samples that never came. Every stage after alignment must show them as missing. */
export interface Gap {
  readonly kind: 'gap';
  readonly startIndex: number;
  readonly sampleCount: number;
  readonly receivedAtMs: EpochMs;
}

/** The device's clock jumped against its own sample count. */
export interface ClockStep {
  readonly kind: 'clockStep';
  readonly byMs: Ms;
}

/** A frame that could not be used; the line goes on. */
export interface Refused {
  readonly kind: 'refused';
  readonly error: EcgError;
}

/** A frame that brought nothing new: sent twice, or come after its samples had been given up. */
export interface Discarded {
  readonly kind: 'discarded';
  readonly reason: 'duplicate' | 'late';
}

export type Aligned = Block | Gap | ClockStep | Discarded;

/** One lead's usability as the page names it. */
export type LeadState = 'ok' | 'leadOff' | 'flat' | 'saturated' | 'noisy' | 'missing';

/** What a bed's line tells the rest of the server. */
export type LineEvent =
  | { readonly kind: 'waveform'; readonly startIndex: number; readonly samplesUv: readonly Float32Array[] }
  | {
      readonly kind: 'rhythm';
      readonly beats: readonly Beat[];
      readonly changes: readonly (RhythmChange & { readonly onsetMs: EpochMs })[];
      readonly heartRateBpm: Bpm | undefined;
      readonly monitored: boolean;
    }
  | { readonly kind: 'quality'; readonly leadStates: readonly LeadState[] }
  | { readonly kind: 'received'; readonly atMs: EpochMs; readonly leadOffMask: number; readonly clockOffsetMs: Ms; readonly clockFault: string | undefined }
  | Gap
  | ClockStep
  | Discarded
  | Refused
  | {
      readonly kind: 'findings';
      readonly findings: readonly Finding[];
      readonly endMs: EpochMs;
      readonly modelId: string;
      readonly manifestSha256: string;
      /** Which samples were scored, so that they can be scored again. */
      readonly segment: Pick<Segment, 'epoch' | 'startIndex' | 'startMs'>;
      /** Of unit length; undefined from a scorer that does not give it. */
      readonly embedding: Float32Array | undefined;
    }
  | { readonly kind: 'unscored'; readonly reason: 'quality' | 'stale' | 'overload' | 'failed' };
