/** Models swapped over HTTP on a real server while it scores: nothing goes missing, nothing unfit is let in, every alarm given up is ended. */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { encodeFrame } from '../../ecg/frame.ts';
import { loadManifest } from '../../models/manifest.ts';
import { parseHello } from '../../stream/feed/feed.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';
import { weights, writeTinyModel } from '../helpers/tiny-model.ts';

const TOKENS = { viewer: 'the-token-of-a-viewer', clinician: 'the-token-of-a-clinician', engineer: 'the-token-of-an-engineer' } as const;
const FS = 100;
const first = writeTinyModel({ dimension: 16, labels: 3, armed: 2 });
const second = writeTinyModel({ dimension: 24, labels: 4, armed: 2 });
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    model: first, modelsDirectory: tmpdir(), executionProvider: 'cpu',
    access: { pageTokens: Object.entries(TOKENS).map(([role, token]) => ({ token, role: role as keyof typeof TOKENS, name: `a ${role}` })) } });
});
afterAll(() => server?.remove());

async function swap(body: object, role?: keyof typeof TOKENS): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${server.url}/model`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...(role && { authorization: `Bearer ${TOKENS[role]}` }) }, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() as Record<string, unknown> };
}
const health = async (): Promise<{ model: string; manifestSha256: string; inference: { swaps: number; queueDepth: number } }> => (
  (await fetch(`${server.url}/health`, { headers: { authorization: `Bearer ${TOKENS.viewer}` } })).json() as never);

/** A bed that is handed its samples by the test. */
function bedOf(bed: string, seed: number) {
  const hello = parseHello({ version: 1, bed, source: 'simulator', device: 'test', samplingFrequencyHz: FS, leads: ['II', 'V1'], adcGain: [1000, 1000], baseline: [0, 0] }, 'test');
  const session = server.ward.connect(hello, (error) => expect.fail(error.message));
  let sequence = 0;
  return {
    send(seconds: number): void {
      const samples = [0, 1].map((lead) => Int16Array.from(weights(seconds * FS, 1000 * seed + 2 * sequence + lead), (value) => 400 * value));
      const sampleIndex = sequence * seconds * FS;
      session.push(encodeFrame({ sequence: sequence++, sampleIndex, deviceTimeMs: Date.now(), samples }));
    },
    end: () => session.end(),
    get counters() {
      return server.ward.bed(bed)!.counters;
    },
  };
}

it('only an engineer may, and only from the models directory', async () => {
  expect((await swap({ manifest: second })).status).toBe(401);
  expect((await swap({ manifest: second }, 'clinician')).status).toBe(403);
  expect(await swap({ manifest: '/etc/manifest.json' }, 'engineer')).toMatchObject({ status: 422, body: { code: 'MODEL_MANIFEST' } });
  expect(await swap({ manifest: join(tmpdir(), '..', 'manifest.json') }, 'engineer')).toMatchObject({ status: 422, body: { code: 'MODEL_MANIFEST' } });
  expect(await swap({}, 'engineer')).toMatchObject({ status: 422, body: { code: 'COMMAND_INVALID' } });
  expect((await health()).inference.swaps).toBe(0);
});

it('what does not fit is refused in words and leaves the model in service', async () => {
  const damaged = writeTinyModel({ dimension: 24, labels: 3, armed: 2 });
  writeFileSync(join(dirname(damaged), 'encoder.onnx'), 'something else');
  const mixed = writeTinyModel({ dimension: 24, labels: 3, armed: 2, manifest: { embeddingDimension: 16 } });
  const refusals: [manifest: string, code: string, words: RegExp][] = [
    [join(dirname(second), 'no-such-manifest.json'), 'MODEL_MANIFEST', /no model manifest could be read/],
    [damaged, 'MODEL_CHECKSUM', /encoder\.onnx is not the file the manifest names: expected [0-9a-f]{64}/],
    [writeTinyModel({ armed: 2, manifest: { samplingFrequencyHz: 250 } }), 'MODEL_MISMATCH', /sampling frequency differs: expected 100 Hz, received 250 Hz/],
    [writeTinyModel({ armed: 2, manifest: { leads: ['II', 'I', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'] } }), 'MODEL_MISMATCH', /leads differs: expected I, II/],
    [mixed, 'MODEL_MISMATCH', /another dimension than the encoder: expected 16, received 24/],
    [writeTinyModel({ armed: 2, encoderBytes: Uint8Array.of(1, 2, 3) }), 'ENCODER_UNAVAILABLE', /no execution provider could load/],
    [writeTinyModel({ dimension: 24, labels: 3, armed: 1 }), 'MODEL_SWAP', /would be lost: expected .*acceptLostAlarms, received no alarm for label-1/],
  ];
  for (const [manifest, code, words] of refusals) {
    const { status, body } = await swap({ manifest }, 'engineer');
    expect({ status, code: body['code'] }, manifest).toEqual({ status: 422, code });
    expect(body['message']).toMatch(words);
  }
  expect(await health()).toMatchObject({ model: loadManifest(first).id, inference: { swaps: 0 } });
});

it('under load no segment fails or goes missing; /health tells the model in service', async () => {
  const beds = Array.from({ length: 4 }, (_, i) => bedOf(`bed-${i}`, i + 1));
  const [one, two] = [first, second].map((manifest) => loadManifest(manifest));
  const before = beds.map(({ counters }) => ({ ...counters.unscored, scored: counters.scored }));
  let steps = 0;
  const step = async (): Promise<void> => {
    for (const bed of beds) bed.send(2);
    steps++;
    await vi.waitFor(async () => expect((await health()).inference.queueDepth).toBeLessThan(32), { timeout: 20_000, interval: 5 });
  };
  // Samples as fast as they are scored, for as long as a model is being swapped.
  for (const [manifest, { id, sha256 }] of [[second, two!], [first, one!]] as const) {
    let swapped = false;
    const answer = swap({ manifest }, 'engineer').finally(() => (swapped = true));
    for (let i = 0; i < 6 || (!swapped && i < 1000); i++) await step();
    expect(await answer).toMatchObject({ status: 200, body: { replaced: 'model', lostAlarms: [], model: id, manifestSha256: sha256 } });
    expect(await health()).toMatchObject({ model: id, manifestSha256: sha256 });
  }
  const segments = steps - 4; // the first ten seconds are five steps
  await vi.waitFor(() => {
    for (const [i, { counters }] of beds.entries()) {
      const [was, { unscored }] = [before[i]!, counters];
      expect({ failed: unscored.failed - was.failed, overload: unscored.overload - was.overload, quality: unscored.quality - was.quality }).toEqual({ failed: 0, overload: 0, quality: 0 });
      // On a busy machine some may be too late; each is answered all the same.
      expect(counters.scored - was.scored + unscored.stale - was.stale).toBe(segments);
    }
  }, { timeout: 20_000, interval: 20 });
  expect(one!.id).not.toBe(two!.id);
  for (const bed of beds) bed.end();
}, 120_000);

it('with the same encoder only the labels are replaced, and alarms that are given up end in the ledger, with who and why', async () => {
  const relabelled = writeTinyModel({ dimension: 16, labels: 5, armed: 1 });
  expect(loadManifest(relabelled).manifest.encoder.sha256).toBe(loadManifest(first).manifest.encoder.sha256);
  await swap({ manifest: first }, 'engineer');
  const bed = bedOf('bed-armed', 99);
  for (let step = 0; step < 6; step++) bed.send(2);
  const raised = (): string[] => server.desk.alarmsOf('bed-armed').map(({ condition }) => condition).filter((condition) => condition.startsWith('finding:')).sort();
  await vi.waitFor(() => expect(raised()).toEqual(['finding:label-0', 'finding:label-1']), { timeout: 20_000, interval: 20 });
  expect(await swap({ manifest: relabelled, acceptLostAlarms: true }, 'engineer')).toMatchObject({
    status: 200, body: { model: loadManifest(first).id, replaced: 'labels', lostAlarms: ['label-1'], manifestSha256: loadManifest(relabelled).sha256 } });
  await vi.waitFor(() => expect(raised()).toEqual(['finding:label-0']), { timeout: 20_000, interval: 20 });
  await vi.waitFor(() => expect(ledgerText()).toMatch(/a engineer.*does not raise it.*finding:label-1/), { timeout: 20_000, interval: 50 });
  bed.end();
});

const ledgerText = (): string => readFileSync(join(server.stateDirectory, 'alarms.jsonl'), 'utf8');
