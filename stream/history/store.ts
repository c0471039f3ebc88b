/**
 * The history's contract: what the line leaves behind, kept, and found again. Both stores keep it, and one suite
 * (test/contract/history.ts) holds them to it. Times are on the server's clock, in milliseconds since 1970.
 */
import type { Beat } from '../../ecg/beat.ts';
import type { Finding } from '../../ecg/finding.ts';
import type { Lead } from '../../ecg/leads.ts';

/** How the samples of a block are to be read. */
export interface Signal {
  readonly samplingFrequencyHz: number;
  readonly leads: readonly Lead[];
  /** `adu`: converter output, exactly as the device sent it. `float32`: the bits of microvolts, from feeds that send no adu. */
  readonly encoding: 'adu' | 'float32';
  /** adu per millivolt, one per lead. */
  readonly adcGain: readonly number[];
  /** adu at 0 mV, one per lead. */
  readonly baseline: readonly number[];
}

/** Up to a second of one bed's samples, without a gap inside. */
export interface WaveformBlock {
  readonly bed: string;
  /** Connection of the device these samples came by; past records that were imported have epoch 0. */
  readonly epoch: number;
  /** Time of the first sample. May have a fraction. */
  readonly startMs: number;
  /** Index of the first sample since the epoch's first. */
  readonly startIndex: number;
  readonly signal: Signal;
  /** Planar, lead after lead; MISSING_SAMPLE (ecg/formats/wfdb-signal.ts) where there is none. */
  readonly samples: Int32Array;
}

/** Values of one bed at one second; each name is a trend of its own (`heartRateBpm`). */
export interface NumericsPoint {
  readonly bed: string;
  readonly atMs: number;
  readonly values: Readonly<Record<string, number>>;
}

/** What the model said of one segment that ended at `atMs`. */
export interface ScorePoint {
  readonly bed: string;
  readonly atMs: number;
  readonly modelId: string;
  /** Kept to half precision. */
  readonly findings: readonly Finding[];
  /** Kept to half precision, so that a label thought of later can be scored on the past. */
  readonly embedding?: Float32Array | undefined;
}

/** Embeddings of one bed by one model, without the rest of what was said: for looking at many. */
export interface EmbeddingRun {
  readonly modelId: string;
  readonly atMs: Float64Array;
  /** Half precision (float16.ts), [atMs.length][dimension]. */
  readonly halves: Uint16Array;
}

export interface BeatMark {
  readonly bed: string;
  readonly atMs: number;
  readonly class: Beat['class'];
  readonly rrMs: number | undefined;
}

export type EventKind = 'alarm' | 'annotation' | 'feed';

/** Something that happened at a bed: a change of an alarm, a mark set by a person or read from a record, a feed's coming and going. */
export interface HistoryEvent {
  readonly bed: string;
  readonly atMs: number;
  readonly kind: EventKind;
  /** Alarm condition, annotation symbol, or what the feed did. */
  readonly name: string;
  /** Tells repetitions apart: an event with the same bed, kind and id is stored once. */
  readonly id: string;
  /** The priority of an alarm. */
  readonly priority?: string | undefined;
  /** Everything else, as JSON can hold it. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface HistoryBatch {
  readonly waveforms: readonly WaveformBlock[];
  readonly numerics: readonly NumericsPoint[];
  readonly scores: readonly ScorePoint[];
  readonly beats: readonly BeatMark[];
  readonly events: readonly HistoryEvent[];
}

export const EMPTY_BATCH: HistoryBatch = { waveforms: [], numerics: [], scores: [], beats: [], events: [] };

/** From `fromMs`, up to and without `toMs`. */
export interface Interval {
  readonly bed: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Blocks that follow one another without a gap, joined. */
export interface WaveformRun {
  readonly bed: string;
  readonly epoch: number;
  readonly startMs: number;
  readonly startIndex: number;
  readonly signal: Signal;
  /** One array per lead. */
  readonly samples: readonly Int32Array[];
}

/** Lowest and highest microvolts in each of `columns` equal parts of the interval; NaN where nothing was stored. */
export interface Overview {
  readonly lead: Lead;
  readonly columnMs: number;
  readonly lowUv: Float32Array;
  readonly highUv: Float32Array;
}

/** Mean, lowest and highest value in each of `points` equal parts of the interval; NaN where there was none. */
export interface Trend {
  readonly name: string;
  readonly pointMs: number;
  readonly mean: Float32Array;
  readonly low: Float32Array;
  readonly high: Float32Array;
}

export interface TrendQuery extends Interval {
  readonly points: number;
}

export interface EventQuery {
  /** Of one bed, or of all. */
  readonly bed?: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly kinds?: readonly EventKind[] | undefined;
  /** The newest are kept where there are more. */
  readonly limit?: number | undefined;
}

export interface HistoryStats {
  /** Null where nothing has gone wrong, else the last fault in words. */
  readonly fault: string | null;
  /** Flat counters and sizes for /health and /metrics. */
  readonly figures: Readonly<Record<string, number>>;
}

export interface HistoryReader {
  /** Beds of which anything is stored in the interval. */
  beds(fromMs: number, toMs: number): Promise<string[]>;
  /** In order of time. Runs that were stored over one another (the clock had stepped back) are all there. */
  waveform(query: Interval): Promise<WaveformRun[]>;
  overview(query: Interval & { readonly lead: Lead; readonly columns: number }): Promise<Overview>;
  trend(query: TrendQuery & { readonly name: string }): Promise<Trend>;
  /** The scores of every label that has any in the interval, by name of the label: days of them, in memory that only points and labels bound. */
  findingTrends(query: TrendQuery): Promise<Trend[]>;
  numerics(query: Interval): Promise<NumericsPoint[]>;
  scores(query: Interval): Promise<ScorePoint[]>;
  /** One run for each model and dimension, each in order of time. */
  embeddings(query: Interval): Promise<EmbeddingRun[]>;
  beats(query: Interval): Promise<BeatMark[]>;
  /** In order of time. */
  events(query: EventQuery): Promise<HistoryEvent[]>;
}

export interface HistoryStore extends HistoryReader {
  readonly kind: 'embedded' | 'influxdb';
  /** Resolves once the batch is on the disk. @throws EcgError HISTORY_WRITE and nothing of the batch is kept */
  append(batch: HistoryBatch): Promise<void>;
  /** Removes what is older than its kind may be, then the oldest waveforms while there is more than fits. */
  retain(nowMs: number): Promise<void>;
  stats(): HistoryStats;
  close(): Promise<void>;
}
