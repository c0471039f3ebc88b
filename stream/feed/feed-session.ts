/**
 * What every transport of the feed contract shares: hello, frames, acknowledgements, faults, and the end. A transport
 * brings messages in and takes answers out (socket-feed.ts, websocket-feed.ts, http-feed.ts, ...); it decides nothing.
 */
import { EcgError, isEcgError } from '../../ecg/errors.ts';
import { ms } from '../../ecg/units.ts';
import { parseHello, type AckMessage, type FaultMessage, type FeedSession, type Hello, type HelloReply } from './feed.ts';

/** Frames a device may have in flight: at ten a second, six seconds of network trouble. */
export const FEED_CREDITS = 64;
/** A device that sends nothing usable so many times in a row is cut off. */
const FAULTS_BEFORE_CUT = 100;

/** A connection that has not said hello by then is closed, so that idle ones cannot pile up. */
export const HELLO_DEADLINE = ms(10_000);

export interface FeedAccess {
  /** @throws EcgError FEED_UNAUTHORISED where `token` does not open `bed` */
  checkFeed(token: string | undefined, bed: string): void;
}

/** What a door opens to: the ward, as far as a feed sees it. */
export interface FeedWard {
  /** @throws EcgError FEED_BED_TAKEN */
  connect(hello: Hello, fault: (error: EcgError) => void): FeedSession;
}

/** One device's connection, as its session needs it. */
export interface FeedTransport {
  /** Where the device is, for errors. */
  readonly address: string;
  readonly token: string | undefined;
  /** The configuration itself names the beds of this connection (HL7, Vital Recorder): no token is asked for. */
  readonly configured?: boolean;
  acknowledge(message: AckMessage): void;
  fault(message: FaultMessage): void;
  /** Ends the connection; the transport then calls `end` of its session. */
  cut(): void;
}

/** Where devices come in. One for the server, whatever protocols it speaks. */
export class FeedDoor {
  readonly #ward: FeedWard;
  readonly #access: FeedAccess;
  readonly #warn: (message: string) => void;
  readonly #sessions = new Set<DeviceSession>();

  constructor(ward: FeedWard, access: FeedAccess, warn: (message: string) => void) {
    this.#ward = ward;
    this.#access = access;
    this.#warn = warn;
  }

  open(transport: FeedTransport): DeviceSession {
    const session = new DeviceSession(transport, this.#ward, this.#access, this.#warn, () => this.#sessions.delete(session));
    this.#sessions.add(session);
    return session;
  }

  /** Cuts off whoever feeds `bed` now, as its token is good no longer. @returns how many connections that were */
  cutOff(bed: string): number {
    const feeding = [...this.#sessions].filter((session) => session.bed === bed);
    for (const session of feeding) session.cut();
    return feeding.length;
  }
}

/** One connection of one device, from its first message to its end. */
export class DeviceSession {
  readonly #transport: FeedTransport;
  readonly #ward: FeedWard;
  readonly #access: FeedAccess;
  readonly #warn: (message: string) => void;
  readonly #ended: () => void;
  #session: FeedSession | undefined;
  #bed: string | undefined;
  #faults = 0;
  readonly #warnedOf = new Set<string>();

  constructor(transport: FeedTransport, ward: FeedWard, access: FeedAccess, warn: (message: string) => void, ended: () => void) {
    this.#transport = transport;
    this.#ward = ward;
    this.#access = access;
    this.#warn = warn;
    this.#ended = ended;
  }

  /** The bed this device said hello for, while it feeds it. */
  get bed(): string | undefined {
    return this.#session?.ended() === false ? this.#bed : undefined;
  }

  hello(message: unknown): HelloReply {
    // Whatever comes of this hello, the one before it holds no longer: frames after a refusal are of an unknown layout.
    this.#session?.end();
    this.#session = undefined;
    try {
      const hello = parseHello(message, `feed ${this.#transport.address}`);
      if (this.#transport.configured !== true) this.#access.checkFeed(this.#transport.token, hello.bed);
      this.#session = this.#ward.connect(hello, (error) => this.#fault(error));
      this.#bed = hello.bed;
      return { ok: true, bed: hello.bed, epoch: this.#session.epoch };
    } catch (error) {
      if (!isEcgError(error)) throw error;
      this.#warn(`feed refused: ${error.message}`);
      return { ok: false, fault: asFault(error) };
    }
  }

  /** Takes what came as a frame, whatever it is; answers by the transport's `acknowledge` and `fault`. */
  frame(bytes: unknown): void {
    try {
      if (!this.#session) {
        throw new EcgError('FEED_NO_HELLO', 'frame before hello', { expected: 'hello first', received: 'frame', from: this.#transport.address });
      }
      if (this.#session.ended()) {
        throw new EcgError('FEED_NO_HELLO', `another feed has taken ${this.#bed!} while this one was silent`, { expected: 'another hello', received: 'frame', from: this.#transport.address });
      }
      if (!(bytes instanceof Uint8Array)) {
        throw new EcgError('FRAME_MALFORMED', 'frame is not binary', { expected: 'one packed ArrayBuffer', received: typeof bytes, from: this.#bed! });
      }
      const faults = this.#faults;
      this.#session.push(bytes);
      // Alignment refuses by `fault`: such a frame is answered by that alone, and is one more of those that end the connection.
      if (this.#faults > faults) return;
      this.#acknowledge(bytes);
      this.#faults = 0;
    } catch (error) {
      if (!isEcgError(error)) throw error;
      this.#fault(error);
    }
  }

  /** Tells the device that what it sent was no message of this protocol. */
  refuse(error: EcgError): void {
    this.#fault(error);
  }

  /** The connection is gone. */
  end(): void {
    this.#session?.end();
    this.#session = undefined;
    this.#ended();
  }

  cut(): void {
    this.#transport.cut();
  }

  #acknowledge(bytes: Uint8Array): void {
    const sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
    this.#transport.acknowledge({ sequence, credits: FEED_CREDITS });
  }

  #fault(error: EcgError): void {
    this.#transport.fault(asFault(error));
    this.#faults++;
    // Once of a kind: a device whose every other frame is bad would fill the log; the bed counts them all.
    if (!this.#warnedOf.has(error.code)) this.#warn(`feed of ${this.#bed ?? 'no bed yet'}: ${error.message}`);
    this.#warnedOf.add(error.code);
    if (this.#faults >= FAULTS_BEFORE_CUT) {
      this.#warn(`feed of ${this.#bed ?? 'no bed yet'} cut off after ${this.#faults} faults`);
      this.#transport.cut();
    }
  }
}

export function asFault({ code, message, expected, received }: EcgError): FaultMessage {
  return { code, message, ...(expected === undefined ? {} : { expected }), ...(received === undefined ? {} : { received }) };
}
