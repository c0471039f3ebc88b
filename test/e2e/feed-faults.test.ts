/** A device that sends nonsense: it gets one clear error, it is counted, and the bed beside it never notices. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { io, type Socket } from 'socket.io-client';
import { encodeFrame } from '../../ecg/frame.ts';
import type { FaultMessage, HelloMessage, HelloReply } from '../../stream/feed/feed.ts';
import { feed, simulatedRecord, type Feeding } from '../helpers/feeding.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

let server: TestServer;
let neighbour: Feeding;
beforeAll(async () => {
  server = await startTestServer({ access: { feedTokens: { 'bed-2': 'the-token-of-bed-two', 'bed-3': 'the-token-of-bed-three' } } });
  neighbour = feed(simulatedRecord([{ rhythm: 'sinus', seconds: 60 }], 50), server.url, { bed: 'bed-1' });
  await vi.waitFor(() => expect(server.ward.bed('bed-1')?.live).toBe(true), { timeout: 10_000 });
});
afterAll(async () => {
  neighbour?.stop();
  await server?.remove();
});

const HELLO: HelloMessage = { version: 1, bed: 'bed-2', source: 'device', device: 'test device', samplingFrequencyHz: 250, leads: ['II'], adcGain: [200], baseline: [0] };

interface Device {
  readonly socket: Socket;
  readonly faults: FaultMessage[];
  hello(change?: object): Promise<HelloReply>;
  nextFault(): Promise<FaultMessage>;
}
async function connect(token = 'the-token-of-bed-two'): Promise<Device> {
  const socket = io(`${server.url}/feeds`, { transports: ['websocket'], forceNew: true, auth: { token } });
  const faults: FaultMessage[] = [];
  socket.on('fault', (fault: FaultMessage) => faults.push(fault));
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return {
    socket,
    faults,
    hello: (change = {}) => socket.emitWithAck('hello', { ...HELLO, ...change }) as Promise<HelloReply>,
    nextFault: () => new Promise((resolve) => void socket.once('fault', resolve)),
  };
}
const frameBytes = (change: Partial<Parameters<typeof encodeFrame>[0]> = {}): Uint8Array =>
  encodeFrame({ sequence: 0, deviceTimeMs: Date.now(), sampleIndex: 0, samples: [new Int16Array(25)], ...change });

describe('a hello that cannot be used', () => {
  it.each<[string, object, string, RegExp]>([
    ['another version', { version: 2 }, 'FRAME_VERSION', /expected 1, received 2/],
    ['an unknown lead', { leads: ['PLETH'] }, 'HELLO_INVALID', /expected I, II.*received PLETH/],
    ['an absurd sampling frequency', { samplingFrequencyHz: 1e6 }, 'HELLO_INVALID', /samplingFrequencyHz.*expected at most 4000, received 1000000/],
    ['a sampling frequency as text', { samplingFrequencyHz: '250' }, 'HELLO_INVALID', /expected number, received "250"/],
    ['a version as text', { version: '1' }, 'FRAME_VERSION', /expected 1, received "1"/],
    ['a source that is none', { source: 'monitor' }, 'HELLO_INVALID', /expected "recording" or "simulator" or "device", received "monitor"/],
    ['no leads', { leads: [] }, 'HELLO_INVALID', /expected a length of at least 1, received \[\]/],
    ['a gain of nothing', { adcGain: [0] }, 'HELLO_INVALID', /adcGain\.0 cannot be used: expected more than 0, received 0/],
    ['fewer gains than leads', { leads: ['I', 'II'] }, 'HELLO_INVALID', /expected 2 values, received 1/],
    ['a lead twice', { leads: ['II', 'ii'], adcGain: [1, 1], baseline: [0, 0] }, 'HELLO_INVALID', /each lead once/],
    ['an unknown key', { adminPlease: true }, 'HELLO_INVALID', /expected the fields of docs\/hello\.schema\.json, received adminPlease/],
    ['a bed name that is a path', { bed: '../etc' }, 'HELLO_INVALID', /slug/],
    ['the token of another bed', { bed: 'bed-3' }, 'FEED_UNAUTHORISED', /expected the token of bed-3, received the token of bed-2/],
    ['a bed that is taken', { bed: 'bed-1' }, 'FEED_UNAUTHORISED', /received the token of bed-2/],
  ])('%s: %s', async (_, change, code, message) => {
    const device = await connect();
    const reply = await device.hello(change);
    expect(reply).toMatchObject({ ok: false, fault: { code, message: expect.stringMatching(message) } });
    device.socket.close();
  });

  it('no token at all', async () => {
    const device = await connect('');
    expect(await device.hello()).toMatchObject({ ok: false, fault: { code: 'FEED_UNAUTHORISED', received: 'an unknown token' } });
    device.socket.close();
  });

  it('a second device for a bed that is live', async () => {
    const device = await connect('no-bed-s-token-at-all');
    expect(await device.hello({ bed: 'bed-1' })).toMatchObject({ ok: false, fault: { code: 'FEED_BED_TAKEN' } });
    device.socket.close();
  });
});

describe('frames that cannot be used', () => {
  it('before hello are refused', async () => {
    const device = await connect();
    const fault = device.nextFault();
    device.socket.emit('frame', frameBytes());
    expect(await fault).toMatchObject({ code: 'FEED_NO_HELLO' });
    device.socket.close();
  });

  it('are each named, counted, and followed by good ones as if nothing had happened', async () => {
    const device = await connect();
    expect(await device.hello()).toMatchObject({ ok: true });
    const bad: [unknown, string][] = [
      ['a string', 'FRAME_MALFORMED'],
      [frameBytes().subarray(0, 40), 'FRAME_MALFORMED'],
      [frameBytes({ samples: [new Int16Array(25), new Int16Array(25)] }), 'FRAME_MALFORMED'],
      [frameBytes({ samples: [Float32Array.of(NaN)] }), 'FRAME_SAMPLES'],
      [frameBytes({ sampleIndex: 2 ** 40 }), 'FRAME_SEQUENCE'],
    ];
    device.socket.emit('frame', frameBytes());
    for (const [bytes, code] of bad) {
      const fault = device.nextFault();
      device.socket.emit('frame', bytes);
      expect(await fault).toMatchObject({ code, message: expect.stringMatching(/expected|received|jumps/) });
    }
    device.socket.emit('frame', frameBytes({ sequence: 1, sampleIndex: 25 }));
    const bed = server.ward.bed('bed-2')!;
    await vi.waitFor(() => expect(bed.counters.frames).toBeGreaterThanOrEqual(2));
    expect(bed.counters.gaps).toBe(0);
    expect(bed.counters.refused).toBeGreaterThanOrEqual(3);
    device.socket.close();
  });

  it('end the connection of a device that sends nothing else', async () => {
    const device = await connect();
    await device.hello();
    const cut = new Promise((resolve) => device.socket.once('disconnect', resolve));
    for (let i = 0; i < 120; i++) device.socket.emit('frame', new Uint8Array(3));
    await cut;
    expect(device.faults.length).toBeLessThanOrEqual(100);
    device.socket.close();
  });
});

describe('over HTTP', () => {
  const post = (path: string, type: string, session: string, body: BodyInit = ''): Promise<Response> =>
    fetch(`${server.url}/feeds/http/${path}`, { method: 'POST', headers: { 'content-type': type, 'feed-session': session }, body });
  const hello = async (): Promise<string> => ((await (await post('hello', 'application/json', '', JSON.stringify({ ...HELLO, bed: 'bed-http' }))).json()) as { session: string }).session;

  it('a session ends whatever content type the client names for nothing', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/octet-stream', 'application/json']) {
      const session = await hello();
      expect((await post('end', type, session)).status).toBe(204);
      expect((await post('frame', 'application/octet-stream', session, frameBytes() as BodyInit)).status).toBe(409);
    }
  });

  it('a frame of another content type is told which it should have been', async () => {
    const refused = await post('frame', 'application/x-www-form-urlencoded', await hello(), frameBytes() as BodyInit);
    expect(refused.status).toBe(415);
    expect(await refused.json()).toMatchObject({ fault: { code: 'FRAME_MALFORMED', expected: expect.stringContaining('application/octet-stream'), received: expect.stringContaining('x-www-form-urlencoded') } });
  });
});

it('leaves the bed beside it without a gap, a refusal or a fault', () => {
  const bed = server.ward.bed('bed-1')!;
  expect(bed.live).toBe(true);
  expect(bed.counters).toMatchObject({ refused: 0, gaps: 0, missingSamples: 0, faults: 0 });
});

it('refuses a browser page of another origin and a host name that is not its own', async () => {
  const { hostname, port } = new URL(server.url);
  const foreign = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers: { origin: 'http://evil.example' } });
  expect(foreign.status).toBe(403);
  const { request } = await import('node:http');
  const status = await new Promise((resolve, reject) => {
    request({ hostname, port, path: '/health', headers: { host: 'rebound.example' } }, (response) => resolve(response.statusCode)).on('error', reject).end();
  });
  expect(status).toBe(421);
});
