/** Slow-loris and connection floods: the beds go on as if nothing had happened, and the attackers are shown the door. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { besiege } from '../bench/feeds-siege.ts';
import { feed, simulatedRecord, type Feeding } from '../helpers/feeding.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const PER_ADDRESS = 20;
const ATTEMPTS = 400;
let server: TestServer;
const beds: Feeding[] = [];
beforeAll(async () => {
  server = await startTestServer({ connections: { perAddress: PER_ADDRESS, handshakeMs: 2000 } });
  for (const bed of ['bed-1', 'bed-2', 'bed-3']) beds.push(feed(simulatedRecord([{ rhythm: 'sinus', seconds: 400 }], 400), server.url, { bed }));
  await vi.waitFor(() => expect(beds.map((_, i) => server.ward.bed(`bed-${i + 1}`)?.live)).toEqual([true, true, true]), { timeout: 20_000 });
});
afterAll(async () => {
  for (const bed of beds) bed.stop();
  await server?.remove();
});

it('attempts by the hundred from one address hold no more connections than it may, for no longer than a handshake lasts', async () => {
  const frames = server.ward.bed('bed-1')!.counters.frames;
  const siege = await besiege(Number(new URL(server.url).port), ATTEMPTS);
  const { connections } = (await (await fetch(`${server.url}/health`)).json()) as { connections: { http: { open: number; refusedAddress: number } } };
  expect(connections.http.open).toBeLessThanOrEqual(PER_ADDRESS + 10);
  expect(connections.http.refusedAddress).toBeGreaterThan(0);
  // A device from elsewhere connects in the middle of it.
  const late = feed(simulatedRecord([{ rhythm: 'sinus', seconds: 60 }], 60), server.url, { bed: 'bed-4' });
  await vi.waitFor(() => expect(server.ward.bed('bed-4')?.live).toBe(true), { timeout: 20_000 });
  late.stop();
  // Silence and dribbled headers end with the handshake's time, a WebSocket without hello with its own.
  await vi.waitFor(() => expect(siege.open()).toBe(0), { timeout: 60_000, interval: 250 });
  siege.end();
  await vi.waitFor(() => expect(server.ward.bed('bed-1')!.counters.frames).toBeGreaterThan(frames + 10), { timeout: 20_000 });
  for (const bed of ['bed-1', 'bed-2', 'bed-3']) {
    await vi.waitFor(() => expect(server.ward.bed(bed)!.live).toBe(true), { timeout: 20_000 });
    expect(server.ward.bed(bed)).toMatchObject({ epoch: 1, counters: { gaps: 0, missingSamples: 0, refused: 0, faults: 0 } });
  }
}, 120_000);
