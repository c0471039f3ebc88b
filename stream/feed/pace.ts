/**
 * Sends what a source makes in real time, against an absolute timeline: frame n is due when its last sample would have
 * been captured, so lateness never adds up. After a stall the frames that fell due go out at once, each with its true
 * time; a stall too long for that (a suspended machine) becomes a break with a new hello.
 */
import type { Clock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import type { HelloMessage } from './feed.ts';
import type { FeedSink, OutgoingFrame } from './feed-sink.ts';

/** One epoch's worth of frames. */
export interface FrameSource {
  readonly hello: HelloMessage;
  /** The next frame, or undefined at the end. */
  next(): Omit<OutgoingFrame, 'deviceTimeMs'> | undefined;
}

/** Length of the frames that replay and simulator send. */
export const FRAME_MS = 100;
/** More than this is not caught up with: the server would rather have a break than ten seconds at once. */
const MAX_CATCH_UP_MS = 10_000;

/** Samples in a frame of about FRAME_MS. */
export const frameSamples = (samplingFrequencyHz: number): number => Math.max(1, Math.round((samplingFrequencyHz * FRAME_MS) / 1000));

/**
 * Announces the source and sends all of it.
 * @param ended called after the last frame; never after the returned function was called
 * @returns ends the sending
 */
export function pace(source: FrameSource, sink: FeedSink, clock: Clock, ended: () => void): () => void {
  const fs = source.hello.samplingFrequencyHz;
  let zeroMs: number = clock.now();
  let captured = 0;
  let pending = source.next();
  let cancel = (): void => {};
  sink.begin(source.hello);

  const dueMs = (): number => zeroMs + ((captured + (pending?.samples[0]?.length ?? 0)) * 1000) / fs;
  const tick = (): void => {
    if (clock.now() - dueMs() > MAX_CATCH_UP_MS) {
      sink.begin(source.hello);
      zeroMs = clock.now();
      captured = 0;
    }
    while (pending && dueMs() <= clock.now()) {
      sink.send({ ...pending, deviceTimeMs: zeroMs + (captured * 1000) / fs });
      captured += pending.samples[0]!.length;
      pending = source.next();
    }
    if (pending) cancel = clock.after(ms(dueMs() - clock.now()), tick);
    else ended();
  };
  tick();
  return () => cancel();
}

/**
 * Announces the source and sends all of it as fast as the other side takes it. Device times are those of a capture
 * that began now, so they run ahead of the clock.
 * @param stopped asked before every frame
 */
export async function flood(source: FrameSource, sink: FeedSink, clock: Clock, stopped: () => boolean): Promise<void> {
  const zeroMs = clock.now();
  let captured = 0;
  sink.begin(source.hello);
  for (let frame = source.next(); frame && !stopped(); frame = source.next()) {
    await sink.writable();
    sink.send({ ...frame, deviceTimeMs: zeroMs + (captured * 1000) / source.hello.samplingFrequencyHz });
    captured += frame.samples[0]!.length;
  }
}
