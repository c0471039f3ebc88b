/** A ward on screens that are too small for it: what may give way, and what may not. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { STANDARD_LEADS } from '../../ecg/leads.ts';
import { launchBrowser, openPage, stripPixels, traceRows, untilAlarm } from '../helpers/browser.ts';
import { feed, flatFrom, simulatedRecord, type Feeding } from '../helpers/feeding.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const LONG = 'bay-3-window-side-isolation-bed';
const sinus = simulatedRecord([{ rhythm: 'sinus', seconds: 600 }], 300);

let server: TestServer;
let browser: Browser;
let feeds: Feeding[];
beforeAll(async () => {
  server = await startTestServer();
  const beds = [LONG, ...Array.from({ length: 15 }, (_, i) => `bed-${i + 2}`)];
  // Twelve leads bring the choice of their layout into the head of the bed.
  const twelve = { ...sinus, leads: STANDARD_LEADS, adu: STANDARD_LEADS.map(() => sinus.adu[0]!), adcGain: STANDARD_LEADS.map(() => 1000), baseline: STANDARD_LEADS.map(() => 0) };
  feeds = beds.map((bed) => feed(bed === LONG ? flatFrom(sinus, 4) : bed === 'bed-2' ? twelve : sinus, server.url, { bed }));
  browser = await launchBrowser();
});
afterAll(async () => {
  for (const feeding of feeds) feeding.stop();
  await browser?.close();
  await server?.remove();
});

/** Elements of the selector that are shown, but not whole: beyond the box that holds them, or under something. */
const cut = (page: Page, selector: string, within: string): Promise<string[]> => page.$$eval(selector, (elements, holder) => elements.flatMap((element) => {
  if (!element.checkVisibility()) return [];
  const { left, right, top } = element.getBoundingClientRect();
  const box = element.closest(holder)!.getBoundingClientRect();
  return left >= box.left - 1 && right <= box.right + 1 && element.contains(document.elementFromPoint((left + right) / 2, top + 4)) ? [] : [element.textContent];
}), within);

it('a long name of a bed never pushes its alarm off the card, and no card\'s parts leave it', async () => {
  const { page, close } = await openPage(browser, server.url, { viewport: { width: 390, height: 844 } });
  await untilAlarm(page, LONG, 'asystole', 'active', 60_000);
  for (const size of [{ width: 390, height: 844 }, { width: 768, height: 1024 }, { width: 1280, height: 720 }, { width: 1920, height: 1080 }]) {
    await page.setViewportSize(size);
    await page.waitForTimeout(600); // laid out anew
    const alarm = `[data-bed="${LONG}"] [data-alarm="asystole"]`;
    expect(await page.locator(`${alarm} .alarm-text`).evaluate((text) => text.getBoundingClientRect().width), JSON.stringify(size)).toBeGreaterThan(30);
    expect(await cut(page, '.card h2, .card .alarm:first-child, .alarm:first-child :is(.alarm-mark, .alarm-ack), .card .more', '.card'), JSON.stringify(size)).toEqual([]);
  }
  await close();
}, 120_000);

it('the clock, the settings and the count of alarms stay on every screen', async () => {
  const { page, close } = await openPage(browser, server.url);
  await untilAlarm(page, LONG, 'asystole', 'active', 60_000);
  for (const width of [360, 390, 768, 820, 1024, 1180, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await cut(page, '.clock, [data-open="settings"], .chip', 'body'), String(width)).toEqual([]);
  }
  await close();
}, 120_000);

it('the name of an opened bed and every button beside it stay in its head, in the longest language too', async () => {
  const { page, close } = await openPage(browser, `${server.url}/#bed-2`, { locale: 'de-DE', viewport: { width: 1280, height: 720 } });
  await page.waitForSelector('.bed-head [data-layout="paper"]', { timeout: 30_000 });
  for (const width of [1920, 1280, 1024, 768, 390]) {
    await page.setViewportSize({ width, height: 720 });
    await page.waitForTimeout(300); // laid out anew
    expect(await cut(page, '.bed-head h2, .bed-head button, .bed-head .button', '.bed-head'), String(width)).toEqual([]);
    const lines = await page.$eval('.bed-head h2', (name) => name.scrollHeight / parseFloat(getComputedStyle(name).lineHeight));
    expect(Math.round(lines), String(width)).toBe(1);
  }
  await close();
}, 60_000);

it('on a phone a trace stays beside its lead when alarms above it come', async () => {
  feeds.push(feed(flatFrom(sinus, 16), server.url, { bed: 'bed-17' }));
  const { page, close } = await openPage(browser, `${server.url}/#bed-17`, { viewport: { width: 390, height: 844 } });
  await page.waitForSelector('.bed[data-live="true"] [data-strip="II"]', { timeout: 10_000 });
  const above = (): Promise<number> => page.$eval('.bed [data-strip="II"]', (strip) => strip.getBoundingClientRect().top);
  const middle = async (): Promise<number> => {
    const rows = traceRows(await stripPixels(page, 'bed-17', 'II')).filter((row) => !Number.isNaN(row)).sort((a, b) => a - b);
    return rows.length < 100 ? NaN : rows[rows.length >> 1]!;
  };
  await expect.poll(middle, { timeout: 10_000 }).toBeGreaterThan(0);
  const [topBefore, before] = [await above(), await middle()];
  await untilAlarm(page, 'bed-17', 'asystole', 'active');
  await expect.poll(above, { timeout: 5000 }).toBeGreaterThan(topBefore + 40);
  await expect.poll(async () => Math.abs(await middle() - before) < 8, { timeout: 3000 }).toBe(true);
  await close();
}, 90_000);

it('a flat line says beside its lead why it is flat', async () => {
  const { page, close } = await openPage(browser, `${server.url}/#${LONG}`);
  await page.waitForFunction(() => [...document.querySelectorAll('.bed .strip-lead')].map((name) => name.textContent).join() === 'I flat,II flat', undefined, { timeout: 30_000 });
  await close();
}, 60_000);
