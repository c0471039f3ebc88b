/** A ward on screens that are too small for it: what may give way, and what may not. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, openPage, untilAlarm } from '../helpers/browser.ts';
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
  feeds = beds.map((bed) => feed(bed === LONG ? flatFrom(sinus, 4) : sinus, server.url, { bed }));
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

it('a flat line says beside its lead why it is flat', async () => {
  const { page, close } = await openPage(browser, `${server.url}/#${LONG}`);
  await page.waitForFunction(() => [...document.querySelectorAll('.bed .strip-lead')].map((name) => name.textContent).join() === 'I flat,II flat', undefined, { timeout: 30_000 });
  await close();
}, 60_000);
