/** What replay and simulator write to: the device's end of a feed. `FeedClient` is the one that reaches a server. */
import type { HelloMessage } from './feed.ts';

/** The next samples of the running epoch; sequence and sample index are the sink's business. */
export interface OutgoingFrame {
  /** The device's clock at the first sample, ms since 1970. */
  readonly deviceTimeMs: number;
  /** Planar, one array per lead of the hello, in adu (int16) or microvolts (float32). */
  readonly samples: readonly (Int16Array | Float32Array)[];
  readonly leadOffMask?: number;
  readonly pacerMarks?: ArrayLike<number>;
}

export interface FeedSink {
  /** Begins a new epoch: its first frame has sequence 0 and sample index 0. */
  begin(hello: HelloMessage): void;
  send(frame: OutgoingFrame): void;
  /** Resolves once the other side has accepted the hello and can take a frame at once. */
  writable(): Promise<void>;
  close(): void;
}
