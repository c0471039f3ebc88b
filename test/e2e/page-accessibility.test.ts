/** Every live view in both themes, judged by axe-core in a real browser; and what a role may not do is not offered. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations } from '../helpers/axe.ts';
import { launchBrowser, openPage, untilAlarm, untilLive } from '../helpers/browser.ts';
import { feed, flatFrom, simulatedRecord, type Feeding } from '../helpers/feeding.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const TOKENS = { viewer: 'token-of-a-viewer-here', clinician: 'token-of-a-clinician-here' } as const;
const sinus = simulatedRecord([{ rhythm: 'sinus', seconds: 600 }], 240);

let server: TestServer;
let browser: Browser;
const feeds: Feeding[] = [];

beforeAll(async () => {
  server = await startTestServer({ access: { pageTokens: (['viewer', 'clinician'] as const).map((role) => ({ token: TOKENS[role], role, name: role })) } });
  feeds.push(feed(sinus, server.url, { bed: 'bed-1' }), feed(flatFrom(sinus, 4), server.url, { bed: 'bed-2' }));
  browser = await launchBrowser();
});
afterAll(async () => {
  for (const feeding of feeds) feeding.stop();
  await browser?.close();
  await server?.remove();
});

async function openAs(role: keyof typeof TOKENS, colorScheme: 'dark' | 'light', width = 1280): Promise<{ page: Page; close: () => Promise<void> }> {
  const opened = await openPage(browser, server.url, { colorScheme, viewport: { width, height: 800 } });
  await opened.page.locator('[data-dialog="token"] input').fill(TOKENS[role]);
  await opened.page.keyboard.press('Enter');
  await untilLive(opened.page, 'bed-1');
  return opened;
}

describe('the live views', () => {
  it.each(['dark', 'light'] as const)('give axe nothing to object to in the %s theme', async (theme) => {
    const { page, close } = await openAs('clinician', theme);
    await untilAlarm(page, 'bed-2', 'asystole', 'active', 60_000);
    const found: Record<string, string[]> = {};
    const judge = async (view: string): Promise<void> => {
      const objections = await axeViolations(page);
      if (objections.length > 0) found[view] = objections;
    };
    await judge('ward');
    if (theme === 'dark') {
      await page.keyboard.press('?');
      await judge('keys');
      await page.keyboard.press('Escape');
      await page.click('[data-open="settings"]');
      await judge('settings');
      await page.keyboard.press('Escape');
    }
    await page.goto(`${server.url}/#bed-2`);
    await page.waitForSelector('.bed[data-bed="bed-2"]');
    await judge('bed');
    await page.keyboard.press('f');
    await page.keyboard.press('c');
    await judge('frozen bed');
    await page.keyboard.press('Escape');
    await page.keyboard.press('l');
    await judge('limits');
    await page.keyboard.press('Escape');
    if (theme === 'light') {
      await page.setViewportSize({ width: 390, height: 844 });
      await judge('bed on a phone');
      await page.keyboard.press('Escape');
      await page.waitForSelector('.card[data-bed="bed-2"]');
      await judge('ward on a phone');
    }
    expect(found).toEqual({});
    await close();
  }, 240_000);

  it('offer a viewer nothing that the server would refuse', async () => {
    const { page, close } = await openAs('viewer', 'dark');
    await untilAlarm(page, 'bed-2', 'asystole', 'active', 60_000);
    expect(await page.locator('[data-bed="bed-2"] .alarm-ack:visible').count()).toBe(0);
    await page.goto(`${server.url}/#bed-2`);
    await page.waitForSelector('.bed[data-bed="bed-2"]');
    expect(await page.locator('.bed .alarm-ack:visible').count()).toBe(0);
    await page.keyboard.press('l');
    const dialog = page.locator('[data-dialog="limits"]');
    expect(await dialog.locator('input:enabled').count()).toBe(0);
    expect(await dialog.locator('button:visible').count()).toBe(1);
    await page.keyboard.press('Escape');
    // The key is there whoever sits before it; the server refuses, and the page says so.
    await page.keyboard.press('a');
    await page.waitForFunction(() => /does not allow/.test(document.querySelector('[data-banner="notice"]')!.textContent));
    await close();
  }, 120_000);
});
