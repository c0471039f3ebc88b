/** A tab that was hidden, or a laptop that slept: on return the page shows now, and does not play back what it missed. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openPage, stripPixels, traceRows, untilLive } from '../helpers/browser.ts';
import { startPageWard, type PageWard } from '../helpers/page-ward.ts';

const AWAY_MS = 5000;
const MM = 96 / 25.4;

let browser: Browser;
let ward: PageWard;
beforeAll(async () => {
  browser = await launchBrowser();
  // A wave without a pause: every column that is drawn of it has the trace in it.
  ward = await startPageWard({ beds: 1, leads: ['II'], samplingFrequencyHz: 250, signal: (seconds) => 500 * Math.sin(seconds * 2 * Math.PI) });
});
afterAll(async () => {
  await browser?.close();
  await ward?.close();
});

describe('a page that was frozen', () => {
  it('sweeps on at the speed of the paper with live samples under the head', async () => {
    const { page, complaints, close } = await openPage(browser, ward.url, { viewport: { width: 1800, height: 420 } });
    await untilLive(page, 'bed-1');
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    await cdp.send('Page.setWebLifecycleState', { state: 'active' });
    await untilLive(page, 'bed-1');
    await page.waitForTimeout(1000);
    const drawn = await page.evaluate(() => performance.now());
    const before = await stripPixels(page, 'bed-1');
    await page.waitForTimeout(500);
    const after = await stripPixels(page, 'bed-1');
    const seconds = ((await page.evaluate(() => performance.now())) - drawn) / 1000;
    const [rowsBefore, rowsAfter] = [traceRows(before), traceRows(after)];
    // Where a trace is now and was none, or another one, before: what was swept in the meantime.
    const swept = [...rowsAfter].filter((row, x) => !Number.isNaN(row) && !(Math.abs(row - rowsBefore[x]!) < 0.5)).length;
    expect(swept).toBeGreaterThan(0.3 * seconds * 25 * MM);
    expect(swept).toBeLessThan(1.5 * seconds * 25 * MM + 20);
    expect(complaints).toEqual([]);
    await close();
  }, 60_000);
});
