/** A label typed on a running server with the shipped model: scored at every bed within a second, kept, armed, alarming, ended. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { BedNumerics, FindingView } from '../../dashboard/wire.ts';
import type { Explanation } from '../../stream/labels/explain.ts';
import type { LabelView } from '../../stream/labels/label-view.ts';
import { feed, simulatedRecord, type Feeding } from '../helpers/feeding.ts';
import { startTestServer, subscribeToAlerts, type TestServer } from '../helpers/running-server.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const TOKENS = { viewer: 'the-token-of-a-viewer', clinician: 'the-token-of-a-clinician' } as const;
type Role = keyof typeof TOKENS;
const BEDS = ['bed-a', 'bed-b'] as const;
const stateDirectory = mkdtempSync(join(tmpdir(), 'leadwatch-labels-'));
const start = (): Promise<TestServer> => startTestServer({
  stateDirectory, model: 'models/shipped/manifest.json', executionProvider: 'cpu',
  access: { pageTokens: Object.entries(TOKENS).map(([role, token]) => ({ token, role: role as Role, name: `a ${role}` })) } });

let server: TestServer;
let feeds: Feeding[] = [];
const feedAll = async (): Promise<void> => {
  feeds = BEDS.map((bed, i) => feed(simulatedRecord([{ rhythm: 'sinus', seconds: 300 }], 120, 7 + i), server.url, { bed }));
  await vi.waitFor(() => BEDS.forEach((bed) => expect(server.ward.bed(bed)?.findingsMs).toBeDefined()), { timeout: 40_000, interval: 50 });
};
beforeAll(async () => {
  server = await start();
  await feedAll();
});
afterAll(async () => {
  feeds.forEach((each) => each.stop());
  await server?.close();
  rmSync(stateDirectory, { recursive: true });
});

async function ask<T = { code?: string; message?: string }>(method: string, path: string, role?: Role, body?: object): Promise<{ status: number; body: T }> {
  const response = await fetch(`${server.url}${path}`, {
    method, headers: { ...(role ? { authorization: `Bearer ${TOKENS[role]}` } : {}), ...(body ? { 'content-type': 'application/json' } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as T };
}
const labels = async (): Promise<LabelView[]> => (await ask<{ labels: LabelView[] }>('GET', '/labels', 'viewer')).body.labels;
const scoredAt = (bed: string, id: string): number | undefined => server.ward.bed(bed)?.findings.find(({ label }) => label === id)?.score;

/** The next numerics of a bed, as a page gets them. */
async function numericsOf(bed: string): Promise<BedNumerics> {
  const page: Socket = io(`${server.url}/ward`, { transports: ['websocket'], forceNew: true, auth: { token: TOKENS.viewer } });
  const numerics = await new Promise<BedNumerics>((resolve) => page.on('numerics', (all: BedNumerics[]) => {
    const found = all.find((each) => each.bed === bed);
    if (found) resolve(found);
  }));
  page.close();
  return numerics;
}

let flutter: LabelView;

