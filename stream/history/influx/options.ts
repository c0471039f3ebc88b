import type { Retention } from '../embedded/options.ts';

export interface InfluxOptions {
  /** `http://influx.ward:8086` */
  readonly url: string;
  readonly org: string;
  readonly token: string;
  /** Buckets are `PREFIX_waveforms`, `PREFIX_trends`, `PREFIX_events`. */
  readonly bucketPrefix: string;
}

export type BucketKind = 'waveforms' | 'trends' | 'events';
export const bucketOf = ({ bucketPrefix }: InfluxOptions, kind: BucketKind): string => `${bucketPrefix}_${kind}`;

/** Seconds each bucket keeps. */
export const retentionSeconds = (retention: Retention): Readonly<Record<BucketKind, number>> => ({
  waveforms: Math.round(retention.waveformsMs / 1000),
  trends: Math.round(retention.trendsMs / 1000),
  events: Math.round(retention.eventsMs / 1000),
});
