/** Real HL7 messages to a real server over MLLP, plain and TLS: what is used, what is refused, and how it is answered. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi, type TestContext } from 'vitest';
import { frameMllp, MllpReader } from '../../stream/feed/hl7/mllp.ts';
import { dataDirectories } from '../../stream/recordings/locate.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const samples = dataDirectories().map((data) => join(data, 'formats/hl7v2')).find((path) => existsSync(path));
const BEDS = {
  'ICU^2^23': { bed: 'bed-1' },
  'XH80X^00A037009B000000^EUI-64': { bed: 'bed-2', adcGain: 200 },
  'MINDRAY_^00A037000000^EUI-64': { bed: 'bed-3' },
  'I^WARDNAME^BEDNAME': { bed: 'bed-4' },
  'WARDNAME^BEDNAME': { bed: 'bed-4' },
  'ICU^9': { bed: 'bed-9' },
};
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ hl7Feed: { port: 0, beds: BEDS }, access: { feedTokens: { 'bed-9': 'the-token-of-bed-nine' } } });
});
afterAll(() => server?.remove());

/** Sends one message and gives the lines of its acknowledgement. */
async function send(socket: Socket, message: string): Promise<string[]> {
  const reader = new MllpReader();
  return new Promise((resolve) => {
    const take = (bytes: Buffer): void => {
      const [ack] = reader.push(bytes);
      if (!ack) return;
      socket.off('data', take);
      resolve(Buffer.from(ack).toString('utf8').split('\r'));
    };
    socket.on('data', take);
    socket.write(frameMllp(message));
  });
}
const connect = async (port = server.hl7Port!): Promise<Socket> => {
  const socket = connectPlain(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
};

/** One second of a monitor: IHE PCD WCM, leads I and II at 250 Hz. */
const wcm = (second: number, { location = 'ICU^9', value = (i: number): string => (i % 200 < 5 ? '1.0' : '0.01'), rate = '250' } = {}): string => {
  const at = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString().replace(/[-:T]/g, '').slice(0, 18);
  const lead = (name: string, place: number): string[] => [
    `OBX|${place}|NA|1^MDC_ECG_LEAD_${name}^MDC|1.1.1.${place}|${Array.from({ length: 250 }, (_, i) => value(i)).join('^')}|266418^MDC_DIM_MILLI_VOLT^MDC|||||F|||${at}`,
    `OBX|${place + 1}|NM|0^MDC_ATTR_SAMP_RATE^MDC|1.1.1.${place}.1|${rate}|264608^MDC_DIM_PER_SEC|||||F`,
  ];
  return ['MSH|^~\\&|Monitor|ICU|||20260101||ORU^R01^ORU_R01|' + second + '|P|2.6', `PV1||I|${location}`, `OBR|1||1|WAVEFORM|||${at}`, ...lead('I', 100), ...lead('II', 200)].join('\r');
};

describe('messages of a monitor', () => {
  it('become a live bed, without a gap between messages', async () => {
    const socket = await connect();
    for (let second = 0; second < 4; second++) expect((await send(socket, wcm(second)))[1]).toBe(`MSA|AA|${second}`);
    const bed = server.ward.bed('bed-9')!;
    expect(bed).toMatchObject({ live: true, hello: { leads: ['I', 'II'], source: 'device' }, counters: { frames: 4, gaps: 0, refused: 0 } });
    // A message that never came is a gap of its length.
    expect((await send(socket, wcm(5)))[1]).toMatch(/^MSA\|AA/);
    await vi.waitFor(() => expect(bed.counters).toMatchObject({ gaps: 1, missingSamples: 250 }));
    socket.destroy();
  });

  it.each<[string, string, RegExp, RegExp]>([
    ['another type', wcm(1).replace('ORU^R01^ORU_R01', 'MDM^T02'), /^MSA\|AR\|1$/, /ERR.*200\^Unsupported message type MDM/],
    ['another event', wcm(1).replace('ORU^R01^ORU_R01', 'ADT^A08'), /^MSA\|AR\|1$/, /ERR.*201\^Unsupported message type ADT/],
    ['an unknown bed', wcm(2, { location: 'ICU^77' }), /^MSA\|AE\|2$/, /204\^Unknown bed/],
    ['no sampling frequency', wcm(3, { rate: '' }), /^MSA\|AE/, /no sampling frequency/],
    ['an impossible sampling frequency', wcm(4, { rate: '9' }), /^MSA\|AE/, /HELLO_INVALID/],
    ['samples that are no numbers', wcm(5, { value: () => 'x' }), /^MSA\|AE/, /no number/],
    ['samples no electrode gives', wcm(6, { value: () => '9999' }), /^MSA\|AE/, /no electrode/],
    ['no header', 'PID|1', /^MSA\|AR/, /100\^/],
  ])('with %s are answered so', async (_, message, msa, err) => {
    const socket = await connect();
    const answer = await send(socket, message);
    expect(answer[1]).toMatch(msa);
    expect(answer[2]).toMatch(err);
    socket.destroy();
  });

  it('without an end close the connection', async () => {
    const socket = await connect();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.write(Buffer.concat([Buffer.of(0x0b), Buffer.alloc(2_100_000, 0x41)]));
    await closed;
  });
});

it('the real samples are each answered as they deserve', async (context: TestContext) => {
  if (samples === undefined) {
    if (process.env.LEADWATCH_REQUIRE_DATA === '1') throw new Error('LEADWATCH_REQUIRE_DATA is set, but no format samples were found');
    context.skip('format samples not found (LEADWATCH_DATA)');
  }
  const expected: Record<string, string> = {
    oru_r01_ihe_pcd_wcm_sll_t5: 'AA', oru_w01_xh80x_ecg_ii: 'AA', oru_r01_mindray_waveform: 'AA', oru_r01_pcd01_pulse_oximetry: 'AA',
    oru_r01_mindray_egateway_template: 'AE', oru_r40_ihe_pcd04_acm_ge: 'AR', oru_r40_mindray_lead_off_alarm: 'AR',
  };
  for (const [file, code] of Object.entries(expected)) {
    const socket = await connect();
    const reader = new MllpReader();
    const answered = new Promise<string>((resolve) => void socket.on('data', (bytes) => {
      const [ack] = reader.push(bytes);
      if (ack) resolve(Buffer.from(ack).toString().split('\r')[1]!);
    }));
    socket.write(readFileSync(join(samples!, `${file}.mllp`)));
    expect([file, await answered]).toEqual([file, expect.stringMatching(`^MSA\\|${code}\\|`)]);
    socket.destroy();
  }
  expect(server.ward.bed('bed-1')!.hello).toMatchObject({ samplingFrequency: 150, leads: ['I', 'II'] });
  expect(server.ward.bed('bed-2')!.hello).toMatchObject({ samplingFrequency: 500, leads: ['II'], scale: { adcGain: [200] } });
  expect(server.ward.bed('bed-3')!.hello.scale.adcGain[0]).toBeCloseTo(1 / 0.001221, 6);
  expect(server.ward.bed('bed-4')).toBeUndefined();
});

describe('admissions', () => {
  const adt = (event: 'A01' | 'A03', id: string, { location = 'ICU^9', name = 'Doe^John^^^^^B' } = {}): string => [
    `MSH|^~\\&|ADT1|HOSPITAL|||20260101||ADT^${event}^ADT_${event}|17|P|2.5`, `EVN|${event}|20260101`, `PID|1||${id}^^^HOSPITAL^MR~99^^^OTHER||${name}`, `PV1|1|I|${location}`].join('\r');
  const register = (): Promise<Response> => fetch(`${server.url}/beds`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ bed: 'bed-9', name: 'Nine', place: 'ICU' }) });
  const patient = async (): Promise<unknown> => ((await (await fetch(`${server.url}/beds`)).json()) as { beds: { patient: unknown }[] }).beds[0]!.patient;

  it('of a bed that is not registered are refused; of one that is they are kept, audited, and outlast the server', async () => {
    const socket = await connect();
    expect((await send(socket, adt('A01', '4711')))[2]).toMatch(/no such bed is registered/);
    await register();
    expect((await send(socket, adt('A01', '4711')))[1]).toBe('MSA|AA|17');
    expect(await patient()).toMatchObject({ id: '4711', name: 'John Doe' });
    expect((await send(socket, adt('A03', '4712')))[1]).toBe('MSA|AE|17');
    expect(await patient()).toMatchObject({ id: '4711' });
    expect((await send(socket, adt('A01', '')))[2]).toMatch(/names no patient/);
    const kept = JSON.parse(readFileSync(join(server.stateDirectory, 'beds.json'), 'utf8')) as { beds: object[] };
    expect(kept.beds).toMatchObject([{ bed: 'bed-9', patient: { id: '4711' } }]);
    // A registered bed without a device is closed to devices, and open to the port that the configuration names for it.
    expect((await send(socket, wcm(20)))[1]).toBe('MSA|AA|20');
    expect((await send(socket, adt('A03', '4711')))[1]).toBe('MSA|AA|17');
    expect((await send(socket, adt('A03', '4711')))[1]).toBe('MSA|AA|17');
    expect(await patient()).toBeNull();
    const audited = readFileSync(join(server.stateDirectory, 'beds-audit.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { what: string; who: string });
    expect(audited.filter(({ who }) => who === 'HL7 ADT1').map(({ what }) => what)).toEqual(['admit', 'discharge']);
    socket.destroy();
  });

  it('a message that is sent again is acknowledged and its second of signal taken once', async () => {
    const socket = await connect();
    expect((await send(socket, wcm(30)))[1]).toBe('MSA|AA|30');
    const { frames } = server.ward.bed('bed-9')!.counters;
    expect((await send(socket, wcm(30)))[1]).toBe('MSA|AA|30');
    expect(server.ward.bed('bed-9')!.counters.frames).toBe(frames);
    socket.destroy();
  });

  it('a queue that is sent again, also by another connection, is acknowledged and taken once', async () => {
    const socket = await connect();
    for (const second of [40, 41, 42]) expect((await send(socket, wcm(second)))[1]).toBe(`MSA|AA|${second}`);
    const { frames } = server.ward.bed('bed-9')!.counters;
    const { epoch } = server.ward.bed('bed-9')!;
    for (const second of [41, 42]) expect((await send(socket, wcm(second)))[1]).toBe(`MSA|AA|${second}`);
    socket.destroy();
    const again = await connect();
    for (const second of [41, 42]) expect((await send(again, wcm(second)))[1]).toBe(`MSA|AA|${second}`);
    expect(server.ward.bed('bed-9')).toMatchObject({ epoch, counters: { frames } });
    expect((await send(again, wcm(43)))[1]).toBe('MSA|AA|43');
    expect(server.ward.bed('bed-9')).toMatchObject({ epoch: epoch + 1, counters: { frames: frames + 1 } });
    again.destroy();
  });

  it('of a second that has been given up is refused, not shown as new; a clock that is set back goes on', async () => {
    const socket = await connect();
    for (const second of [3650, 3653]) expect((await send(socket, wcm(second)))[1]).toBe(`MSA|AA|${second}`);
    const { frames, gaps } = server.ward.bed('bed-9')!.counters;
    const late = await send(socket, wcm(3651));
    expect(late[1]).toBe('MSA|AE|3651');
    expect(late[2]).toContain('FRAME_SEQUENCE the message comes too late');
    expect((await send(socket, wcm(3654)))[1]).toBe('MSA|AA|3654');
    expect((await send(socket, wcm(55)))[1]).toBe('MSA|AA|55');
    expect(server.ward.bed('bed-9')!.counters).toMatchObject({ frames: frames + 2, gaps });
    socket.destroy();
  });

  it('after more than a minute that is missing, or a clock that is set on, begin a new epoch and are live', async () => {
    const socket = await connect();
    expect((await send(socket, wcm(60)))[1]).toBe('MSA|AA|60');
    const { epoch } = server.ward.bed('bed-9')!;
    for (const second of [160, 161, 7361, 7362]) expect((await send(socket, wcm(second)))[1]).toBe(`MSA|AA|${second}`);
    expect(server.ward.bed('bed-9')).toMatchObject({ live: true, epoch: epoch + 2 });
    socket.destroy();
  });
});

it('speaks TLS', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'leadwatch-tls-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const secure = await startTestServer({ hl7Feed: { port: 0, beds: BEDS, tls: { key, cert } }, access: { feedTokens: { 'bed-9': 'the-token-of-bed-nine' } } });
  const socket = connectTls({ port: secure.hl7Port!, host: '127.0.0.1', ca: readFileSync(cert) });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  expect((await send(socket, wcm(7)))[1]).toBe('MSA|AA|7');
  socket.destroy();
  await secure.remove();
  rmSync(directory, { recursive: true });
});
