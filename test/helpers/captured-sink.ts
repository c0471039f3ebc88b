/** The device's end of a feed that keeps what it is given, with the time it was given at. */
import type { Clock } from '../../ecg/clock.ts';
import type { FeedSink, OutgoingFrame } from '../../stream/feed/feed-sink.ts';
import type { HelloMessage } from '../../stream/feed/feed.ts';

export interface CapturedEpoch {
  readonly hello: HelloMessage;
  readonly atMs: number;
  readonly frames: { readonly frame: OutgoingFrame; readonly atMs: number }[];
}

export class CapturedSink implements FeedSink {
  readonly epochs: CapturedEpoch[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(hello: HelloMessage): void {
    this.epochs.push({ hello, atMs: this.#clock.now(), frames: [] });
  }

  send(frame: OutgoingFrame): void {
    this.epochs.at(-1)!.frames.push({ frame, atMs: this.#clock.now() });
  }

  writable(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {}

  /** All samples of one lead of one epoch, end to end. */
  samples(epoch: number, lead: number): number[] {
    return this.epochs[epoch]!.frames.flatMap(({ frame }) => [...frame.samples[lead]!]);
  }
}
