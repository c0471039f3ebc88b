/** What the embedded store is told; plain data, so that it can be handed to its threads. */
export interface EmbeddedOptions {
  readonly directory: string;
  /** 32 bytes: values are encrypted at rest. */
  readonly encryptionKey?: Uint8Array | undefined;
  readonly retention: Retention;
  /** Bounds each file to so many pages: stands in for a full disk in tests. */
  readonly maxPages?: number | undefined;
}

export interface Retention {
  readonly waveformsMs: number;
  /** Numerics, scores, embeddings and beats. */
  readonly trendsMs: number;
  /** Alarms, annotations, feed events, and the strips around alarms. */
  readonly eventsMs: number;
  /** Of all files together; the oldest waveforms go first. */
  readonly maxBytes: number;
}

const HOUR_MS = 3_600_000;
/** Waveforms 72 h, alarms a year, as the field keeps them; trends a month; 100 GB hold 200 beds for 60 h. */
export const DEFAULT_RETENTION: Retention = { waveformsMs: 72 * HOUR_MS, trendsMs: 30 * 24 * HOUR_MS, eventsMs: 366 * 24 * HOUR_MS, maxBytes: 100e9 };

/** Kept around an alarm when its hour goes: the ten seconds before and the twenty after, as strips are printed. */
export const STRIP_BEFORE_MS = 10_000;
export const STRIP_AFTER_MS = 20_000;
export const STRIP_FILE = 'strips.db';
