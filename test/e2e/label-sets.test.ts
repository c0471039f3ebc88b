/** Label sets chosen on a running server: every bed judged anew from what it has, alarms that go ended with a reason, kept across a restart. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ChosenSet, LabelSetsView } from '../../stream/labels/label-sets.ts';
import type { LabelView } from '../../stream/labels/label-view.ts';
import { launchBrowser, openPage, untilLive } from '../helpers/browser.ts';
import { feed, simulatedRecord, type Feeding } from '../helpers/feeding.ts';
import { startTestServer, subscribeToAlerts, type TestServer } from '../helpers/running-server.ts';

// A restart embeds the set's sentences in a process of its own, which a busy machine takes its time over.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const TOKENS = { viewer: 'the-token-of-a-viewer', clinician: 'the-token-of-a-clinician' } as const;
type Role = keyof typeof TOKENS;
const stateDirectory = mkdtempSync(join(tmpdir(), 'leadwatch-sets-'));
const start = (): Promise<TestServer> => startTestServer({
  stateDirectory, model: 'models/shipped/manifest.json', executionProvider: 'cpu',
  access: { pageTokens: Object.entries(TOKENS).map(([role, token]) => ({ token, role: role as Role, name: `a ${role}` })) } });

let server: TestServer;
let bed: Feeding;
const feedBed = async (): Promise<void> => {
  bed = feed(simulatedRecord([{ rhythm: 'sinus', seconds: 300 }], 120, 7), server.url, { bed: 'bed-a' });
  await vi.waitFor(() => expect(server.ward.bed('bed-a')?.findingsMs).toBeDefined(), { timeout: 60_000, interval: 50 });
};
beforeAll(async () => {
  server = await start();
  await feedBed();
});
afterAll(async () => {
  bed?.stop();
  await server?.close();
  rmSync(stateDirectory, { recursive: true });
});

async function ask<T = { code?: string; message?: string }>(method: string, path: string, role?: Role, body?: object): Promise<{ status: number; body: T }> {
  const response = await fetch(`${server.url}${path}`, {
    method, headers: { ...(role && { authorization: `Bearer ${TOKENS[role]}` }), ...(body && { 'content-type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) }) });
  return { status: response.status, body: await response.json() as T };
}
const choose = (set: string | null, reason = 'only a test'): Promise<{ status: number; body: ChosenSet }> => ask<ChosenSet>('PUT', '/label-sets/active', 'clinician', { set, reason });
const sets = async (): Promise<LabelSetsView> => (await ask<LabelSetsView>('GET', '/label-sets', 'viewer')).body;
const labelOf = async (id: string): Promise<LabelView | undefined> => (await ask<{ labels: LabelView[] }>('GET', '/labels', 'viewer')).body.labels.find((label) => label.id === id);
const shown = (): string[] => server.ward.bed('bed-a')!.findings.map(({ label }) => label);

it('a viewer sees which there are, a clinician chooses, and only of those', async () => {
  expect(await sets()).toMatchObject({ active: null, sets: expect.arrayContaining([{ set: 'ptb-xl-rhythm', description: expect.stringContaining('12 rhythm'), labels: 12 }]) });
  expect((await ask('GET', '/label-sets')).status).toBe(401);
  expect((await ask('PUT', '/label-sets/active', 'viewer', { set: null, reason: 'x' })).status).toBe(403);
  expect(await ask('PUT', '/label-sets/active', 'clinician', { set: '../../etc/passwd', reason: 'x' })).toMatchObject({ status: 422, body: { code: 'LABEL_INVALID', message: expect.stringContaining('ptb-xl-form') } });
  expect(await ask('PUT', '/label-sets/active', 'clinician', { set: 'monitoring' })).toMatchObject({ status: 422, body: { message: expect.stringContaining('reason') } });
  expect((await sets()).active).toBeNull();
});

it('another set is in force at the answer, from the embedding that is there; alarms of labels that go end, with who and why', async () => {
  const alerts = await subscribeToAlerts(server.url, {}, TOKENS.viewer);
  // A threshold of 0 that every sinus rhythm should reach: what is tested is the way of the alarm, not the model.
  expect((await ask('POST', '/labels/sinus-rhythm/arm', 'clinician', { threshold: 0, dwellMs: 2000, priority: 'low', reason: 'to be ended' })).status).toBe(200);
  await alerts.next(({ data }) => data.condition === 'finding:sinus-rhythm' && data.state === 'active');

  const { status, body } = await choose('ptb-xl-form');
  expect(status).toBe(200);
  expect(body).toMatchObject({ active: 'ptb-xl-form', lostAlarms: expect.arrayContaining(['sinus-rhythm', 'atrial-fibrillation']) });
  expect(body.labels + body.leftOut).toBe(19);
  // At the very answer: no segment is waited for.
  expect(shown()).toContain('st-depression');
  expect(shown()).not.toContain('sinus-rhythm');
  const ended = await alerts.next(({ data }) => data.condition === 'finding:sinus-rhythm' && data.state === 'cleared');
  expect(ended.data.cause).toMatch(/ptb-xl-form.*only a test \(a clinician\)/);
  await vi.waitFor(() => {
    const ledger = readFileSync(join(stateDirectory, 'alarms.jsonl'), 'utf8').split('\n').filter((line) => line.includes('"withdraw"') && line.includes('sinus-rhythm'));
    expect(ledger[0]).toContain('only a test');
  }, { timeout: 20_000, interval: 100 });
  alerts.close();
});

it('is in force after a restart; back with the model\'s labels, its own alarm is there and the armed one is not armed again', async () => {
  bed.stop();
  await server.close();
  server = await start();
  expect((await sets()).active).toBe('ptb-xl-form');
  await feedBed();
  expect(shown()).toContain('st-depression');
  expect(await labelOf('sinus-rhythm')).toBeUndefined();

  expect((await choose(null, 'back')).body).toMatchObject({ active: null, leftOut: 0, lostAlarms: [] });
  expect(shown()).toContain('sinus-rhythm');
  expect(await labelOf('sinus-rhythm')).toMatchObject({ armed: false });
  expect(await labelOf('atrial-fibrillation')).toMatchObject({ armed: true });
  const audit = readFileSync(join(stateDirectory, 'labels-audit.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { who: string; what: string; label: string; reason: string });
  expect(audit.filter(({ what }) => what === 'choose-set').map(({ who, label, reason }) => `${who}: ${label}, ${reason}`)).toEqual(['a clinician: ptb-xl-form, only a test', 'a clinician: (model), back']);
});

it('is chosen on the page, with a reason, in the dialog of the labels', async () => {
  const browser = await launchBrowser();
  const { page, complaints } = await openPage(browser, server.url);
  try {
    await page.locator('[data-dialog="token"] input').fill(TOKENS.clinician);
    await page.keyboard.press('Enter');
    await untilLive(page, 'bed-a', true, 30_000);
    await page.keyboard.press('e');
    const dialog = page.locator('[data-dialog="labels"]');
    await dialog.getByText('Labels of the model itself').click();
    const choice = dialog.locator('.label-set select');
    await choice.selectOption('ptb-xl-rhythm');
    await dialog.getByLabel('Reason').fill('rhythms only');
    await dialog.getByRole('button', { name: 'Put in force' }).click();
    await vi.waitFor(async () => expect((await sets()).active).toBe('ptb-xl-rhythm'), { timeout: 30_000, interval: 100 });
    // Loaded anew: nothing is left to give a reason for.
    await dialog.getByRole('button', { name: 'Put in force' }).waitFor({ state: 'detached' });
    expect(await choice.inputValue()).toBe('ptb-xl-rhythm');
    // Before the token was given the server said no: nothing else may have gone wrong.
    expect(complaints.filter((complaint) => !/401|403/.test(complaint))).toEqual([]);
  } finally {
    await browser.close();
  }
});
