/** What a beat is taken for: EC57's classes as far as a monitor tells them apart. */
export type BeatClass = 'normal' | 'ventricular' | 'paced' | 'unclassified';

/** One detected QRS complex, told when its class is settled: with the beat after it, or 2 s after its R peak. */
export interface Beat {
  /** Index of the R peak (fiducial point) on the feed's own sample axis. */
  readonly sampleIndex: number;
  readonly class: BeatClass;
  /** Interval to the beat before, in milliseconds; undefined for the first beat after a start or a gap. */
  readonly rrMs: number | undefined;
}
