/** The conformance kit passes the real server, and does not pass one that breaks the contract. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { conform } from '../../stream/feed/conform-command.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ access: { feedTokens: { 'bed-9': 'the-token-of-bed-nine' } } });
});
afterAll(() => server?.remove());

it('passes the real server in every check', async () => {
  const lines: string[] = [];
  const result = await conform({ url: server.url, bed: 'bed-9', token: 'the-token-of-bed-nine' }, (line) => lines.push(line));
  expect(lines.filter((line) => line.includes('FAIL'))).toEqual([]);
  expect(result).toEqual({ passed: lines.length - 1, failed: 0 });
});

it('fails a device without the bed\'s token, check by check', async () => {
  const { failed } = await conform({ url: server.url, bed: 'bed-9', token: 'a-token-of-nobody' }, () => undefined);
  expect(failed).toBeGreaterThan(15);
});

it('fails a server that acknowledges whatever it is sent', async () => {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, path: '/feeds/ws' });
  sockets.on('connection', (socket) => socket.on('message', (_, isBinary) =>
    socket.send(JSON.stringify(isBinary ? { ack: { sequence: 0, credits: 1 } } : { hello: { ok: true, bed: 'bed-9', epoch: 1 } }))));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { passed, failed } = await conform({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, bed: 'bed-9', token: '' }, () => undefined);
  expect(failed).toBeGreaterThan(passed);
  for (const socket of sockets.clients) socket.terminate();
  http.close();
});
