/** A real socket.io server of the namespace `/feeds` that keeps what devices send and answers as the test says. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { onTestFinished } from 'vitest';
import { decodeFrame, type Frame } from '../../ecg/frame.ts';
import { parseHello, type FaultMessage, type Hello, type HelloReply } from '../../stream/feed/feed.ts';

export interface FeedServerOptions {
  /** Credits of every acknowledgement; 0: frames are never acknowledged. Default 64. */
  readonly credits?: number;
  /** The answer to the n-th hello, counted from 0; default: accepted. */
  readonly reply?: (n: number) => HelloReply | undefined;
  readonly tokens?: readonly string[];
  /** Default: any that is free. */
  readonly port?: number;
}

export class FeedServer {
  readonly hellos: Hello[] = [];
  readonly frames: { readonly epoch: number; readonly frame: Frame }[] = [];
  readonly url: string;
  readonly sockets: Socket[] = [];
  #waiters: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  static async start(options: FeedServerOptions = {}): Promise<FeedServer> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(options.port ?? 0, '127.0.0.1', resolve));
    const io = new Server(http);
    const server = new FeedServer(`http://127.0.0.1:${(http.address() as AddressInfo).port}`);
    io.of('/feeds').use((socket, next) => {
      if (!options.tokens || options.tokens.includes(socket.handshake.auth.token as string)) return next();
      const data: FaultMessage = { code: 'FEED_UNAUTHORISED', message: 'no such token' };
      next(Object.assign(new Error(data.message), { data }));
    });
    io.of('/feeds').on('connection', (socket) => server.#serve(socket, options));
    onTestFinished(() => void io.close());
    return server;
  }

  private constructor(url: string) {
    this.url = url;
  }

  /** Resolves once `holds` does; asked again after everything that arrives. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ holds, resolve }));
  }

  #serve(socket: Socket, { credits = 64, reply }: FeedServerOptions): void {
    this.sockets.push(socket);
    socket.on('hello', (message: unknown, answer: (reply: HelloReply) => void) => {
      const refusal = reply?.(this.hellos.length);
      const hello = parseHello(message, 'test');
      this.hellos.push(hello);
      answer(refusal ?? { ok: true, bed: hello.bed, epoch: this.hellos.length });
      this.#changed();
    });
    socket.on('frame', (bytes: Uint8Array) => {
      const frame = decodeFrame(bytes, this.hellos.at(-1)!.scale, 'test');
      this.frames.push({ epoch: this.hellos.length, frame });
      if (credits > 0) socket.emit('ack', { sequence: frame.sequence, credits });
      this.#changed();
    });
  }

  #changed(): void {
    const ready = this.#waiters.filter(({ holds }) => holds());
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }
}
