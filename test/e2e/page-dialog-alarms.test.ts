/** An alarm that begins, and a server that goes, while a dialog lies over the beds. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { axeViolations } from '../helpers/axe.ts';
import { launchBrowser, openPage, untilLive } from '../helpers/browser.ts';
import { feed, flatFrom, simulatedRecord, type Feeding } from '../helpers/feeding.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const sinus = simulatedRecord([{ rhythm: 'sinus', seconds: 600 }], 240);

let server: TestServer;
let browser: Browser;
const feeds: Feeding[] = [];
beforeAll(async () => {
  server = await startTestServer();
  feeds.push(feed(sinus, server.url, { bed: 'bed-1' }));
  browser = await launchBrowser();
});
afterAll(async () => {
  for (const feeding of feeds) feeding.stop();
  await browser?.close();
  await server?.remove();
});

/** What stands over the dialog for eyes: its text, if nothing covers it. */
const over = (page: Page): Promise<string> => page.evaluate(() => {
  const bar = document.querySelector('dialog[open] .dialog-alarms');
  const parts = [...(bar?.querySelectorAll('.alarm, .banner') ?? [])].filter((part) => {
    const { left, right, top, bottom } = part.getBoundingClientRect();
    return right <= innerWidth && part.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
  });
  return parts.map((part) => (part as HTMLElement).innerText.replaceAll('\n', ' ')).join(' | ');
});
const untilOver = async (page: Page, wanted: RegExp, timeout: number): Promise<void> => {
  await expect.poll(() => over(page), { timeout, interval: 100 }).toMatch(wanted);
};

it('an alarm of another bed, and a lost connection, are seen and announced over an open dialog, which reaches under neither', async () => {
  const { page, close } = await openPage(browser, `${server.url}/#bed-1`, { viewport: { width: 1280, height: 720 } });
  await untilLive(page, 'bed-1');
  await page.keyboard.press('l');
  await page.waitForSelector('[data-dialog="limits"]');
  expect(await page.locator('.dialog-alarms:visible').count()).toBe(0);
  feeds.push(feed(flatFrom(sinus, 4), server.url, { bed: 'bed-2' }));
  await untilOver(page, /Bed 2 ASYSTOLE/, 60_000);
  const announced = '[data-dialog="limits"] [data-announcer="assertive"]';
  await page.waitForFunction((region) => /Bed 2: ASYSTOLE, high priority/.test(document.querySelector(region)?.textContent ?? ''), announced);
  expect(await axeViolations(page)).toEqual([]);
  for (const size of [{ width: 1280, height: 720 }, { width: 390, height: 844 }]) {
    await page.setViewportSize(size);
    await untilOver(page, /Bed 2 ASYSTOLE/, 5000);
    const [bar, dialog] = await page.$$eval('.dialog-alarms, [data-dialog="limits"]', (elements) => elements.map((element) => element.getBoundingClientRect()).sort((a, b) => a.height - b.height));
    expect(dialog!.top, JSON.stringify(size)).toBeGreaterThanOrEqual(bar!.bottom);
  }
  await page.keyboard.press('Escape');
  await page.waitForSelector('#app > div > [data-announcer="assertive"]', { state: 'attached' });
  await page.keyboard.press('s');
  await untilOver(page, /Bed 2 ASYSTOLE/, 5000);
  for (const feeding of feeds) feeding.stop();
  await server.close();
  await untilOver(page, /^CONNECTION LOST\. Nothing on this page is live/, 5000);
  await close();
}, 120_000);
