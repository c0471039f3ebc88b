/**
 * The socket.io feed, namespace `/feeds`: `hello` (acknowledged), then `frame`s, answered by `ack` and `fault`.
 * A device that goes away ends its epoch; the bed's alarms say so.
 */
import type { Namespace, Socket } from 'socket.io';
import { EcgError, isEcgError } from '../../ecg/errors.ts';
import type { FeedSession } from '../bed.ts';
import type { Ward } from '../ward.ts';
import { parseHello, type AckMessage, type FaultMessage, type HelloReply } from './feed.ts';

/** Frames a device may have in flight: at ten a second, six seconds of network trouble. */
export const FEED_CREDITS = 64;
/** A device that sends nothing usable so many times in a row is cut off. */
const FAULTS_BEFORE_CUT = 100;

export interface FeedAccess {
  /** @throws EcgError FEED_UNAUTHORISED where `token` does not open `bed` */
  checkFeed(token: string | undefined, bed: string): void;
}

export function serveFeeds(namespace: Namespace, ward: Ward, access: FeedAccess, warn: (message: string) => void): void {
  namespace.on('connection', (socket) => new FeedSocket(socket, ward, access, warn));
}

class FeedSocket {
  readonly #socket: Socket;
  readonly #ward: Ward;
  readonly #access: FeedAccess;
  readonly #warn: (message: string) => void;
  #session: FeedSession | undefined;
  #bed: string | undefined;
  #faults = 0;

  constructor(socket: Socket, ward: Ward, access: FeedAccess, warn: (message: string) => void) {
    this.#socket = socket;
    this.#ward = ward;
    this.#access = access;
    this.#warn = warn;
    socket.on('hello', (message: unknown, reply: unknown) => this.#hello(message, reply));
    socket.on('frame', (bytes: unknown) => this.#frame(bytes));
    socket.on('disconnect', () => this.#session?.end());
  }

  #hello(message: unknown, reply: unknown): void {
    const answer = (body: HelloReply): void => {
      if (typeof reply === 'function') reply(body);
      else if (!body.ok) this.#socket.emit('fault', body.fault);
    };
    const from = `feed ${this.#socket.handshake.address}`;
    try {
      const hello = parseHello(message, from);
      const token: unknown = this.#socket.handshake.auth.token;
      this.#access.checkFeed(typeof token === 'string' ? token : undefined, hello.bed);
      this.#session?.end();
      this.#session = this.#ward.connect(hello, (error) => this.#fault(error));
      this.#bed = hello.bed;
      answer({ ok: true, bed: hello.bed, epoch: this.#session.epoch });
    } catch (error) {
      if (!isEcgError(error)) throw error;
      this.#warn(`feed refused: ${error.message}`);
      answer({ ok: false, fault: asFault(error) });
    }
  }

  #frame(bytes: unknown): void {
    try {
      if (!this.#session) {
        throw new EcgError('FEED_NO_HELLO', 'frame before hello', { expected: 'hello first', received: 'frame', from: this.#socket.handshake.address });
      }
      if (!(bytes instanceof Uint8Array)) {
        throw new EcgError('FRAME_MALFORMED', 'frame is not binary', { expected: 'one packed ArrayBuffer', received: typeof bytes, from: this.#bed! });
      }
      this.#session.push(bytes);
      this.#acknowledge(bytes);
      this.#faults = 0;
    } catch (error) {
      if (!isEcgError(error)) throw error;
      this.#fault(error);
    }
  }

  #acknowledge(bytes: Uint8Array): void {
    const sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
    const ack: AckMessage = { sequence, credits: FEED_CREDITS };
    this.#socket.emit('ack', ack);
  }

  #fault(error: EcgError): void {
    this.#socket.emit('fault', asFault(error));
    if (++this.#faults === 1) this.#warn(`feed of ${this.#bed ?? 'no bed yet'}: ${error.message}`);
    if (this.#faults >= FAULTS_BEFORE_CUT) {
      this.#warn(`feed of ${this.#bed ?? 'no bed yet'} cut off after ${this.#faults} faults`);
      this.#socket.disconnect(true);
    }
  }
}

function asFault({ code, message, expected, received }: EcgError): FaultMessage {
  return { code, message, ...(expected === undefined ? {} : { expected }), ...(received === undefined ? {} : { received }) };
}
