/**
 * Lines of text over TCP, for boards with a serial port or a Wi-Fi module and no room for more:
 *
 *   board   {"token": "...", "hello": {...}}       server  ok bed-9 epoch 1
 *   board   12,-5                                  (nothing; a sample set is never acknowledged)
 *   board   12,garbage                             server  fault FRAME_MALFORMED ...
 *
 * The server numbers and gathers what comes into frames of 100 ms. A line that cannot be read is an instant that is
 * missing, so that noise on the wire does not shift the ones after it.
 */
import { createServer, type Socket } from 'node:net';
import type { Clock } from '../../../ecg/clock.ts';
import { EcgError, isEcgError, type ErrorCode } from '../../../ecg/errors.ts';
import { encodeFrame, MISSING_ADU } from '../../../ecg/frame.ts';
import type { HelloMessage } from '../feed.ts';
import { HELLO_DEADLINE, type DeviceSession, type FeedDoor } from '../feed-session.ts';
import { MAX_GREETING_BYTES, parseGreeting } from '../greeting.ts';
import { frameSamples } from '../pace.ts';
import { openTcpPort, type TcpPort, type TcpPortOptions } from '../tcp-port.ts';
import { parseSampleLine, type SampleSet } from './sample-line.ts';

/** A board sends tens of lines a second; one that is silent for so long is gone. */
const SILENCE_MS = 30_000;
/** Sixteen leads of seven characters each, and room. */
const MAX_LINE_BYTES = 256;
/** Answers a board leaves unread before it is cut off. */
const MAX_UNREAD_BYTES = 65_536;

/** @throws EcgError CONFIG_INVALID where the address cannot be listened on */
export function serveLineFeed(door: FeedDoor, { clock, ...port }: TcpPortOptions & { readonly clock: Clock }): Promise<TcpPort> {
  return openTcpPort(createServer, (socket) => serveBoard(socket, door, clock), 'lineFeed.port', port);
}

function serveBoard(socket: Socket, door: FeedDoor, clock: Clock): void {
  const address = `line ${socket.remoteAddress ?? ''}`;
  let session: DeviceSession | undefined;
  let gathering: Gathering | undefined;
  const say = (line: string): void => {
    if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
    else socket.write(`${line.replace(/[\r\n]+/g, ' ')}\n`);
  };
  const greet = (line: Uint8Array): void => {
    const { token, hello } = parseGreeting(line, address);
    session?.end();
    session = door.open({ address, token, acknowledge: () => undefined, fault: ({ code, message }) => say(`fault ${code} ${message}`), cut: () => void socket.destroy() });
    const reply = session.hello(hello);
    if (!reply.ok) throw new EcgError(reply.fault.code as ErrorCode, reply.fault.message);
    gathering = new Gathering(session, hello as HelloMessage, clock, address);
    say(`ok ${reply.bed} epoch ${reply.epoch}`);
  };
  const take = (line: Buffer): void => {
    const text = line.toString('latin1').trim();
    if (text === '' || text.startsWith('#')) return;
    if (text.startsWith('{')) return greet(line);
    if (!gathering) throw new EcgError('FEED_NO_HELLO', 'samples before hello', { expected: '{"token": "...", "hello": {...}}', received: text.slice(0, 40), from: address });
    gathering.push(text);
  };

  let rest = Buffer.alloc(0);
  const stopWaiting = clock.after(HELLO_DEADLINE, () => {
    if (session?.bed === undefined) socket.destroy();
  });
  socket.setTimeout(SILENCE_MS, () => socket.destroy());
  socket.on('error', () => undefined); // the close that follows ends the feed
  socket.on('data', (bytes) => {
    let from = 0;
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    try {
      for (let end = all.indexOf(10); end >= 0; end = all.indexOf(10, from)) {
        const line = all.subarray(from, end);
        from = end + 1;
        take(line);
      }
      if (all.length - from > (gathering ? MAX_LINE_BYTES : MAX_GREETING_BYTES)) throw new EcgError('FRAME_MALFORMED', 'the line has no end', { expected: `at most ${MAX_LINE_BYTES} bytes`, from: address });
    } catch (error) {
      // Before a hello that was taken there is nothing to go on with.
      if (!isEcgError(error)) throw error;
      say(`fault ${error.code} ${error.message}`);
      socket.end();
      return;
    }
    rest = Buffer.from(all.subarray(from)); // a copy: the socket's buffer is used again
  });
  socket.on('close', () => {
    stopWaiting();
    gathering?.flush();
    session?.end();
  });
}

/** Sample sets on their way into a frame. */
class Gathering {
  readonly #session: DeviceSession;
  readonly #hello: HelloMessage;
  readonly #clock: Clock;
  readonly #from: string;
  readonly #step: number;
  #sets: (SampleSet | undefined)[] = [];
  #sequence = 0;
  #sampleIndex = 0;

  constructor(session: DeviceSession, hello: HelloMessage, clock: Clock, from: string) {
    this.#session = session;
    this.#hello = hello;
    this.#clock = clock;
    this.#from = from;
    this.#step = frameSamples(hello.samplingFrequencyHz);
  }

  push(line: string): void {
    try {
      this.#sets.push(parseSampleLine(line, this.#hello.leads.length, this.#from));
    } catch (error) {
      if (!isEcgError(error)) throw error;
      this.#sets.push(undefined);
      this.#session.refuse(error);
    }
    if (this.#sets.length >= this.#step) this.flush();
  }

  flush(): void {
    const sets = this.#sets;
    this.#sets = [];
    const sampleIndex = this.#sampleIndex;
    this.#sampleIndex += sets.length;
    // Nothing readable is no frame: its faults go on being counted, and the bed sees a gap.
    if (!sets.some((set) => set !== undefined)) return;
    const samples = this.#hello.leads.map((_, lead) => Int16Array.from(sets, (set) => set?.samples[lead] ?? MISSING_ADU));
    this.#session.frame(encodeFrame({
      sequence: this.#sequence++,
      sampleIndex,
      // A board has no clock: the time is that of the last line's arrival, counted back.
      deviceTimeMs: this.#clock.now() - (sets.length * 1000) / this.#hello.samplingFrequencyHz,
      leadOffMask: sets.reduce((mask, set) => mask | (set?.leadOffMask ?? 0), 0),
      pacerMarks: sets.flatMap((set, i) => (set?.pacer ? [i] : [])).slice(0, 255),
      samples,
    }));
  }
}