describe('a typed label', () => {
  it('is for clinicians; a viewer only looks', async () => {
    expect((await ask('GET', '/labels')).status).toBe(401);
    expect((await ask('POST', '/labels', 'viewer', { name: 'x' })).status).toBe(403);
    expect((await ask('POST', '/labels', 'viewer', { name: 'x' })).body).toMatchObject({ code: 'NOT_ALLOWED', message: expect.stringContaining('received viewer') });
    expect((await ask<{ textEncoder: boolean }>('GET', '/labels', 'viewer')).body.textEncoder).toBe(true);
  });

  it('is scored at every bed, from the embeddings that are there, with no restart', async () => {
    const { status, body } = await ask<LabelView>('POST', '/labels', 'clinician', {
      name: 'Atrial flutter with variable block', synonyms: ['atrial flutter'], negatives: ['sinus rhythm'] });
    flutter = body;
    expect(status).toBe(201);
    // At the very answer, without another segment: that is well within the second.
    for (const bed of BEDS) expect(scoredAt(bed, flutter.id)).toEqual(expect.any(Number));
    expect(flutter).toMatchObject({ kind: 'custom', custom: true, calibrated: false, armed: false, alarm: null, prompts: ['Atrial flutter with variable block', 'atrial flutter'], negatives: ['sinus rhythm'] });
    expect(server.desk.alarmsOf('bed-a').filter(({ condition }) => condition.startsWith('finding:'))).toEqual([]);
  });

  it('is shown on the page as uncalibrated, however low it ranks', async () => {
    const view = (await numericsOf('bed-a')).findings.find(({ label }) => label === flutter.id) as FindingView;
    expect(view).toMatchObject({ name: flutter.name, uncalibrated: true });
  });

  it.each([
    ['nothing', { name: '  ' }, 422, /name of a label cannot be used: expected a sentence/],
    ['no word', { name: '!?' }, 422, /at least one word/],
    ['2,000 characters', { name: 'x'.repeat(2000) }, 422, /expected at most 120 characters, received 2000 characters/],
    ['a name that is taken', { name: 'ATRIAL FLUTTER with variable block' }, 422, /there is a label of that name/],
    ['a name of the bank', { name: 'atrial fibrillation' }, 422, /there is a label of that name/],
    ['a high priority', { name: 'pause', priority: 'high' }, 422, /medium \| low/],
    ['a threshold that is none', { name: 'pause', threshold: -1 }, 422, /threshold of a label cannot be used/],
    ['a field that is none', { name: 'pause', colour: 'red' }, 422, /colour/],
    ['too much at once', { name: 'pause', synonyms: Array.from({ length: 400 }, () => 'x'.repeat(200)) }, 413, /too large/],
  ])('is refused with a clear answer for %s', async (_, body, status, message) => {
    const answer = await ask('POST', '/labels', 'clinician', body);
    expect(answer).toMatchObject({ status, body: { code: 'LABEL_INVALID', message: expect.stringMatching(message) } });
  });

  it('of an unknown id, or of the model itself, is not changed', async () => {
    expect(await ask('PUT', '/labels/nothing', 'clinician', { name: 'x' })).toMatchObject({ status: 404, body: { code: 'LABEL_UNKNOWN' } });
    expect(await ask('DELETE', '/labels/sinus-rhythm', 'clinician', { reason: 'x' })).toMatchObject({ status: 422, body: { message: expect.stringContaining('came with the model') } });
    expect(await ask('DELETE', `/labels/${flutter.id}`, 'clinician', {})).toMatchObject({ status: 422, body: { message: expect.stringContaining('reason') } });
  });

  it('is explained: sentences near to the segment, and what each lead adds', async () => {
    const { status, body } = await ask<Explanation>('GET', `/explain?bed=bed-a&label=${flutter.id}`, 'viewer');
    expect(status).toBe(200);
    expect(body).toMatchObject({ bed: 'bed-a', label: flutter.id, source: 'statements' });
    expect(body.sentences).toHaveLength(5);
    expect(body.sentences.map(({ similarity }) => similarity)).toEqual(body.sentences.map(({ similarity }) => similarity).sort((a, b) => b - a));
    expect(body.leads.map(({ lead }) => lead).sort()).toEqual(['I', 'II', 'III', 'aVF', 'aVL', 'aVR']); // two limb leads give all six
    expect(body.leads.some(({ change }) => Math.abs(change) > 1e-3)).toBe(true);
    expect(await ask('GET', '/explain?bed=bed-a&label=nothing', 'viewer')).toMatchObject({ status: 404, body: { code: 'LABEL_UNKNOWN' } });
    expect(await ask('GET', '/explain?bed=bed-z', 'viewer')).toMatchObject({ status: 404, body: { code: 'HISTORY_QUERY' } });
    expect((await ask('GET', '/explain?bed=bed-a')).status).toBe(401);
  });

  it('may have any sentence beside it: past segments are found by it, each moment once', async () => {
    interface Found { segments: number; tookMs: number; results: { bed: string; epoch: number; atMs: number; similarity: number }[] }
    const search = (query: string): Promise<{ status: number; body: Found }> => ask<Found>('GET', `/search?${query}`, 'viewer');
    const { status, body } = await search('text=normal%20sinus%20rhythm&bed=bed-a');
    expect(status).toBe(200);
    expect(body.segments).toBeGreaterThan(0);
    expect(body.results[0]).toMatchObject({ bed: 'bed-a', epoch: 1, similarity: expect.any(Number) });
    expect((await search('text=sinus&bed=bed-z')).body).toMatchObject({ segments: 0, results: [] });
    expect((await search('text=sinus&to=2020-01-01T00:00:00Z')).body).toMatchObject({ segments: 0 });
    expect((await ask('GET', '/search?text=', 'viewer'))).toMatchObject({ status: 400, body: { code: 'COMMAND_INVALID', message: expect.stringContaining('a sentence') } });
    expect((await ask('GET', '/search?text=x')).status).toBe(401);
  });

  it('is there after a restart, scored with the first segment', async () => {
    feeds.forEach((each) => each.stop());
    await server.close();
    server = await start();
    expect(await labels()).toContainEqual(flutter);
    await feedAll();
    for (const bed of BEDS) expect(scoredAt(bed, flutter.id)).toEqual(expect.any(Number));
  });

  it('and what was scored before the restart is searched, with its epoch, and explained from its stored samples', async () => {
    const to = Date.now() - server.ward.bed('bed-a')!.counters.frames * 100; // before this feed's first frame
    const { body } = await ask<{ results: { epoch: number; atMs: number }[] }>('GET', `/search?text=sinus%20rhythm&bed=bed-a&to=${to}`, 'viewer');
    expect(body.results[0]?.epoch).toBe(1);
    const explained = await ask<Explanation>('GET', `/explain?bed=bed-a&at=${body.results[0]!.atMs}`, 'viewer');
    expect(explained).toMatchObject({ status: 200, body: { bed: 'bed-a', atMs: body.results[0]!.atMs } });
    expect(explained.body.leads).toHaveLength(6);
  });

  it('is armed after a look at history, alarms, is not changed while armed, and ends with a reason when it is deleted', async () => {
    const alerts = await subscribeToAlerts(server.url, {}, TOKENS.viewer);
    const sinus = (await ask<LabelView>('POST', '/labels', 'clinician', { name: 'normal sinus rhythm', synonyms: ['sinus rhythm'] })).body;
    const terms = { threshold: 0, dwellMs: 2000, priority: 'low' };
    // A threshold of 0 that every sinus rhythm should reach: what is tested is the way of the alarm, not the model.
    const lowest = Math.min(...BEDS.map((bed) => scoredAt(bed, sinus.id)!));
    expect(lowest).toBeGreaterThan(0);
    const looked = await vi.waitFor(async () => {
      const answer = await ask<{ label: LabelView; history: { hours: number; beds: number } }>('POST', `/labels/${sinus.id}/arm`, 'clinician', { ...terms, dryRun: true });
      expect(answer.body.history.beds).toBe(BEDS.length); // written to the history once a second
      return answer;
    }, { timeout: 20_000, interval: 250 });
    expect(looked).toMatchObject({ status: 200, body: { label: { armed: false } } });
    expect((await ask('POST', `/labels/${sinus.id}/arm`, 'clinician', terms)).body).toMatchObject({ message: expect.stringContaining('needs a reason') });
    const armed = await ask<{ label: LabelView }>('POST', `/labels/${sinus.id}/arm`, 'clinician', { ...terms, reason: 'test' });
    expect(armed).toMatchObject({ status: 200, body: { label: { armed: true, alarm: { threshold: 0, dwellMs: 2000, priority: 'low' } } } });
    const condition = `finding:${sinus.id}`;
    const raised = await alerts.next(({ data }) => data.condition === condition && data.bed === 'bed-a');
    expect(raised.data).toMatchObject({ priority: 'low', state: 'active', source: { kind: 'model', label: sinus.id, text: sinus.prompts } });
    expect((await ask('PUT', `/labels/${sinus.id}`, 'clinician', { name: 'other' })).body).toMatchObject({ message: expect.stringContaining('disarmed') });

    expect((await ask('DELETE', `/labels/${sinus.id}`, 'clinician', { reason: 'only a test' })).status).toBe(204);
    const ended = await alerts.next(({ data }) => data.condition === condition && data.bed === 'bed-a' && data.state === 'cleared');
    expect(ended.data.cause).toContain('only a test');
    expect(server.desk.alarmsOf('bed-a').map((alarm) => alarm.condition)).not.toContain(condition);
    await vi.waitFor(() => { // a slow disk is waited for by nobody else
      const ledger = readFileSync(join(stateDirectory, 'alarms.jsonl'), 'utf8').split('\n').filter((line) => line.includes('"withdraw"') && line.includes(sinus.id));
      expect(ledger[0]).toContain('only a test');
      expect(ledger[0]).toContain('a clinician');
    }, { timeout: 20_000, interval: 100 });
    alerts.close();
  });

  it('leaves who did what, and why', async () => {
    const audit = readFileSync(join(stateDirectory, 'labels-audit.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { who: string; what: string; role: string; reason: string });
    expect([...new Set(audit.map(({ who, what, reason }) => `${who}: ${what} ${reason}`.trim()))]).toEqual(['a clinician: create', 'a clinician: arm test', 'a clinician: delete only a test']);
    expect(audit.every(({ role }) => role === 'clinician')).toBe(true);
  });
});
