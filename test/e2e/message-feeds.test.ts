/** Feeds that bring text or messages: FHIR Observations, lines of a hobby board, Vital Recorder's upload. */
import { existsSync, readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it, vi, type TestContext } from 'vitest';
import { encodeFrame } from '../../ecg/frame.ts';
import { waveformOfObservation } from '../../stream/feed/fhir/observation.ts';
import { parseSampleLine } from '../../stream/feed/line/sample-line.ts';
import { readUpload } from '../../stream/feed/vital/rooms.ts';
import { dataDirectories } from '../../stream/recordings/locate.ts';
import { httpDevice } from '../helpers/feed-devices.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const TOKEN = 'the-token-of-this-bed';
let server: TestServer;
beforeAll(async () => {
  const beds = ['fhir-1', 'fhir-2', 'fhir-3', 'line-1', 'line-2'];
  server = await startTestServer({
    lineFeed: { port: 0 }, vitalFeed: { port: 0, rooms: { 'VR-1/OR 3': 'or-3' } }, access: { feedTokens: Object.fromEntries(beds.map((bed) => [bed, TOKEN])) } });
});
afterAll(() => server?.remove());

describe('FHIR', () => {
  const sampled = (change: object = {}): object => ({ origin: { value: 0, code: 'uV' }, period: 4, factor: 5, dimensions: 1, data: Array.from({ length: 250 }, (_, i) => i % 100).join(' '), ...change });
  const observation = (second: number, change: object = {}): object => ({
    resourceType: 'Observation', status: 'final', code: { coding: [{ code: '131328', display: 'MDC_ECG_ELEC_POTL' }] }, effectiveDateTime: new Date(1_767_225_600_000 + 1000 * second).toISOString(),
    component: ['I', 'II'].map((lead) => ({ code: { coding: [{ display: `MDC_ECG_ELEC_POTL_${lead}` }] }, valueSampledData: sampled(change) })) });
  const post = async (bed: string, body: unknown, token = TOKEN, query = ''): Promise<{ status: number; said: string }> => {
    const response = await fetch(`${server.url}/feeds/fhir/${bed}${query}`, { method: 'POST', headers: { 'content-type': 'application/fhir+json', authorization: `Bearer ${token}` }, body: typeof body === 'string' ? body : JSON.stringify(body) });
    expect(response.headers.get('content-type')).toContain('application/fhir+json');
    const outcome = (await response.json()) as { resourceType: string; issue: { diagnostics: string }[] };
    expect(outcome.resourceType).toBe('OperationOutcome');
    return { status: response.status, said: outcome.issue[0]!.diagnostics };
  };

  it('Observations one after another are one feed; one that never came is a gap', async () => {
    for (let second = 0; second < 3; second++) expect(await post('fhir-1', observation(second))).toMatchObject({ status: 201 });
    expect(server.ward.bed('fhir-1')).toMatchObject({ live: true, epoch: 1, hello: { leads: ['I', 'II'], samplingFrequency: 250 }, counters: { frames: 3, gaps: 0, refused: 0 } });
    expect(server.ward.bed('fhir-1')!.hello.scale).toMatchObject({ adcGain: [200, 200], baseline: [0, 0] });
    expect(await post('fhir-1', observation(4))).toMatchObject({ status: 201 });
    await vi.waitFor(() => expect(server.ward.bed('fhir-1')!.counters).toMatchObject({ gaps: 1, missingSamples: 250 }));
  });

  it('of ten seconds show the two that are missing between them as a gap, and jitter of their times as none', async () => {
    const tenSeconds = (atMs: number): object => ({ ...observation(0, { data: Array.from({ length: 2500 }, (_, i) => i % 100).join(' ') }), effectiveDateTime: new Date(1_767_225_600_000 + atMs).toISOString() });
    for (const atMs of [0, 10_300, 20_100]) expect(await post('fhir-3', tenSeconds(atMs))).toMatchObject({ status: 201 });
    expect(server.ward.bed('fhir-3')!.counters).toMatchObject({ frames: 3, gaps: 0 });
    expect(await post('fhir-3', tenSeconds(32_100))).toMatchObject({ status: 201 });
    expect(server.ward.bed('fhir-3')!.counters).toMatchObject({ frames: 4, gaps: 1, missingSamples: 500 });
  });

  it('whose bed was taken between two Observations is not told that the next was taken in', async () => {
    expect(await post('fhir-1', observation(5))).toMatchObject({ status: 201 });
    await vi.waitFor(() => expect(server.ward.bed('fhir-1')!.live).toBe(false), { timeout: 5000 });
    const device = await httpDevice(server.url, TOKEN);
    await device.hello({ version: 1, bed: 'fhir-1', source: 'device', device: 'another', samplingFrequencyHz: 250, leads: ['II'], adcGain: [200], baseline: [0] });
    await device.frame(encodeFrame({ sequence: 0, sampleIndex: 0, deviceTimeMs: Date.now(), samples: [new Int16Array(25)] }));
    expect(await post('fhir-1', observation(6))).toMatchObject({ status: 409, said: expect.stringContaining('FEED_BED_TAKEN') });
    device.close();
  });

  it.each<[string, unknown, string, number, RegExp]>([
    ['another token', observation(9), 'a-token-of-somebody-else', 401, /FEED_UNAUTHORISED/],
    ['no unit', observation(9, { origin: { value: 0 } }), TOKEN, 422, /no voltage as its unit/],
    ['a unit that is no voltage', observation(9, { origin: { value: 0, code: 'mm[Hg]' } }), TOKEN, 422, /mm\[Hg\]/],
    ['no period', observation(9, { period: undefined }), TOKEN, 422, /no sampling period/],
    ['samples that are no numbers', observation(9, { data: '1 2 x' }), TOKEN, 422, /no number at 2/],
    ['another resource', { resourceType: 'Patient' }, TOKEN, 422, /resourceType/],
    ['no ECG', { resourceType: 'Observation' }, TOKEN, 422, /holds no ECG/],
    ['no JSON', '{', TOKEN, 400, /cannot be read/],
  ])('refuses %s', async (_, body, token, status, said) => expect(await post('fhir-2', body, token)).toEqual({ status, said: expect.stringMatching(said) }));

  it('scales origin and factor exactly, keeps decimals to a microvolt, and E, U and L as missing', () => {
    const read = (change: object) => waveformOfObservation({ resourceType: 'Observation', code: { text: 'Lead II' }, valueSampledData: sampled(change) }, undefined, 'test')!;
    const offset = read({ origin: { value: -10, code: 'mV' }, factor: 0.005, data: '2000 2200' });
    const millivolts = [...offset.samples[0]!].map((adu) => (adu - offset.baseline[0]!) / offset.adcGain[0]!);
    expect(millivolts[0]).toBeCloseTo(0, 12);
    expect(millivolts[1]).toBeCloseTo(1, 12);
    expect(read({ data: '1.5 E U L' })).toMatchObject({ adcGain: [1000], samples: [Int16Array.of(8, -32768, -32768, -32768)] });
    expect(read({ period: undefined, interval: 0.002, intervalUnit: 's' }).samplingFrequencyHz).toBe(500);
  });

  it('takes the published example, once it is told the unit that the example leaves out', async (context: TestContext) => {
    const path = dataDirectories().map((data) => join(data, 'formats/fhir/observation-example-sample-data.json')).find((file) => existsSync(file));
    if (path === undefined) return context.skip('format samples not found (LEADWATCH_DATA)');
    const example = readFileSync(path, 'utf8');
    expect(await post('fhir-2', example)).toMatchObject({ status: 422, said: expect.stringMatching(/unit/) });
    expect(await post('fhir-2', example, TOKEN, '?unit=uV')).toMatchObject({ status: 201 });
    expect(server.ward.bed('fhir-2')!.hello).toMatchObject({ samplingFrequency: 100, leads: ['I', 'II', 'III'] });
    expect(server.ward.bed('fhir-2')!.hello.scale.adcGain[0]).toBeCloseTo(1000 / 1.612, 9);
  });
});

