/**
 * The same contract over a plain WebSocket at `/feeds/ws`, for devices without a socket.io library. The token is in
 * the Authorization header (`Bearer ...`). Text messages are JSON, binary messages are packed frames:
 *
 *   device  {"hello": {...}}            server  {"hello": {"ok": true, "bed": "bed-3", "epoch": 1}}
 *   device  <frame>                     server  {"ack": {"sequence": 0, "credits": 64}}  or  {"fault": {...}}
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { ms } from '../../ecg/units.ts';
import type { Clock } from '../../ecg/clock.ts';
import { EcgError } from '../../ecg/errors.ts';
import { MAX_FRAME_BYTES } from '../../ecg/frame.ts';
import { bearerToken } from '../bearer-token.ts';
import { HELLO_DEADLINE, type FeedDoor } from './feed-session.ts';

export const WEBSOCKET_PATH = '/feeds/ws';
/** Silence after which the server asks whether the device is there; unanswered until the next time, it is gone. */
const PING_EVERY = ms(15_000);
/** Answers a device leaves unread, in bytes, before it is cut off: thousands of acknowledgements. */
const MAX_UNREAD_BYTES = 1_000_000;
/** A device answers the closing within this, or is gone. */
const CLOSE_WITHIN = ms(1000);
/** WebSocket close code: policy violation. */
const CLOSED_BY_POLICY = 1008;

export interface WebSocketFeedParts {
  readonly clock: Clock;
  readonly isAllowedRequest: (request: IncomingMessage) => boolean;
}

/** @returns ends every connection */
export function serveWebSocketFeed(server: Server, door: FeedDoor, { clock, isAllowedRequest }: WebSocketFeedParts): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false, clientTracking: true });
  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    if (pathOf(request) !== WEBSOCKET_PATH) return;
    if (!isAllowedRequest(request)) {
      stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => serveDevice(socket, request, door, clock));
  };
  server.on('upgrade', upgrade);
  return () => {
    server.off('upgrade', upgrade);
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
  };
}

function serveDevice(socket: WebSocket, request: IncomingMessage, door: FeedDoor, clock: Clock): void {
  const answer = (message: object): void => {
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate();
    else socket.send(JSON.stringify(message));
  };
  // A device that does not answer the closing would hold its connection for ws's 30 s more.
  const closeSoon = (reason?: string): void => {
    socket.close(CLOSED_BY_POLICY, reason);
    clock.after(CLOSE_WITHIN, () => socket.terminate());
  };
  const session = door.open({
    address: request.socket.remoteAddress ?? 'unknown',
    token: bearerToken(request.headers.authorization),
    acknowledge: (ack) => answer({ ack }),
    fault: (fault) => answer({ fault }),
    cut: () => closeSoon(),
  });
  let answering = true;
  const stopWaiting = clock.after(HELLO_DEADLINE, () => {
    if (session.bed === undefined) closeSoon('no hello');
  });
  const stopPinging = clock.every(PING_EVERY, () => {
    if (!answering) return socket.terminate();
    answering = false;
    socket.ping();
  });
  socket.on('message', (data, isBinary) => {
    answering = true;
    // What arrives after the connection was closed from here belongs to nobody.
    if (socket.readyState !== socket.OPEN) return;
    if (isBinary) return session.frame(bytesOf(data));
    const message = parse(bytesOf(data));
    if (message === undefined) session.refuse(new EcgError('FRAME_MALFORMED', 'text message is not of this protocol', { expected: '{"hello": {...}}' }));
    else answer({ hello: session.hello(message.hello) });
  });
  socket.on('pong', () => (answering = true));
  // An oversize or malformed WebSocket frame: ws closes the connection itself, with the code that says why.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    stopWaiting();
    stopPinging();
    session.end();
  });
}

const bytesOf = (data: RawData): Uint8Array => (Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data);

function parse(bytes: Uint8Array): { readonly hello: unknown } | undefined {
  try {
    const message: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return typeof message === 'object' && message !== null && 'hello' in message ? message : undefined;
  } catch {
    return undefined;
  }
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?')[0]!;
