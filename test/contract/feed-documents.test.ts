/** docs/feeds.md holds: the schema is the one that is enforced, and the clients it shows feed a real server. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { encodeFrame } from '../../ecg/frame.ts';
import { helloJsonSchema, parseHello } from '../../stream/feed/feed.ts';
import { httpDevice } from '../helpers/feed-devices.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const documented = JSON.parse(readFileSync(`${ROOT}docs/hello.schema.json`, 'utf8')) as object;
const HELLO = { version: 1, bed: 'bed-9', source: 'device', device: 'x', samplingFrequencyHz: 250, leads: ['II'], adcGain: [200], baseline: [0] };

describe('docs/hello.schema.json', () => {
  it('is the schema the server checks', () => expect(documented).toEqual(JSON.parse(JSON.stringify(helloJsonSchema()))));

  it.each<[string, object, boolean]>([
    ['a hello', HELLO, true],
    ['rails', { ...HELLO, railAdu: [-32768, 32767] }, true],
    ['a bed that is a path', { ...HELLO, bed: '../etc' }, false],
    ['an unknown key', { ...HELLO, please: true }, false],
    ['no leads', { ...HELLO, leads: [] }, false],
    ['a gain of nothing', { ...HELLO, adcGain: [0] }, false],
    ['three rails', { ...HELLO, railAdu: [1, 2, 3] }, false],
  ])('judges %s as the server does', (_, hello, valid) => {
    const byServer = (): boolean => {
      try {
        return parseHello(hello, 'test') !== undefined;
      } catch {
        return false;
      }
    };
    expect([new Ajv2020().compile(documented)(hello), byServer()]).toEqual([valid, valid]);
  });
});

describe('docs/clients', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ access: { feedTokens: { 'bed-py': 'token-of-the-python-bed', 'bed-ts': 'token-of-the-typescript-bed' } } });
  });
  afterAll(() => server?.remove());

  it.each([
    ['device.py', 'python3', [], 'bed-py', 'token-of-the-python-bed'],
    ['device.ts', process.execPath, ['--import', 'tsx'], 'bed-ts', 'token-of-the-typescript-bed'],
  ])('%s feeds its bed in real time without a fault, in under 70 lines', async (file, program, args, bed, token) => {
    const path = `${ROOT}docs/clients/${file}`;
    expect(readFileSync(path, 'utf8').trimEnd().split('\n').length).toBeLessThan(70);
    await promisify(execFile)(program, [...args, path, server.url, bed, token, '2'], { cwd: ROOT });
    expect(server.ward.bed(bed)!.counters).toMatchObject({ refused: 0, gaps: 0, clockSteps: 0, faults: 0 });
    expect(server.ward.bed(bed)!.counters.frames).toBe(20);
  });

  it('device.py says hello again when the server has begun anew, and waits for a bed that is taken', async () => {
    const first = await startTestServer();
    const { port } = new URL(first.url);
    const device = execFile('python3', [`${ROOT}docs/clients/device.py`, first.url, 'bed-py', '', '60']);
    onTestFinished(() => void device.kill());
    await vi.waitFor(() => expect(first.ward.bed('bed-py')?.live).toBe(true), { timeout: 10_000 });
    await first.remove();
    const second = await startTestServer({ port: Number(port) });
    onTestFinished(() => second.remove());
    const other = await httpDevice(second.url, '');
    await other.hello({ version: 1, bed: 'bed-py', source: 'device', device: 'in its place', samplingFrequencyHz: 250, leads: ['II'], adcGain: [200], baseline: [0] });
    await other.frame(encodeFrame({ sequence: 0, sampleIndex: 0, deviceTimeMs: Date.now(), samples: [new Int16Array(25)] }));
    await vi.waitFor(() => expect(second.ward.bed('bed-py')).toMatchObject({ live: true, hello: { device: 'Python example' } }), { timeout: 15_000 });
  });

  it('device.py says why it is refused', async () => {
    await expect(promisify(execFile)('python3', [`${ROOT}docs/clients/device.py`, server.url, 'bed-py', 'a-token-of-nobody', '1']))
      .rejects.toMatchObject({ stderr: expect.stringContaining('FEED_UNAUTHORISED') });
  });
});
