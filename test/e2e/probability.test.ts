/** What a bank with probabilities changes for who looks at a running server, and what one without leaves as it was. */
import { tmpdir } from 'node:os';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { BedNumerics, WardSnapshot } from '../../dashboard/wire.ts';
import type { LabelBankFile } from '../../models/label-bank.ts';
import type { LabelView } from '../../stream/labels/label-view.ts';
import { feed, simulatedRecord, type Feeding } from '../helpers/feeding.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';
import { writeTinyModel } from '../helpers/tiny-model.ts';

vi.setConfig({ testTimeout: 60_000 });

const TOKEN = 'the-token-of-an-engineer';
const PROBABILITY = { statements: ['AFIB'], positives: 151, records: 2183 };
/** Of label-0 always nearly certain or nearly excluded, whatever the segment. */
const bankWhere = (offset: number) => (bank: LabelBankFile): LabelBankFile => ({
  ...bank, probabilitiesFittedOn: 'ECGs made up for a test', abstention: { probability: 0.5, chosenOn: 'nothing' },
  labels: bank.labels.map((label, i) => (i === 0 ? { ...label, probability: { ...PROBABILITY, slope: 0.001, offset } } : label)) });
const models = { unlikely: writeTinyModel({ bank: bankWhere(-4) }), likely: writeTinyModel({ bank: bankWhere(4) }), before: writeTinyModel() };

let server: TestServer;
let bed: Feeding;
beforeAll(async () => {
  server = await startTestServer({
    model: models.unlikely, modelsDirectory: tmpdir(), executionProvider: 'cpu', access: { pageTokens: [{ token: TOKEN, role: 'engineer', name: 'an engineer' }] } });
  bed = feed(simulatedRecord([{ rhythm: 'sinus', seconds: 120 }], 120), server.url, { bed: 'bed-a' });
  await vi.waitFor(() => expect(server.ward.bed('bed-a')?.findingsMs).toBeDefined(), { timeout: 30_000, interval: 50 });
});
afterAll(async () => {
  bed?.stop();
  await server?.remove();
});

/** A page's snapshot and the bed's next numerics. */
async function looking(): Promise<{ model: WardSnapshot['model']; numerics: BedNumerics }> {
  const page = io(`${server.url}/ward`, { transports: ['websocket'], forceNew: true, auth: { token: TOKEN } });
  const model = new Promise<WardSnapshot['model']>((resolve) => page.once('snapshot', (snapshot: WardSnapshot) => resolve(snapshot.model)));
  const numerics = new Promise<BedNumerics>((resolve) => page.on('numerics', (all: BedNumerics[]) => all.forEach((each) => each.bed === 'bed-a' && resolve(each))));
  const seen = { model: await model, numerics: await numerics };
  page.close();
  return seen;
}
async function swap(manifest: string): Promise<void> {
  const response = await fetch(`${server.url}/model`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` }, body: JSON.stringify({ manifest }) });
  expect(response.status).toBe(200);
}
const findingOf = ({ findings }: BedNumerics, label: string) => findings.find((finding) => finding.label === label);

it('a finding has its probability where its label has one, the page is told on what it was fitted, and the label of how many', async () => {
  const { model, numerics } = await looking();
  expect(model.probabilitiesFittedOn).toBe('ECGs made up for a test');
  expect(findingOf(numerics, 'label-0')!.probability).toBeCloseTo(0.018, 2);
  expect(findingOf(numerics, 'label-1')).not.toHaveProperty('probability');
  const { labels } = await (await fetch(`${server.url}/labels`, { headers: { authorization: `Bearer ${TOKEN}` } })).json() as { labels: LabelView[] };
  expect(labels.map(({ probability }) => probability)).toEqual([{ ...PROBABILITY, slope: 0.001, offset: -4 }, null, null, null, null]);
});

it('a bed whose segment is like no label says so, and no longer once one is probable', async () => {
  expect((await looking()).numerics.abstained).toBe(true);
  await swap(models.likely);
  const { numerics } = await looking();
  expect(findingOf(numerics, 'label-0')!.probability).toBeCloseTo(0.982, 2);
  expect(numerics).not.toHaveProperty('abstained');
});

it('a bank of before gives scores alone', async () => {
  await swap(models.before);
  const { model, numerics } = await looking();
  expect(model).not.toHaveProperty('probabilitiesFittedOn');
  expect(numerics).not.toHaveProperty('abstained');
  expect(numerics.findings.length).toBeGreaterThan(0);
  for (const finding of numerics.findings) expect(finding).not.toHaveProperty('probability');
});
