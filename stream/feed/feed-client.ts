/**
 * The reference device: an ordinary socket.io client of the namespace `/feeds` (docs/feeds.md).
 *
 *   connect with auth {token}  ->  emit `hello` (HelloMessage), acknowledged with HelloReply
 *                              ->  emit `frame` (packed bytes), again and again
 *   server emits `ack` {sequence, credits} and, for what it refused, `fault`
 *
 * Every connection says hello again and begins a new epoch. What was captured while there was no connection is not
 * sent later: the server sees the gap. While the server grants no credit, frames wait in a buffer; when it is full
 * the oldest gives way and the jump of the sample index shows it.
 */
import { io, type Socket } from 'socket.io-client';
import { encodeFrame } from '../../ecg/frame.ts';
import { EcgError, ERROR_CODES, type ErrorCode } from '../../ecg/errors.ts';
import { INITIAL_CREDITS, type AckMessage, type FaultMessage, type HelloMessage, type HelloReply } from './feed.ts';
import type { FeedSink, OutgoingFrame } from './feed-sink.ts';

export interface FeedClientOptions {
  /** Address of the server, without the namespace: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly token: string;
  /** Frames kept while the server grants no credit. Default 50: 5 s of 100 ms. */
  readonly maxWaitingFrames?: number;
  /** Called for every refusal; without it they go to standard error. */
  readonly onFault?: (fault: FaultMessage) => void;
  /** Called when the server has accepted a hello. */
  readonly onEpoch?: (epoch: number) => void;
  /** Called once, when the server refuses this device for good; the client is closed then. */
  readonly onRefused?: (error: EcgError) => void;
  /** Called when no connection came about, once until there is one: the server is not there, or not at `url`. The client goes on trying. */
  readonly onUnreachable?: (error: EcgError) => void;
  /** Stands between the client and the network, to lose or delay frames in tests; calls `deliver` when it pleases. */
  readonly link?: (deliver: () => void) => void;
}

/** What has become of the frames so far. */
export interface FeedClientCounters {
  sent: number;
  /** Gave way in a full buffer, or were captured while not connected. */
  dropped: number;
  faults: number;
  connections: number;
}

/** `idle`: nothing announced; `offline`: no connection; `greeting`: hello not yet answered; `open`; `closed` for good. */
type State = 'idle' | 'offline' | 'greeting' | 'open' | 'closed';

interface WaitingFrame {
  readonly frame: OutgoingFrame;
  readonly sampleIndex: number;
}

const DEFAULT_WAITING_FRAMES = 50;
/** A dead connection keeps its bed until the server notices; a taken bed is asked for again at this pace. */
const RETRY_MS = 2000;
/** Reconnection: quickly at first, then once every few seconds, for ever. */
const RECONNECTION = { reconnectionDelay: 250, reconnectionDelayMax: 3000 };

