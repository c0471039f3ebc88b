/** The conformance kit passes the real server, and does not pass one that breaks the contract. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { encodeFrame } from '../../ecg/frame.ts';
import { conform } from '../../stream/feed/conform-command.ts';
import { CHECKS } from '../../stream/feed/conformance.ts';
import { httpDevice } from '../helpers/feed-devices.ts';
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

it('waits for its bed where a device has only just left it', async () => {
  const device = await httpDevice(server.url, 'the-token-of-bed-nine');
  await vi.waitFor(async () => expect(await device.hello({ version: 1, bed: 'bed-9', source: 'device', device: 'just leaving', samplingFrequencyHz: 250, leads: ['II'], adcGain: [200], baseline: [0] })).toMatchObject({ ok: true }), { timeout: 10_000 });
  await device.frame(encodeFrame({ sequence: 0, sampleIndex: 0, deviceTimeMs: Date.now(), samples: [new Int16Array(25)] }));
  expect(await CHECKS[0]!.run({ url: server.url, bed: 'bed-9', token: 'the-token-of-bed-nine' })).toBeUndefined();
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
