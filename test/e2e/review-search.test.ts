/** A past run of ventricular tachycardia, found by its name on the real server with the shipped model, and gone to by click. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import type { SearchAnswer } from '../../dashboard/client/review/history-client.ts';
import { launchBrowser, openPage } from '../helpers/browser.ts';
import { annotatedAt, excerpt, feed, mitdb, simulatedRecord, type Feeding } from '../helpers/feeding.ts';
import { itOnRecordingsOrSimulator } from '../helpers/recordings.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const BED = 'bed-vt';
const SENTENCE = 'ventricular tachycardia';
/** The run begins here, s; what is fed ends there. */
const BEFORE_S = 24;
const FED_S = 46;
/** Segments of ten seconds end every two. */
const SEGMENT_S = 10;

let server: TestServer;
let browser: Browser;
let feeding: Feeding | undefined;
beforeAll(async () => {
  server = await startTestServer({ model: 'models/shipped/manifest.json', executionProvider: 'cpu' });
  browser = await launchBrowser();
});
afterAll(async () => {
  feeding?.stop();
  await browser?.close();
  await server?.remove();
});

describe('the review', () => {
  itOnRecordingsOrSimulator('finds a past VT by text (MIT-BIH 223) and goes there', ['mitdb'], async (source) => {
    const record = source === 'recording'
      ? excerpt(await mitdb('223'), (await annotatedAt('223', '(VT')) - BEFORE_S, FED_S) // 55 s of it
      : simulatedRecord([{ rhythm: 'sinus', seconds: BEFORE_S }, { rhythm: 'vt', seconds: FED_S - BEFORE_S }], FED_S);
    const startedMs = Date.now();
    feeding = feed(record, server.url, { bed: BED });
    const search = async (): Promise<SearchAnswer> => (await fetch(`${server.url}/search?bed=${BED}&text=${encodeURIComponent(SENTENCE)}`)).json() as Promise<SearchAnswer>;
    const expected = Math.floor((FED_S - SEGMENT_S) / 2) - 1;
    await vi.waitFor(async () => expect((await search()).segments).toBeGreaterThanOrEqual(expected), { timeout: 90_000, interval: 1000 });

    const { page, complaints, close } = await openPage(browser, `${server.url}/#review/${BED}`, { viewport: { width: 1600, height: 900 } });
    await page.waitForSelector('.review-row[data-kind="feed"]', { timeout: 30_000 });
    await page.keyboard.press('/');
    await page.keyboard.type(SENTENCE);
    await page.keyboard.press('Enter');
    const first = page.locator('[data-found]').first();
    await first.waitFor({ timeout: 30_000 });
    const endMs = Number(await first.getAttribute('data-found'));
    // The nearest of all segments is one that the run fills, but for what the feed took to begin.
    expect((endMs - startedMs) / 1000).toBeGreaterThan(BEFORE_S + SEGMENT_S - 2);
    await page.waitForSelector('[data-found] .mini-strip[data-state="drawn"]', { timeout: 30_000 });
    await first.click();
    const middle = new Date(endMs - (SEGMENT_S * 1000) / 2).toTimeString().slice(0, 8);
    await page.waitForFunction((time) => document.querySelector('.review-moment-title')!.textContent!.includes(time), middle, { timeout: 30_000 });
    expect(new URL(page.url()).hash).toBe(`#review/${BED}`);
    expect(complaints).toEqual([]);
    await close();
  }, 180_000);
});
