/**
 * The other half of the conformance kit: a server that a device connects to, over socket.io or a plain WebSocket, and
 * that treats it well, then badly, and says which rules of docs/feeds.md the device keeps.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { systemClock, type Clock } from '../../ecg/clock.ts';
import { EcgError } from '../../ecg/errors.ts';
import { MAX_FRAME_BYTES, type Frame } from '../../ecg/frame.ts';
import { ms } from '../../ecg/units.ts';
import { readFrame, type AckMessage, type FeedSession, type Hello } from './feed.ts';
import { FeedDoor, type DeviceSession, type FeedTransport, type FeedWard } from './feed-session.ts';
import { serveFeeds } from './socket-feed.ts';
import { serveWebSocketFeed } from './websocket-feed.ts';

export interface Judgement {
  readonly name: string;
  /** What the device did wrong; undefined where it did right. */
  readonly wrong: string | undefined;
}

export interface JudgeOptions {
  readonly host: string;
  readonly port: number;
  /** How long the device is watched, undisturbed; some of the other trials last as long. */
  readonly seconds: number;
  readonly clock?: Clock;
}

export interface Judge {
  readonly url: string;
  /** Waits for a device and tries it. */
  judge(): Promise<Judgement[]>;
  close(): Promise<void>;
}

interface Seen {
  readonly frame: Frame;
  readonly atMs: number;
}

/** A device has to be there by then, at the beginning and after every cut. */
const PATIENCE_MS = 30_000;
/** Cuts one upon another. */
const STORM_CUTS = 4;
/** Hellos and connections a second that are no storm. */
const CALM_PER_SECOND = 5;
/** Frames in flight that the device is left with before acknowledgements stop. */
const FEW_CREDITS = 4;
/** As the server's aligner judges a step. */
const CLOCK_STEP_MS = 250;
const CLOCK_OFF_MS = 5000;
/** Longer frames are taken, but make every alarm as much later. */
const LONGEST_FRAME_MS = 500;

/** One hello of the device and what followed it. */
class Epoch {
  readonly hello: Hello;
  readonly frames: Seen[] = [];

  constructor(hello: Hello) {
    this.hello = hello;
  }
}

