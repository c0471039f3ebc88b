/**
 * Whether what the page shows of a bed may be read as live. Judged by the page itself, so that a server that has
 * gone silent cannot leave an old number standing.
 */

/** Older than this and a value is shown as stale. Half a second below the 3 s promised, for drawing and timers. */
export const STALE_AFTER_MS = 2500;

export interface FreshnessInput {
  readonly connected: boolean;
  /** The server's own word. */
  readonly live: boolean;
  /** Page time since the newest numerics of this bed arrived. */
  readonly numericsAgeMs: number;
  /** Server time now less the server time of the last sample; null before the first sample. */
  readonly sampleAgeMs: number | null;
  /** Page time since waveform samples of this bed arrived; Infinity before the first. */
  readonly sinceWaveformMs: number;
}

export interface Freshness {
  readonly live: boolean;
  /** Age of the newest sample known of; null where there has been none. */
  readonly dataAgeMs: number | null;
}

export function freshness(input: FreshnessInput): Freshness {
  // Either witness will do: numerics come once a second only, waveforms may be dropped on a slow link. Of a bed that is not live
  // the server's word counts alone: what it sent when the page was opened were the old samples that its strip begins with.
  const youngestMs = input.sampleAgeMs !== null && input.live ? Math.min(input.sampleAgeMs, input.sinceWaveformMs) : input.sampleAgeMs;
  const dataAgeMs = youngestMs === null ? null : Math.max(0, youngestMs);
  const live =
    input.connected && input.live && input.numericsAgeMs <= STALE_AFTER_MS && dataAgeMs !== null && dataAgeMs <= STALE_AFTER_MS;
  return { live, dataAgeMs };
}
