/**
 * The server of the ingest benchmark, in a process of its own so that its CPU can be told from the load's. `echo`: a bare
 * ws server. `ingest`: WebSocket feed, decoding and alignment, and nothing after it; `bench serving` measures the whole line.
 * `ward`: the server as it runs, for whoever looks at it meanwhile.
 */
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { subscribe } from 'node:diagnostics_channel';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../ecg/clock.ts';
import { Aligner } from '../../stream/align.ts';
import { readFrame } from '../../stream/feed/feed.ts';
import { FeedDoor, type FeedWard } from '../../stream/feed/feed-session.ts';
import { serveWebSocketFeed } from '../../stream/feed/websocket-feed.ts';
import { startTestServer } from '../helpers/running-server.ts';

export type ServerKind = 'echo' | 'ingest' | 'ward';

/** `hold`, `release`: the connection from this port takes nothing more, as one whose reader has stopped and whose buffers are full. */
export type ToIngestServer = 'usage' | 'end' | { readonly hold: number } | { readonly release: number };

const accepted = new Map<number, Socket>();
subscribe('net.server.socket', (message) => {
  const { socket } = message as { socket: Socket };
  if (socket.remotePort !== undefined) accepted.set(socket.remotePort, socket);
});

async function echo(): Promise<number> {
  const http = createServer();
  new WebSocketServer({ server: http, perMessageDeflate: false }).on('connection', (socket) => {
    // As large an answer as an acknowledgement, so that only the work between differs.
    socket.on('message', (data, isBinary) => socket.send(isBinary ? JSON.stringify({ ack: { sequence: (data as Buffer).readUInt32LE(4), credits: 64 } }) : '{"hello":{"ok":true}}'));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return (http.address() as AddressInfo).port;
}

async function ingest(): Promise<number> {
  const http = createServer();
  const ward: FeedWard = {
    connect(hello) {
      const aligner = new Aligner(hello.samplingFrequency, hello.bed);
      return { epoch: 1, ended: () => false, end: () => undefined, push: (bytes) => void aligner.push({ frame: readFrame(bytes, hello), receivedAtMs: systemClock.now() }) };
    },
  };
  const door = new FeedDoor(ward, { checkFeed: () => undefined }, console.error);
  serveWebSocketFeed(http, door, { clock: systemClock, isAllowedRequest: () => true });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return (http.address() as AddressInfo).port;
}

/** The whole server but model and history, on one core where the system can pin a process. */
async function ward(): Promise<number> {
  if (process.platform === 'linux') spawnSync('taskset', ['-a', '-c', '-p', '0', String(process.pid)]);
  const { url } = await startTestServer({ history: { kind: 'none' } });
  return Number(new URL(url).port);
}

const KINDS: Readonly<Record<ServerKind, () => Promise<number>>> = { echo, ingest, ward };
const port = await KINDS[process.argv[2] as ServerKind]();
process.on('message', (message: ToIngestServer) => {
  if (message === 'usage') process.send!({ usage: process.cpuUsage() });
  else if (message === 'end') process.exit(0);
  else if ('hold' in message) accepted.get(message.hold)?.cork();
  else accepted.get(message.release)?.uncork();
});
process.send!({ port });