class JudgeWard implements FeedWard {
  readonly epochs: Epoch[] = [];
  readonly helloTimes: number[] = [];
  readonly malformed: string[] = [];
  taken = false;
  refuseNext = false;
  readonly #clock: Clock;
  #wake = (): void => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  connect(hello: Hello): FeedSession {
    this.helloTimes.push(this.#clock.now());
    this.#wake();
    if (this.taken) throw new EcgError('FEED_BED_TAKEN', `${hello.bed} is fed by a live device already`, { expected: 'a bed without a live feed', received: 'a second feed' });
    const epoch = new Epoch(hello);
    this.epochs.push(epoch);
    return {
      epoch: this.epochs.length,
      ended: () => false,
      push: (bytes) => {
        if (this.refuseNext) {
          this.refuseNext = false;
          throw new EcgError('FRAME_SAMPLES', 'a refusal to see whether the device goes on');
        }
        try {
          epoch.frames.push({ frame: readFrame(bytes, hello), atMs: this.#clock.now() });
        } catch (error) {
          this.malformed.push((error as Error).message);
          throw error;
        } finally {
          this.#wake();
        }
      },
      end: () => undefined,
    };
  }

  /** @returns whether it came to hold in time */
  async until(holds: () => boolean, withinMs: number): Promise<boolean> {
    const deadline = this.#clock.now() + withinMs;
    while (!holds()) {
      const left = deadline - this.#clock.now();
      if (left <= 0) return false;
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(ms(left), resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
    }
    return true;
  }
}

/** A door that hands on acknowledgements as the trial wants them. */
class JudgeDoor extends FeedDoor {
  acknowledging: (message: AckMessage) => AckMessage | undefined = (message) => message;
  #last: (() => void) | undefined;

  override open(transport: FeedTransport): DeviceSession {
    return super.open({
      ...transport,
      acknowledge: (message) => {
        this.#last = () => transport.acknowledge(message);
        const passed = this.acknowledging(message);
        if (passed) transport.acknowledge(passed);
      },
    });
  }

  /** Acknowledges what is waiting for it. */
  release(): void {
    this.acknowledging = (message) => message;
    this.#last?.();
  }
}

/** @throws Error where the address cannot be listened on */
export async function startJudge({ host, port, seconds, clock = systemClock }: JudgeOptions): Promise<Judge> {
  const refusals: string[] = [];
  const ward = new JudgeWard(clock);
  const door = new JudgeDoor(ward, { checkFeed: () => undefined }, (message) => void refusals.push(message));
  const http = createServer();
  const io = new Server(http, { serveClient: false, perMessageDeflate: false, maxHttpBufferSize: MAX_FRAME_BYTES });
  serveFeeds(io.of('/feeds'), door, clock);
  const stop = serveWebSocketFeed(http, door, { clock, isAllowedRequest: () => true });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${(http.address() as AddressInfo).port}`,
    judge: () => judge(ward, door, refusals, seconds, clock),
    async close() {
      stop();
      await io.close();
    },
  };
}

async function judge(ward: JudgeWard, door: JudgeDoor, refusals: readonly string[], seconds: number, clock: Clock): Promise<Judgement[]> {
  const found: Judgement[] = [];
  const say = (name: string, wrong: string | undefined): void => void found.push({ name, wrong });
  const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => void clock.after(ms(milliseconds), resolve));
  const newest = (): Epoch => ward.epochs.at(-1)!;

  const came = await ward.until(() => ward.epochs.length > 0, PATIENCE_MS);
  say('says a hello that is accepted', came ? undefined : refusals.at(-1) ?? `no hello within ${PATIENCE_MS / 1000} s`);
  if (!came) return found;
  const { hello } = newest();
  const fs = hello.samplingFrequency;

  await wait(1000 * seconds);
  for (const each of undisturbed(newest(), ward.malformed, seconds)) say(...each);

  door.acknowledging = (message) => ({ ...message, credits: FEW_CREDITS });
  const few = newest().frames.length;
  await ward.until(() => newest().frames.length > few + 1, 5000);
  door.acknowledging = () => undefined;
  const before = newest().frames.length;
  await wait(Math.max(2000, (FEW_CREDITS + 4) * 1000 * (newest().frames.at(-1)?.frame.sampleCount ?? 0) / fs));
  const inFlight = newest().frames.length - before;
  say('sends no more than its credits while nothing is acknowledged', inFlight <= FEW_CREDITS + 1 ? undefined : `${inFlight} frames with ${FEW_CREDITS} credits`);
  door.release();
  const held = newest().frames.length;
  say('goes on when it has credits again', await ward.until(() => newest().frames.length > held + 2, 5000) ? undefined : 'no frame in 5 s');

  ward.refuseNext = true;
  await ward.until(() => !ward.refuseNext, 5000);
  const refused = newest().frames.length;
  say('goes on after a frame was refused', await ward.until(() => newest().frames.length > refused + 2, 5000) ? undefined : 'no frame in 5 s');

  const cut = async (): Promise<boolean> => {
    const epochs = ward.epochs.length;
    door.cutOff(hello.bed);
    return ward.until(() => ward.epochs.length > epochs && newest().frames.length > 0, PATIENCE_MS);
  };
  const back = await cut();
  say('comes back after a cut and says hello', back ? undefined : `not within ${PATIENCE_MS / 1000} s`);
  if (!back) return found;
  const [first] = newest().frames;
  say('begins again at sequence 0 and sample 0', first!.frame.sequence === 0 && first!.frame.sampleIndex === 0 ? undefined : `sequence ${first!.frame.sequence}, sample ${first!.frame.sampleIndex}`);

  const storm = ward.helloTimes.length;
  let survived = 0;
  while (survived < STORM_CUTS && (await cut())) survived++;
  say(`comes back from ${STORM_CUTS} cuts one upon another`, survived === STORM_CUTS ? undefined : `from ${survived}`);
  say('does not storm the server when it is cut', stormy(ward.helloTimes.slice(storm)));

  ward.taken = true;
  const refusal = ward.helloTimes.length;
  door.cutOff(hello.bed);
  const asked = await ward.until(() => ward.helloTimes.length >= refusal + 1, PATIENCE_MS);
  await wait(1000 * Math.max(2, seconds));
  const asks = ward.helloTimes.slice(refusal);
  ward.taken = false;
  const epochs = ward.epochs.length;
  const again = asked && (await ward.until(() => ward.epochs.length > epochs && newest().frames.length > 0, PATIENCE_MS));
  say('asks again for a bed that is taken, until it is free', again ? undefined : `not within ${PATIENCE_MS / 1000} s`);
  say('does not storm the server when its bed is taken', stormy(asks));
  return found;
}

/** What a device that is left in peace has to do. */
function undisturbed({ hello, frames }: Epoch, malformed: readonly string[], seconds: number): [string, string | undefined][] {
  const fs = hello.samplingFrequency;
  const steps = frames.slice(1).map((next, i) => ({ last: frames[i]!.frame, next: next.frame }));
  const badStep = steps.find(({ last, next }) => next.sequence !== (last.sequence + 1) >>> 0);
  const hole = steps.find(({ last, next }) => next.sampleIndex !== last.sampleIndex + last.sampleCount);
  const samples = frames.reduce((sum, { frame }) => sum + frame.sampleCount, 0);
  const [first, last] = [frames[0], frames.at(-1)];
  const elapsedS = first && last ? (last.atMs - first.atMs) / 1000 : 0;
  const sentS = (samples - (first?.frame.sampleCount ?? 0)) / fs;
  const zeros = frames.map(({ frame }) => frame.deviceTimeMs - (frame.sampleIndex * 1000) / fs);
  const clockStep = Math.max(0, ...zeros.slice(1).map((zero, i) => Math.abs(zero - zeros[i]!)));
  const offMs = last ? last.frame.deviceTimeMs + (last.frame.sampleCount * 1000) / fs - last.atMs : 0;
  const longestMs = Math.max(0, ...frames.map(({ frame }) => (frame.sampleCount * 1000) / fs));
  return [
    ['sends frames that can be read', frames.length === 0 ? `no frame in ${seconds} s` : malformed[0]],
    ['begins at sequence 0 and sample 0', first?.frame.sequence === 0 && first.frame.sampleIndex === 0 ? undefined : `sequence ${first?.frame.sequence}, sample ${first?.frame.sampleIndex}`],
    ['numbers its frames one by one', badStep && `sequence ${badStep.next.sequence} after ${badStep.last.sequence}`],
    ['leaves no hole and no overlap between frames', hole && `sample ${hole.next.sampleIndex} after ${hole.last.sampleIndex} and ${hole.last.sampleCount} more`],
    ['sends as many samples as its sampling frequency says', Math.abs(sentS - elapsedS) <= Math.max(0.5, 0.01 * elapsedS) ? undefined : `${sentS.toFixed(2)} s of signal in ${elapsedS.toFixed(2)} s`],
    ['sends frames short enough to be live', longestMs <= LONGEST_FRAME_MS ? undefined : `${longestMs.toFixed(0)} ms`],
    ['has a clock that goes with its samples', clockStep <= CLOCK_STEP_MS ? undefined : `a step of ${clockStep.toFixed(0)} ms`],
    ['has a clock that is right', Math.abs(offMs) <= CLOCK_OFF_MS ? undefined : `${(offMs / 1000).toFixed(1)} s off`],
  ];
}

function stormy(times: readonly number[]): string | undefined {
  const busiest = Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
  return busiest <= CALM_PER_SECOND ? undefined : `${busiest} hellos in a second`;
}
