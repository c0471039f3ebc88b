/** Beds set up over HTTP on a real server: roles, pairing, a token that is revoked at once, and all of it after a restart. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ManualClock } from '../../ecg/clock.ts';
import { epochMs, ms } from '../../ecg/units.ts';
import { BedRegistry, PAIRING_LIFETIME } from '../../stream/feed/bed-registry.ts';
import { webSocketDevice } from '../helpers/feed-devices.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const TOKENS = { viewer: 'the-token-of-a-viewer', clinician: 'the-token-of-a-clinician', engineer: 'the-token-of-an-engineer' } as const;
const HELLO = { version: 1, bed: 'icu-1', source: 'device', device: 'paired', samplingFrequencyHz: 250, leads: ['II'], adcGain: [200], baseline: [0] };
const stateDirectory = mkdtempSync(join(tmpdir(), 'leadwatch-beds-'));
const start = (): Promise<TestServer> => startTestServer({
  stateDirectory, access: { pageTokens: Object.entries(TOKENS).map(([role, token]) => ({ token, role: role as keyof typeof TOKENS, name: `a ${role}` })) } });
let server: TestServer;
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server?.remove();
  rmSync(stateDirectory, { recursive: true });
});
async function ask(method: string, path: string, role?: keyof typeof TOKENS, body?: object): Promise<{ status: number; body: Record<string, never> & { [key: string]: unknown } }> {
  const response = await fetch(`${server.url}${path}`, {
    method, headers: { ...(role ? { authorization: `Bearer ${TOKENS[role]}` } : {}), ...(body ? { 'content-type': 'application/json' } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}
const pair = async (): Promise<string> => {
  const { body } = await ask('POST', '/beds/icu-1/pairing', 'clinician');
  const { body: paired } = await ask('POST', '/feeds/pair', undefined, { code: body.code });
  return String(paired.token);
};

it('only an engineer sets up a bed, a clinician pairs, a viewer looks', async () => {
  const bed = { bed: 'icu-1', name: 'Bed 1', place: 'ICU' };
  expect((await ask('POST', '/beds', 'clinician', bed)).status).toBe(403);
  expect((await ask('POST', '/beds', undefined, bed)).status).toBe(401);
  expect((await ask('POST', '/beds', 'engineer', { ...bed, bed: '../etc' })).status).toBe(422);
  expect(await ask('POST', '/beds', 'engineer', bed)).toMatchObject({ status: 200, body: { ...bed, paired: false } });
  expect((await ask('POST', '/beds', 'engineer', bed)).status).toBe(422);
  expect((await ask('POST', '/beds/icu-1/pairing', 'viewer')).status).toBe(403);
  expect((await ask('PATCH', '/beds/icu-1', 'engineer', { name: 'Bed one', place: 'ICU, room 2' })).body).toMatchObject({ name: 'Bed one', place: 'ICU, room 2' });
  expect((await ask('GET', '/beds', 'viewer')).body).toEqual({ beds: [{ bed: 'icu-1', name: 'Bed one', place: 'ICU, room 2', paired: false, patient: null }] });
});

it('a bed admits no device before it is paired, its own after, and none once it is revoked, at once', async () => {
  const unpaired = await webSocketDevice(server.url, 'some-token-or-other');
  expect(await unpaired.hello(HELLO)).toMatchObject({ ok: false, fault: { code: 'FEED_UNAUTHORISED' } });
  unpaired.close();

  const token = await pair();
  const device = await webSocketDevice(server.url, token);
  expect(await device.hello(HELLO)).toMatchObject({ ok: true });
  expect((await ask('DELETE', '/beds/icu-1/token', 'clinician')).status).toBe(403);
  expect((await ask('DELETE', '/beds/icu-1/token', 'engineer')).status).toBe(204);
  await device.cut;
  const again = await webSocketDevice(server.url, token);
  expect(await again.hello(HELLO)).toMatchObject({ ok: false, fault: { code: 'FEED_UNAUTHORISED' } });
  again.close();
});

it('what was set up is there after a restart; the disk holds no token, and who did what', async () => {
  const token = await pair();
  await server.close();
  server = await start();
  const device = await webSocketDevice(server.url, token);
  expect(await device.hello(HELLO)).toMatchObject({ ok: true });
  device.close();
  expect(readFileSync(join(stateDirectory, 'beds.json'), 'utf8')).not.toContain(token);
  const audit = readFileSync(join(stateDirectory, 'beds-audit.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { who: string; what: string });
  expect(audit.map(({ who, what }) => `${who}: ${what}`)).toEqual([
    'a engineer: create', 'a engineer: move', 'a clinician: pairing code', 'device: pair', 'a engineer: revoke', 'a clinician: pairing code', 'device: pair']);
});

it('a code is good once and for five minutes, and guessing is stopped', () => {
  const clock = new ManualClock(epochMs(0));
  const directory = mkdtempSync(join(tmpdir(), 'leadwatch-codes-'));
  const registry = new BedRegistry({ directory, clock, otherwise: { checkFeed: () => undefined }, cutOff: () => undefined });
  registry.create('test', 'icu-2', 'x', '');
  const { code } = registry.pairingCode('test', 'icu-2');
  registry.pair(code.toLowerCase());
  expect(() => registry.pair(code)).toThrow(/unknown code/);
  const late = registry.pairingCode('test', 'icu-2').code;
  clock.advance(ms(PAIRING_LIFETIME + 1));
  expect(() => registry.pair(late)).toThrow(/old code/);
  for (let n = 0; n < 19; n++) expect(() => registry.pair('WRONG')).toThrow(/unknown code/);
  const good = registry.pairingCode('test', 'icu-2').code;
  expect(() => registry.pair(good)).toThrow(/too many/);
  clock.advance(ms(61_000));
  expect(registry.pair(good).bed).toBe('icu-2');
  rmSync(directory, { recursive: true });
});