export class FeedClient implements FeedSink {
  readonly counters: FeedClientCounters = { sent: 0, dropped: 0, faults: 0, connections: 0 };
  readonly #options: FeedClientOptions;
  readonly #socket: Socket;
  readonly #waiting: WaitingFrame[] = [];
  #state: State = 'idle';
  #hello: HelloMessage | undefined;
  /** Counts hellos, so that an answer or a delayed frame of an earlier epoch is known as such. */
  #epoch = 0;
  #sequence = 0;
  #sampleIndex = 0;
  /** Highest sequence that credits allow. */
  #limit = 0;
  #writers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  #failure: EcgError | undefined;
  #unreachable = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FeedClientOptions) {
    this.#options = options;
    this.#socket = io(`${options.url}/feeds`, {
      auth: { token: options.token }, transports: ['websocket'], forceNew: true, autoConnect: false, ...RECONNECTION });
    this.#socket.on('connect', () => {
      this.counters.connections++;
      this.#unreachable = false;
      this.#greet();
    });
    this.#socket.on('disconnect', (reason) => this.#offline(reason));
    this.#socket.on('connect_error', (error: Error & { data?: unknown }) => this.#refusedConnection(error));
    this.#socket.on('ack', (ack: AckMessage) => this.#acknowledged(ack));
    this.#socket.on('fault', (fault: FaultMessage) => {
      this.#fault(fault);
      // The bed was taken by another feed while this one was silent: asked for again, as after a cut.
      if (fault.code === 'FEED_NO_HELLO' && this.#state === 'open') return this.#greet();
      // A refused frame is in flight no longer, although no acknowledgement names it.
      this.#limit++;
      this.#drain();
    });
  }

  begin(hello: HelloMessage): void {
    if (this.#state === 'closed') return;
    this.#hello = hello;
    if (this.#socket.connected) return this.#greet();
    if (this.#state === 'idle') {
      this.#state = 'offline';
      this.#socket.connect();
    }
  }

  send(frame: OutgoingFrame): void {
    if (this.#state === 'idle') throw new RangeError('a feed begins with hello: expected begin() before send()');
    if (this.#state === 'offline' || this.#state === 'closed') {
      this.counters.dropped++;
      return;
    }
    this.#waiting.push({ frame, sampleIndex: this.#sampleIndex });
    this.#sampleIndex += frame.samples[0]?.length ?? 0;
    this.#drain();
    if (this.#waiting.length > (this.#options.maxWaitingFrames ?? DEFAULT_WAITING_FRAMES)) {
      this.#waiting.shift();
      this.counters.dropped++;
    }
  }

  /** @throws EcgError where the server refused this device for good */
  writable(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#isWritable) return Promise.resolve();
    return new Promise((resolve, reject) => this.#writers.push({ resolve, reject }));
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#retry);
    this.#socket.disconnect();
    this.#settleWriters((writer) => writer.reject(this.#failure ?? new Error('the feed was closed')));
  }

  get #isWritable(): boolean {
    return this.#state === 'open' && this.#waiting.length === 0 && this.#sequence <= this.#limit;
  }

  #greet(): void {
    this.#state = 'greeting';
    this.#dropWaiting();
    this.#sequence = 0;
    this.#sampleIndex = 0;
    this.#limit = INITIAL_CREDITS - 1;
    const epoch = ++this.#epoch;
    this.#socket.emit('hello', this.#hello, (reply: HelloReply) => {
      if (epoch === this.#epoch && this.#state === 'greeting') this.#answered(reply);
    });
  }

  #answered(reply: HelloReply): void {
    if (reply.ok) {
      this.#state = 'open';
      this.#options.onEpoch?.(reply.epoch);
      this.#drain();
      return;
    }
    this.#fault(reply.fault);
    if (reply.fault.code === 'FEED_BED_TAKEN') this.#retryLater(() => this.#greet());
    else this.#fail(reply.fault);
  }

  #drain(): void {
    while (this.#state === 'open' && this.#sequence <= this.#limit) {
      const next = this.#waiting.shift();
      if (!next) break;
      this.#transmit(next);
    }
    if (this.#isWritable) this.#settleWriters((writer) => writer.resolve());
  }

  #transmit({ frame, sampleIndex }: WaitingFrame): void {
    const bytes = encodeFrame({ ...frame, sequence: this.#sequence++, sampleIndex });
    const epoch = this.#epoch;
    this.counters.sent++;
    const deliver = (): void => {
      if (epoch === this.#epoch && this.#state === 'open') this.#socket.emit('frame', bytes);
    };
    if (this.#options.link) this.#options.link(deliver);
    else deliver();
  }

  #acknowledged({ sequence, credits }: AckMessage): void {
    if (this.#state !== 'open') return;
    this.#limit = sequence + credits;
    this.#drain();
  }

  #offline(reason: string): void {
    if (this.#state === 'closed') return;
    this.#dropWaiting();
    this.#state = 'offline';
    // After this reason alone socket.io does not connect again by itself.
    if (reason === 'io server disconnect') this.#retryLater(() => this.#socket.connect());
  }

  #dropWaiting(): void {
    this.counters.dropped += this.#waiting.length;
    this.#waiting.length = 0;
  }

  #refusedConnection(error: Error & { data?: unknown }): void {
    // An active socket goes on trying: the server is not there, which is no refusal.
    if (this.#socket.active) {
      if (!this.#unreachable) this.#options.onUnreachable?.(new EcgError('SERVER_UNREACHABLE', 'no Leadwatch server answers; trying on', { expected: 'a running server', from: this.#options.url, cause: error }));
      this.#unreachable = true;
      return;
    }
    const data = error.data as Partial<FaultMessage> | undefined;
    const fault = { ...data, code: data?.code ?? 'FEED_UNAUTHORISED', message: data?.message ?? error.message };
    this.#fault(fault);
    this.#fail(fault);
  }

  #fault(fault: FaultMessage): void {
    this.counters.faults++;
    if (this.#options.onFault) this.#options.onFault(fault);
    else process.stderr.write(`feed ${this.#hello?.bed ?? ''}: ${fault.code} ${fault.message}\n`);
  }

  #fail(fault: FaultMessage): void {
    const code: ErrorCode = fault.code in ERROR_CODES ? (fault.code as ErrorCode) : 'FEED_UNAUTHORISED';
    const failure = new EcgError(code, fault.message, { from: this.#options.url });
    this.#failure = failure;
    this.close();
    this.#options.onRefused?.(failure);
  }

  #retryLater(task: () => void): void {
    clearTimeout(this.#retry);
    // eslint-disable-next-line no-restricted-globals -- a device's own timer; the clock's would not keep the process alive between connections
    this.#retry = setTimeout(() => {
      if (this.#state !== 'closed') task();
    }, RETRY_MS);
  }

  #settleWriters(settle: (writer: { resolve: () => void; reject: (error: Error) => void }) => void): void {
    for (const writer of this.#writers.splice(0)) settle(writer);
  }
}
