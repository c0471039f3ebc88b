/** The shipped model on a real line, and what happens to the ward when it dies. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { annotatedAt, excerpt, feed, flatFrom, mitdb, simulatedRecord } from '../helpers/feeding.ts';
import { itOnRecordingsOrSimulator } from '../helpers/recordings.ts';
import { startTestServer, subscribeToAlerts, type TestServer } from '../helpers/running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ model: 'models/shipped/manifest.json', executionProvider: 'cpu' });
});
afterAll(() => server?.remove());

const health = async (): Promise<{ executionProvider: string; model: string; inference: { encoderRestarts: number } }> =>
  (await fetch(`${server.url}/health`)).json() as never;

/** Processes whose parent is this one and that run the encoder. */
const encoderProcesses = (): number[] => execFileSync('pgrep', ['-P', String(process.pid), '-f', 'encoder-process'], { encoding: 'utf8' }).trim().split('\n').map(Number);

describe('the shipped model', () => {
  itOnRecordingsOrSimulator('finds ventricular beats in MIT-BIH 119 by sentence alone, among its first five findings', ['mitdb'], async (source) => {
    const record = source === 'recording' ? excerpt(await mitdb('119'), (await annotatedAt('119', 'V', 5)) - 2, 40)
      : simulatedRecord([{ rhythm: 'pvc-runs', seconds: 60 }], 40);
    const bed = feed(record, server.url, { bed: 'bed-pvc' });
    await vi.waitFor(() => {
      const found = server.ward.bed('bed-pvc')?.findings.slice(0, 5).map(({ label }) => label) ?? [];
      expect(found).toContain('ventricular-premature-beats');
    }, { timeout: 30_000, interval: 200 });
    expect(await health()).toMatchObject({ executionProvider: 'cpu', model: expect.stringMatching(/^[a-z-]+@[0-9a-f]{8}$/) });
    bed.stop();
  }, 60_000);

  it('may be killed: asystole is raised in time all the same, and the model comes back by itself', async () => {
    const subscriber = await subscribeToAlerts(server.url);
    const bed = feed(flatFrom(simulatedRecord([{ rhythm: 'sinus', seconds: 60 }], 40), 12), server.url, { bed: 'bed-flat' });
    await vi.waitFor(() => expect(server.ward.bed('bed-flat')?.counters.scored).toBeGreaterThan(0), { timeout: 20_000, interval: 50 });
    for (const pid of encoderProcesses()) process.kill(pid, 'SIGKILL');
    const alarm = await subscriber.next(({ data }) => data.bed === 'bed-flat' && data.condition === 'asystole');
    expect(alarm.receivedAtMs - alarm.data.onsetMs).toBeLessThan(5000);
    await vi.waitFor(async () => {
      const { executionProvider, inference } = await health();
      expect(executionProvider).toBe('cpu');
      expect(inference.encoderRestarts).toBe(1);
    }, { timeout: 20_000, interval: 100 });
    bed.stop();
    subscriber.close();
  }, 60_000);
});
