/** The MQTT feed behind a real mosquitto: who may publish, what was kept, a broker that goes away, a device that goes away. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { encodeFrame } from '../../ecg/frame.ts';
import { parseTopic } from '../../stream/feed/mqtt/topics.ts';
import { mqttDevice, webSocketDevice } from '../helpers/feed-devices.ts';
import { startMosquitto, type TestBroker } from '../helpers/mosquitto.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const TOKENS = { 'bed-1': 'the-token-of-bed-one', 'bed-2': 'the-token-of-bed-two' };
const hello = (bed: string): object => ({ version: 1, bed, source: 'device', device: 'mqtt', samplingFrequencyHz: 250, leads: ['II'], adcGain: [200], baseline: [0] });
const frame = (n: number): Uint8Array => encodeFrame({ sequence: n, sampleIndex: 25 * n, deviceTimeMs: Date.now(), samples: [new Int16Array(25)] });

let broker: TestBroker;
let server: TestServer;
beforeAll(async () => {
  broker = await startMosquitto();
  server = await startTestServer({ mqttFeed: { url: broker.url }, access: { feedTokens: TOKENS } });
  await server.mqttFeed!.connected;
});
afterAll(async () => {
  await server?.remove();
  await broker?.remove();
});

it.each<[string, object | undefined]>([
  ['leadwatch/feeds/bed-1/frame/device-1', { bed: 'bed-1', kind: 'frame', client: 'device-1' }],
  ['leadwatch/feeds/bed-1/answer/device-1', undefined],
  ['leadwatch/feeds/../frame/device-1', undefined],
  ['leadwatch/feeds/bed-1/frame/short', undefined],
  ['leadwatch/feeds/bed-1/frame/device-1/more', undefined],
  ['other/bed-1/frame/device-1', undefined],
])('topic %s', (topic, expected) => expect(parseTopic(topic, 'leadwatch/feeds')).toEqual(expected));

it('what the broker kept is not taken for live, and a hello for another bed than its topic is refused', async () => {
  const publisher = await connectAsync(broker.url);
  const kept = JSON.stringify({ token: TOKENS['bed-2'], hello: hello('bed-2') });
  await publisher.publishAsync('leadwatch/feeds/bed-2/hello/kept-device', kept, { qos: 1, retain: true });
  const late = await startTestServer({ mqttFeed: { url: broker.url }, access: { feedTokens: TOKENS } });
  await late.mqttFeed!.connected;
  await vi.waitFor(() => expect(late.mqttFeed!.counters.ignored).toBeGreaterThan(0), { timeout: 10_000 });
  expect(late.ward.bed('bed-2')).toBeUndefined();
  await publisher.publishAsync('leadwatch/feeds/bed-2/hello/kept-device', '', { qos: 1, retain: true });
  await late.remove();

  await publisher.subscribeAsync('leadwatch/feeds/bed-1/answer/mismatched', { qos: 1 });
  const answered = new Promise((resolve) => void publisher.once('message', (_, payload) => resolve(JSON.parse(String(payload)))));
  await publisher.publishAsync('leadwatch/feeds/bed-1/hello/mismatched', kept, { qos: 1 });
  expect(await answered).toMatchObject({ hello: { ok: false, fault: { code: 'HELLO_INVALID' } } });
  await publisher.endAsync(true);
});

it('a broker that goes away and comes back costs the beds behind it a break, and other transports nothing', async () => {
  const beside = await webSocketDevice(server.url, TOKENS['bed-2']);
  await beside.hello(hello('bed-2'));
  await beside.frame(frame(0));
  const device = await mqttDevice(broker.url)(server.url, TOKENS['bed-1']);
  expect(await device.hello(hello('bed-1'))).toMatchObject({ ok: true });
  await device.frame(frame(0));
  const before = server.mqttFeed!.counters.connections;
  await broker.stop();
  expect(await beside.frame(frame(1))).toMatchObject({ sequence: 1 });
  await broker.start();
  await vi.waitFor(() => expect(server.mqttFeed!.counters.connections).toBeGreaterThan(before), { timeout: 20_000 });
  const again = await mqttDevice(broker.url)(server.url, TOKENS['bed-1']);
  await vi.waitFor(async () => expect(await again.hello(hello('bed-1'))).toMatchObject({ ok: true }), { timeout: 20_000, interval: 500 });
  expect(await again.frame(frame(0))).toMatchObject({ sequence: 0 });
  expect(server.ward.bed('bed-2')!.counters).toMatchObject({ refused: 0, gaps: 0 });
  for (const each of [beside, device, again]) each.close();
});

it('the last will of a device that dies ends its epoch at once', async () => {
  const name = 'device-that-dies';
  const dying = await connectAsync(broker.url, { will: { topic: `leadwatch/feeds/bed-2/end/${name}`, payload: Buffer.of(), qos: 1, retain: false }, reconnectPeriod: 0 });
  await dying.subscribeAsync(`leadwatch/feeds/bed-2/answer/${name}`, { qos: 1 });
  const answered = new Promise((resolve) => void dying.once('message', (_, payload) => resolve(JSON.parse(String(payload)))));
  await vi.waitFor(() => expect(server.ward.bed('bed-2')?.live ?? false).toBe(false), { timeout: 10_000 });
  await dying.publishAsync(`leadwatch/feeds/bed-2/hello/${name}`, JSON.stringify({ token: TOKENS['bed-2'], hello: hello('bed-2') }), { qos: 1 });
  expect(await answered).toMatchObject({ hello: { ok: true } });
  await dying.publishAsync(`leadwatch/feeds/bed-2/frame/${name}`, Buffer.from(frame(0)), { qos: 1 });
  await vi.waitFor(() => expect(server.ward.bed('bed-2')!.live).toBe(true), { timeout: 10_000 });
  dying.stream.destroy(); // no DISCONNECT: the broker publishes the will
  const successor = await mqttDevice(broker.url)(server.url, TOKENS['bed-2']);
  // A live bed would be refused for two seconds more were the epoch not ended.
  await vi.waitFor(async () => expect(await successor.hello(hello('bed-2'))).toMatchObject({ ok: true }), { timeout: 10_000, interval: 300 });
  successor.close();
});

it('the access list of docs/feeds.md keeps a device to its own bed', async () => {
  const passwords = mkdtempSync(join(tmpdir(), 'leadwatch-mosquitto-passwords-'));
  const path = join(passwords, 'passwords');
  for (const [i, user] of ['leadwatch', 'bed-1', 'bed-2'].entries()) execFileSync('mosquitto_passwd', [...(i === 0 ? ['-c'] : []), '-b', path, user, `password-of-${user}`]);
  const documented = /```\n(user leadwatch[\s\S]*?)```/.exec(readFileSync(new URL('../../docs/feeds.md', import.meta.url), 'utf8'))![1]!;
  const guarded = await startMosquitto((directory) => `allow_anonymous false\npassword_file ${directory}/passwords\nacl_file ${directory}/acl`, { passwords: readFileSync(path, 'utf8'), acl: documented });
  const ward = await startTestServer({ mqttFeed: { url: guarded.url, username: 'leadwatch', password: 'password-of-leadwatch' }, access: { feedTokens: TOKENS } });
  await ward.mqttFeed!.connected;
  const as = (user: string) => connectAsync(guarded.url, { username: user, password: `password-of-${user}`, protocolVersion: 5 });
  const own = await as('bed-1');
  await own.subscribeAsync('leadwatch/feeds/bed-1/answer/device-one', { qos: 1 });
  const answered = new Promise((resolve) => void own.once('message', (_, payload) => resolve(JSON.parse(String(payload)))));
  await own.publishAsync('leadwatch/feeds/bed-1/hello/device-one', JSON.stringify({ token: TOKENS['bed-1'], hello: hello('bed-1') }), { qos: 1 });
  expect(await answered).toMatchObject({ hello: { ok: true } });
  const stranger = await as('bed-2');
  // MQTT 5 says "not authorised" where 3.1.1 drops in silence.
  await expect(stranger.publishAsync('leadwatch/feeds/bed-1/frame/device-one', Buffer.from(frame(0)), { qos: 1 })).rejects.toThrow(/not authori[sz]ed/i);
  expect(ward.ward.bed('bed-1')!.counters.frames).toBe(0);
  await expect(connectAsync(guarded.url, { reconnectPeriod: 0 })).rejects.toThrow();
  for (const client of [own, stranger]) await client.endAsync(true);
  await ward.remove();
  await guarded.remove();
  rmSync(passwords, { recursive: true });
});
