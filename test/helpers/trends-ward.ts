/** The real server on a bed with a past and a feed, and a browser to look at its trends with. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { ConfigInput } from '../../config.ts';
import { stepOf } from '../../ecg/simulator/course.ts';
import { EmbeddedStore } from '../../stream/history/embedded/store.ts';
import { launchBrowser } from './browser.ts';
import { feed, simulatedRecord } from './feeding.ts';
import { pastScores, type PastScores } from './past-scores.ts';
import { startTestServer, type TestServer } from './running-server.ts';

export interface TrendsWard {
  readonly server: TestServer;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** @param past of the bed, which is then fed for four minutes @param overrides of the server's configuration */
export async function startTrendsWard(past: PastScores, overrides: Partial<ConfigInput> = {}): Promise<TrendsWard> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'leadwatch-trends-'));
  const store = await EmbeddedStore.open({ directory: join(stateDirectory, 'history') });
  for (const batch of pastScores(past)) await store.append(batch);
  await store.close();
  const server = await startTestServer({ ...overrides, stateDirectory });
  const bed = feed(simulatedRecord([stepOf('sinus')], 240), server.url, { bed: past.bed });
  const browser = await launchBrowser();
  return {
    server, browser,
    async close() {
      await browser.close();
      bed.stop();
      await server.close();
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
}
