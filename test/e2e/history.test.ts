import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeEdf } from '../../ecg/formats/edf-write.ts';
import { writeWfdb } from '../../ecg/formats/wfdb-write.ts';
import { readDigitalRecord } from '../../ecg/formats/wfdb.ts';
import { stepOf } from '../../ecg/simulator/course.ts';
import { main as importRecord } from '../../stream/history/import-command.ts';
import { excerpt, feed, simulatedRecord, type Feeding } from '../helpers/feeding.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const TOKEN = 'a-page-token-of-the-history-test';
const CLINICIAN = 'a-clinicians-token-of-the-test';
const ENGINEER = 'an-engineers-token-of-the-test';
const SECONDS = 8;

describe('the history of a running server', () => {
  const record = simulatedRecord([stepOf('sinus')], SECONDS + 4);
  let server: TestServer;
  let bed: Feeding;
  const get = (path: string, token: string | undefined = TOKEN): Promise<Response> =>
    fetch(`${server.url}/history/${path}`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  let fromMs: number;

  beforeAll(async () => {
    server = await startTestServer({ access: { pageTokens: [
      { token: TOKEN, role: 'viewer', name: 'test' }, { token: CLINICIAN, role: 'clinician', name: 'Dr. T' }, { token: ENGINEER, role: 'engineer', name: 'eng' }] } });
    fromMs = Date.now() - 2000;
    bed = feed(excerpt(record, 0, SECONDS), server.url, { bed: 'history' });
    await vi.waitFor(async () => {
      const { runs } = (await (await get(`waveform?bed=history&from=${fromMs}&to=${Date.now() + 5000}`)).json()) as { runs: { samplesUv: number[][] }[] };
      expect(runs.reduce((sum, run) => sum + run.samplesUv[0]!.length, 0)).toBeGreaterThan(250 * (SECONDS - 3));
    }, { timeout: 25_000, interval: 500 });
  });
  afterAll(async () => {
    bed.stop();
    await server.remove();
  });

  it('holds the very adu that the device sent, and exports them as WFDB', async () => {
    const response = await get(`export?bed=history&from=${fromMs}&to=${Date.now() + 5000}&format=wfdb`);
    expect(response.headers.get('content-disposition')).toMatch(/history-\d{8}T\d{6}Z\.zip/);
    const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
    const header = Object.keys(files).find((name) => name.endsWith('.hea'))!;
    const exported = readDigitalRecord(Buffer.from(files[header]!).toString(), (name) => files[name]!, header, true);
    expect(exported.leads).toEqual(record.leads);
    // What the device captured before it was connected it never sent; it says how many frames of 100 ms that were.
    const first = bed.client.counters.dropped * 25;
    exported.adu.forEach((adu, lead) => expect([...adu]).toEqual([...record.adu[lead]!.subarray(first, first + adu.length)]));
  });

  it('answers trends, overviews, events and strips', async () => {
    const window = `bed=history&from=${fromMs}&to=${fromMs + 20_000}`;
    expect(((await (await get(`beds?from=${fromMs}&to=${Date.now()}`)).json()) as { beds: string[] }).beds).toEqual(['history']);
    const overview = (await (await get(`overview?${window}&lead=${record.leads[0]}&columns=20`)).json()) as { highUv: (number | null)[] };
    expect(overview.highUv.filter((value) => value !== null).length).toBeGreaterThan(SECONDS - 4);
    const trend = (await (await get(`trend?${window}&points=20`)).json()) as { name: string; mean: (number | null)[] };
    expect(trend).toMatchObject({ name: 'heartRateBpm' });
    expect(trend.mean.some((value) => value !== null && value > 40 && value < 120)).toBe(true);
    const { events } = (await (await get(`events?${window}&kinds=feed`)).json()) as { events: { name: string }[] };
    expect(events.map(({ name }) => name)).toContain('connected');
    const strip = (await (await get(`strip?bed=history&at=${fromMs + 5000}`)).json()) as { runs: unknown[]; beats: unknown[] };
    expect(strip.runs).toHaveLength(1);
    expect(strip.beats.length).toBeGreaterThan(2);
  });

  it.each(['csv', 'edf', 'fhir'])('exports %s', async (format) => {
    const response = await get(`export?bed=history&from=${fromMs}&to=${Date.now()}&format=${format}`);
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(5000);
  });

  it('keeps what a clinician marks, says who it was, and lets nobody else mark', async () => {
    const mark = (token: string, body: object): Promise<Response> => fetch(`${server.url}/history/annotations`, {
      method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const at = fromMs + 4000;
    expect((await mark(TOKEN, { bed: 'history', at, text: 'seen' })).status).toBe(403);
    const marked = await mark(CLINICIAN, { bed: 'history', at, text: 'short run, patient turned', symbol: 'V' });
    expect(marked.status).toBe(201);
    expect(await marked.json()).toMatchObject({ bed: 'history', atMs: at, kind: 'annotation', name: 'V', detail: { text: 'short run, patient turned', by: 'Dr. T', role: 'clinician' } });
    const { events } = (await (await get(`events?bed=history&from=${at}&to=${at + 1}&kinds=annotation`)).json()) as { events: { detail: { by: string } }[] };
    expect(events.map(({ detail }) => detail.by)).toEqual(['Dr. T']);
    for (const wrong of [{ bed: 'history', at, text: '' }, { bed: 'history', at, text: 'x', symbol: 'zz' }, { bed: 'history', at: Date.now() + 3_600_000, text: 'x' }, { bed: 'No Bed', at, text: 'x' }]) {
      const refused = await mark(CLINICIAN, wrong);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ code: 'HISTORY_QUERY' });
    }
  });

  it('takes a record in as the past of a bed while it runs, from an engineer, through the command or HTTP', async () => {
    const startMs = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
    const upload = (token: string, query: string, bytes: Uint8Array): Promise<Response> => fetch(`${server.url}/history/import?${query}`, {
      method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' }, body: new Uint8Array(bytes) });
    const files = writeWfdb({ ...record, name: 'past' }, startMs, [{ sample: 250, symbol: 'V', aux: '', subtype: 0 }]);
    expect((await upload(CLINICIAN, 'bed=past', zipSync(files))).status).toBe(403);
    const response = await upload(ENGINEER, 'bed=past', zipSync(files));
    expect(await response.json()).toMatchObject({ bed: 'past', startMs, seconds: SECONDS + 4, annotations: 1 });
    expect(response.status).toBe(201);
    const { runs } = (await (await get(`waveform?bed=past&from=${startMs}&to=${startMs + 60_000}`)).json()) as { runs: { samplesUv: number[][] }[] };
    expect(runs.map(({ samplesUv }) => samplesUv[0]!.length)).toEqual([record.adu[0]!.length]);

    const tooOld = await upload(ENGINEER, 'bed=past&at=1990-01-01T00:00:00Z', writeEdf(record, 0));
    expect(tooOld.status).toBe(400);
    expect(await tooOld.json()).toMatchObject({ message: expect.stringContaining('older than waveforms are kept') });
    const nothing = await upload(ENGINEER, 'bed=past', new TextEncoder().encode('no record '.repeat(60)));
    expect(await nothing.json()).toMatchObject({ code: 'RECORDING_FORMAT' });

    const folder = temporaryDirectory();
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    await importRecord([join(folder, 'past.hea'), '--bed', 'by-command', '--directory', join(server.stateDirectory, 'history'), '--url', server.url, '--token', ENGINEER]);
    // A server that is named takes the record wherever its history lies.
    await importRecord([join(folder, 'past.hea'), '--bed', 'by-address', '--url', server.url, '--token', ENGINEER]);
    const { beds } = (await (await get(`beds?from=${startMs}&to=${startMs + 10_000}`)).json()) as { beds: string[] };
    expect(beds).toEqual(['by-address', 'by-command', 'past']);
  });

  it('refuses whoever has no token, and says what is wrong with a query', async () => {
    expect((await get(`beds?from=0&to=1`, '')).status).toBe(401);
    const refused = await get(`trend?bed=history&from=0&to=soon&points=5`);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: 'HISTORY_QUERY', message: expect.stringContaining('to cannot be used') });
    expect((await get(`waveform?bed=history&from=0&to=${Date.now()}`)).status).toBe(400);
    expect((await get(`export?bed=nobody&from=0&to=1000&format=csv`)).status).toBe(400);
  });

  it('is told on /health and /metrics, to those who may look', async () => {
    const ask = (path: string, token?: string): Promise<Response> => fetch(`${server.url}/${path}`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
    const health = (await (await ask('health', TOKEN)).json()) as { history: { kind: string; fault: string | null; figures: Record<string, number> } };
    expect(health.history).toMatchObject({ kind: 'embedded', fault: null, figures: { dropped_waveforms: 0 } });
    expect(health.history.figures['appends']).toBeGreaterThan(3);
    expect(await (await ask('metrics', TOKEN)).text()).toContain('leadwatch_history{what="appends"}');
    expect(await (await ask('health')).json()).toEqual({ status: 'degraded', uptimeMs: expect.any(Number) as number });
    for (const token of [undefined, 'of-nobody']) {
      const refused = await ask('metrics', token);
      expect([refused.status, await refused.json()]).toEqual([401, { code: 'FEED_UNAUTHORISED', message: expect.any(String) as string }]);
    }
  });

  it('refuses a second server on the same directory', async () => {
    await expect(startTestServer({ stateDirectory: server.stateDirectory })).rejects.toMatchObject({ code: 'HISTORY_LOCKED' });
  });
});