describe('lines', () => {
  const hello = (bed: string, token = TOKEN): string => JSON.stringify({ token, hello: { version: 1, bed, source: 'device', device: 'board', samplingFrequencyHz: 250, leads: ['I', 'II'], adcGain: [200, 200], baseline: [0, 0] } });
  async function board(): Promise<{ socket: Socket; send(text: string): void; next(): Promise<string>; closed: Promise<unknown> }> {
    const socket = connectTcp(server.linePort!, '127.0.0.1');
    socket.on('error', () => undefined);
    const lines: string[] = [];
    let wake = (): void => {};
    let rest = '';
    socket.on('data', (bytes) => {
      const parts = (rest + String(bytes)).split('\n');
      rest = parts.pop()!;
      lines.push(...parts);
      wake();
    });
    await new Promise((resolve) => socket.once('connect', resolve));
    return {
      socket,
      send: (text) => void socket.write(text),
      async next() {
        while (lines.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        return lines.shift()!;
      },
      closed: new Promise((resolve) => void socket.once('close', resolve)),
    };
  }

  it('become frames of 100 ms; a line that cannot be read is an instant that is missing', async () => {
    const { socket, send, next } = await board();
    send(`${hello('line-1')}\n`);
    expect(await next()).toBe('ok line-1 epoch 1');
    const lines = Array.from({ length: 100 }, (_, i) => `${i},-${i}`);
    lines[30] = '7,noise';
    send('# a comment\n');
    send(`${lines.join('\r\n').slice(0, 301)}`); // cut in the middle of a line
    send(`${lines.join('\r\n').slice(301)}\n`);
    expect(await next()).toMatch(/^fault FRAME_MALFORMED .*noise/);
    await vi.waitFor(() => expect(server.ward.bed('line-1')!.counters).toMatchObject({ frames: 4, gaps: 0, refused: 0 }));
    // An electrode that is off, and a whole frame of noise: told as such, and as a gap.
    send(`${'x,3\n'.repeat(25)}`);
    await vi.waitFor(() => expect(server.ward.bed('line-1')!.leadStates[0]).toBe('leadOff'));
    send(`${'noise\n'.repeat(25)}${'1,2\n'.repeat(25)}`);
    await vi.waitFor(() => expect(server.ward.bed('line-1')!.counters.frames).toBe(6));
    // The gap is certain once the reordering bound is over.
    send('1,2\n'.repeat(100));
    await vi.waitFor(() => expect(server.ward.bed('line-1')!.counters).toMatchObject({ gaps: 1, missingSamples: 25 }));
    socket.destroy();
  });

  it.each<[string, () => string, RegExp]>([
    ['another token', () => `${hello('line-2', 'a-token-of-somebody-else')}\n`, /^fault FEED_UNAUTHORISED this feed may not send as line-2/],
    ['samples first', () => '1,2\n', /^fault FEED_NO_HELLO/],
    ['no JSON', () => '{oh\n', /^fault HELLO_INVALID/],
    ['a line without an end', () => 'a'.repeat(20_000), /^fault FRAME_MALFORMED/],
  ])('with %s are answered so, and the connection ends', async (_, text, answer) => {
    const { send, next, closed, socket } = await board();
    send(text());
    expect(await next()).toMatch(answer);
    await closed;
    socket.destroy();
  });

  it('of nothing but noise end the connection', async () => {
    const { send, next, closed } = await board();
    await vi.waitFor(() => expect(server.ward.bed('line-2')?.live ?? false).toBe(false));
    send(`${hello('line-2')}\n`);
    expect(await next()).toMatch(/^ok/);
    send('noise\n'.repeat(120));
    await closed;
  });

  it.each<[string, object]>([
    ['1,2', { samples: [1, 2], leadOffMask: 0, pacer: false }],
    [' 1;2 p', { samples: [1, 2], leadOffMask: 0, pacer: true }],
    ['?\t-32767', { samples: [-32768, -32767], leadOffMask: 0, pacer: false }],
    ['5 x', { samples: [5, -32768], leadOffMask: 2, pacer: false }],
  ])('%j', (line, set) => expect(parseSampleLine(line, 2, 'test')).toEqual(set));

  it.each(['', '1', '1,2,3', '1,1e3', '1,32768', '1,0x10', '1,-', 'p,p'])('%j is no sample set', (line) => expect(() => parseSampleLine(line, 2, 'test')).toThrow(/FRAME_MALFORMED|expected/));
});

describe('Vital Recorder', () => {
  const upload = (second: number, { room = 'OR 3', values = Array.from({ length: 500 }, (_, i): number | string => (i % 400 < 10 ? 1 : 0.0125)), unit = 'mV' } = {}): Buffer => {
    const wave = (name: string): object => ({ id: name, type: 'wav', name, montype: 'ECG_WAV', srate: 500, unit, recs: [{ dt: 1_767_225_600 + second, val: '@' }] });
    const text = JSON.stringify({ vrcode: 'VR-1', ver: '1.9', rooms: [{ seqid: second, roomname: room, trks: [wave('ECG_II'), wave('ECG_V5'),
      { type: 'wav', name: 'PLETH', montype: 'PLETH_WAV', srate: 100, unit: '', recs: [{ dt: 1, val: [1, 2] }] }, { type: 'num', name: 'HR', montype: 'ECG_HR', recs: [{ dt: 1, val: 60 }] }] }] });
    return deflateSync(text.replaceAll('"@"', `[${values.join(',')}]`));
  };

  it.each([['4', {}], ['3, of older recorders', { query: { EIO: '3' } }]])('uploads become a live bed, without a gap between seconds (engine.io %s)', async (_, options) => {
    const recorder = io(`http://127.0.0.1:${server.vitalPort}`, { transports: ['websocket'], forceNew: true, reconnection: false, ...options });
    if ('query' in options) {
      // The client library speaks only the newer protocol; that the older is let in is seen at its handshake.
      recorder.close();
      const answer = await fetch(`http://127.0.0.1:${server.vitalPort}/socket.io/?EIO=3&transport=polling`);
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('"sid"')]);
      return;
    }
    await new Promise<void>((resolve) => recorder.once('connect', () => resolve()));
    recorder.emit('join_vr', 'VR-1');
    for (let second = 0; second < 3; second++) recorder.emit('send_data', upload(second));
    await vi.waitFor(() => expect(server.ward.bed('or-3')?.counters.frames).toBe(3), { timeout: 10_000 });
    expect(server.ward.bed('or-3')).toMatchObject({ live: true, hello: { samplingFrequency: 500, leads: ['II', 'V5'] }, counters: { gaps: 0, refused: 0 } });
    recorder.emit('send_data', Buffer.from('no zlib'));
    recorder.emit('send_data', upload(3, { room: 'OR 4' }));
    recorder.emit('send_data', upload(3));
    await vi.waitFor(() => expect(server.ward.bed('or-3')!.counters.frames).toBe(4), { timeout: 10_000 });
    expect(server.ward.bed('or-4')).toBeUndefined();
    // Whoever set up the rooms finds out what was left out, and why.
    expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({ feeds: { vital: { unreadable: 1, unknownRooms: 1, refused: 0 } } });
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('leadwatch_feed_total{feed="vital",what="unknownRooms"} 1');
    recorder.close();
  });

  it('reads values that are none as missing, a second of zeros as nothing measured, and refuses a bomb', () => {
    const { rooms } = readUpload(upload(0, { values: [0.001, 'nan', '-NaN', 'inf', 2] }), 'test');
    expect(rooms[0]!.waveforms[0]).toMatchObject({ leads: ['II', 'V5'], adcGain: [1000, 1000], startMs: 1_767_225_600_000, samples: [Int16Array.of(1, -32768, -32768, -32768, 2000), expect.anything()] });
    expect([...readUpload(upload(0, { values: [0, 0, 0] }), 'test').rooms[0]!.waveforms[0]!.samples[0]!]).toEqual([-32768, -32768, -32768]);
    expect(readUpload(upload(0).toString('binary'), 'test').vrcode).toBe('VR-1');
    expect(() => readUpload(upload(0, { unit: 'mmHg' }), 'test')).toThrow(/mmHg/);
    expect(() => readUpload(deflateSync(Buffer.alloc(20_000_000)), 'test')).toThrow(/VITAL_INVALID|cannot be read/);
  });
});
