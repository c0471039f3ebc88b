/** The page in a real browser on the real server: what a person sees of a bed that lives, alarms and dies. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hatchedColumns, launchBrowser, openPage, pressAndRelease, stripPixels, traceIsMoving, traceRows, untilAlarm, untilLive } from '../helpers/browser.ts';
import { excerpt, feed, flatFrom, mitdb, simulatedRecord, type Feeding } from '../helpers/feeding.ts';
import { itOnRecordingsOrSimulator } from '../helpers/recordings.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

let server: TestServer;
let browser: Browser;
const feeds: Feeding[] = [];
const bed = (...args: Parameters<typeof feed>): Feeding => {
  const feeding = feed(...args);
  feeds.push(feeding);
  return feeding;
};
const sinus = simulatedRecord([{ rhythm: 'sinus', seconds: 600 }], 120);

beforeAll(async () => {
  server = await startTestServer();
  browser = await launchBrowser();
});
afterAll(async () => {
  for (const feeding of feeds) feeding.stop();
  await browser?.close();
  await server?.remove();
});

describe('the page', () => {
  itOnRecordingsOrSimulator('shows a moving trace, a heart rate and where the samples come from, and asks nobody else for anything', ['mitdb'], async (source) => {
    bed(source === 'recording' ? excerpt(await mitdb('100'), 0, 120) : sinus, server.url, { bed: 'bed-1' });
    // An address that is no bed's, and not even well encoded, shows the ward.
    const { page, complaints, origins, close } = await openPage(browser, `${server.url}/#%E0%A4%A`);
    await untilLive(page, 'bed-1');
    await page.waitForFunction(() => /^\d+$/.test(document.querySelector('[data-bed="bed-1"] .hr-value')?.textContent ?? ''), undefined, { timeout: 15_000 });
    expect(await traceIsMoving(page, 'bed-1')).toBe(true);
    expect(await page.textContent('[data-bed="bed-1"] .badge')).toBe('recording');
    expect(await page.textContent('.bottom')).toContain('Not a medical device');
    expect([...origins]).toEqual([server.url]);
    expect(complaints).toEqual([]);
    await close();
  }, 60_000);

  itOnRecordingsOrSimulator('shows an alarm by colour, shape and text, announces it, and both browsers see it acknowledged', ['mitdb'], async (source) => {
    bed(flatFrom(source === 'recording' ? excerpt(await mitdb('100'), 0, 90) : sinus, 8), server.url, { bed: 'bed-2' });
    const phone = { width: 390, height: 844 };
    const [first, second] = [await openPage(browser, server.url), await openPage(browser, server.url, { viewport: phone })];
    const alarm = '[data-bed="bed-2"] [data-alarm="asystole"]';
    await untilAlarm(first.page, 'bed-2', 'asystole', 'active');
    expect(await first.page.locator(alarm).innerText()).toMatch(/asystole/i);
    expect(await first.page.locator(`${alarm} .alarm-mark`).innerText()).toBe('!!!');
    const { background, flashMs } = await first.page.locator(alarm).evaluate((element) => {
      const [animation] = element.getAnimations();
      const flash = Number(animation!.effect!.getComputedTiming().duration);
      animation!.cancel();
      return { background: getComputedStyle(element).backgroundColor, flashMs: flash };
    });
    expect(background).toBe('rgb(224, 30, 55)');
    expect(1000 / flashMs).toBeGreaterThanOrEqual(1.4); // IEC 60601-1-8
    expect(1000 / flashMs).toBeLessThanOrEqual(2.8);
    await first.page.waitForFunction(() => /asystole, high priority/i.test(document.querySelector('[data-announcer="assertive"]')!.textContent));
    // The first gesture on the page: it arms the sound, and the banner that asked for it goes.
    await pressAndRelease(first.page, `${alarm} button`);
    await untilAlarm(second.page, 'bed-2', 'asystole', 'acknowledged');
    await untilAlarm(first.page, 'bed-2', 'asystole', 'acknowledged');
    // What nobody has seen to stands first; the asystole, which lasts, must be seen behind it on a phone too.
    await second.page.waitForSelector('[data-bed="bed-2"] [data-alarm]:not([data-alarm="asystole"])[data-state="active"]', { timeout: 30_000 });
    await untilAlarm(second.page, 'bed-2', 'asystole', 'acknowledged', 1000);
    await first.close();
    await second.close();
  }, 60_000);

  it('shows within 3 s that a feed was cut: dashes, a technical alarm, and hatching that moves on', async () => {
    const feeding = bed(sinus, server.url, { bed: 'bed-3' });
    const { page, close } = await openPage(browser, server.url);
    await untilLive(page, 'bed-3');
    await page.waitForTimeout(2000);
    feeding.stop();
    await untilLive(page, 'bed-3', false, 3000);
    await page.waitForSelector('[data-bed="bed-3"] [data-alarm="noData"]', { timeout: 500 });
    expect(await page.textContent('[data-bed="bed-3"] .hr-value')).toMatch(/^[–\s]+$/);
    const hatched = async (): Promise<number> => hatchedColumns(await stripPixels(page, 'bed-3')).filter(Boolean).length;
    const before = await hatched();
    expect(await traceIsMoving(page, 'bed-3')).toBe(true);
    await page.waitForTimeout(1000);
    expect(await hatched()).toBeGreaterThan(before + 60);
    await close();
  }, 60_000);

  it('opens a bed to all its leads by keyboard, tells the address its name only, and comes back', async () => {
    bed(sinus, server.url, { bed: 'bed-4' });
    const { page, close } = await openPage(browser, server.url);
    await untilLive(page, 'bed-4');
    await page.focus('[data-bed="bed-4"] h2 a');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-bed="bed-4"] .leads');
    const leads = await page.locator('[data-bed="bed-4"] [data-strip]').evaluateAll((strips) => strips.map((strip) => strip.getAttribute('data-strip')));
    expect(leads).toEqual(sinus.leads);
    expect(new URL(page.url()).hash).toBe('#bed-4');
    await page.waitForTimeout(1500);
    for (const lead of leads) expect(traceRows(await stripPixels(page, 'bed-4', lead!)).filter((row) => !Number.isNaN(row)).length).toBeGreaterThan(50);
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-view="ward"] article[data-bed="bed-4"]');
    expect(new URL(page.url()).hash).toBe('');
    await close();
  }, 60_000);

  it('keeps the keyboard at the bed whose alarm it has acknowledged, and presses no other button', async () => {
    bed(flatFrom(sinus, 4), server.url, { bed: 'bed-10' });
    const { page, close } = await openPage(browser, server.url);
    await untilAlarm(page, 'bed-10', 'asystole', 'active');
    await page.waitForSelector('[data-bed="bed-10"] [data-alarm="pause"]');
    await page.focus('[data-bed="bed-10"] [data-alarm="asystole"] button');
    await page.keyboard.press('Enter');
    await untilAlarm(page, 'bed-10', 'asystole', 'acknowledged');
    await page.waitForFunction(() => document.activeElement?.matches('[data-bed="bed-10"] h2 a'), undefined, { timeout: 2000 });
    await untilAlarm(page, 'bed-10', 'pause', 'active', 1000);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement!.closest('[data-alarm]')?.getAttribute('data-alarm'))).toBe('pause');
    await close();
  }, 60_000);

  it('holds the leads still to be measured, by keyboard, while the first of them goes on in a corner', async () => {
    bed(sinus, server.url, { bed: 'bed-7' });
    const { page, close } = await openPage(browser, `${server.url}/#bed-7`);
    await untilLive(page, 'bed-7');
    await page.waitForTimeout(1500);
    await page.keyboard.press('f');
    await page.waitForSelector('.freeze');
    await page.waitForTimeout(500);
    const [lead] = sinus.leads;
    const still = await stripPixels(page, 'bed-7', lead);
    const corner = await stripPixels(page, 'bed-7', 'live');
    await page.waitForTimeout(1000);
    expect(Buffer.compare((await stripPixels(page, 'bed-7', lead)).rgba, still.rgba)).toBe(0);
    expect(Buffer.compare((await stripPixels(page, 'bed-7', 'live')).rgba, corner.rgba)).not.toBe(0);
    await page.keyboard.press('c');
    expect(await page.textContent('.calipers-text')).toBe('1000 ms · 0.50 mV · 60 bpm');
    for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowLeft');
    expect(await page.textContent('.calipers-text')).toBe('800 ms · 0.50 mV · 75 bpm');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.freeze', { state: 'detached' });
    expect(new URL(page.url()).hash).toBe('#bed-7');
    await close();
  }, 60_000);

  it('sets limits, turns alarms off for a reason and switches the display band, which every page shows', async () => {
    bed(sinus, server.url, { bed: 'bed-8' });
    const [first, second] = [await openPage(browser, `${server.url}/#bed-8`), await openPage(browser, `${server.url}/#bed-8`)];
    for (const { page } of [first, second]) await untilLive(page, 'bed-8');
    const dialog = first.page.locator('[data-dialog="limits"]');
    await first.page.keyboard.press('l');
    await dialog.locator('input[name="heartRateHighBpm"]').fill('30');
    await dialog.locator('button[type="submit"]').click();
    await dialog.locator('[role="alert"]').getByText('out of range').waitFor();
    await dialog.locator('input[name="heartRateHighBpm"]').fill('111');
    await dialog.locator('button[type="submit"]').click();
    await dialog.waitFor({ state: 'detached' });
    expect(server.desk.limitsOf('bed-8').rhythm.heartRateHighBpm).toBe(111);
    await first.page.keyboard.press('l');
    await dialog.locator('[data-group="heartRate"] button').click();
    await dialog.locator('[role="alert"]').getByText('reason').waitFor();
    expect(server.desk.offAt('bed-8')).toEqual([]);
    await dialog.locator('input[type="text"]').fill('pacing test');
    await dialog.locator('[data-group="heartRate"] button').click();
    await dialog.waitFor({ state: 'detached' });
    await second.page.getByText('Off: Heart rate (local: pacing test)').waitFor();
    await untilAlarm(second.page, 'bed-8', 'alarmsOff', 'active');
    // The diagnostic band, by keyboard: named on every page, as far as the feed of 250 Hz reaches, and on the traces themselves.
    await second.page.focus('[data-band="diagnostic"]');
    await second.page.keyboard.press('Enter');
    for (const { page } of [first, second]) {
      await page.waitForSelector('[data-band="diagnostic"][aria-pressed="true"]');
      expect(await page.textContent('.leads .strip-scale')).toContain('Diagnostic 0.05-125 Hz');
    }
    await untilLive(first.page, 'bed-8');
    await first.close();
    await second.close();
  }, 60_000);

  it('says that sound waits for a gesture, and arms it by one', async () => {
    const { page, close } = await openPage(browser, server.url);
    await page.waitForSelector('[data-banner="sound"]');
    await page.click('[data-banner="sound"] button');
    await page.waitForSelector('[data-banner="sound"]', { state: 'hidden' });
    await close();
  }, 30_000);

  it('asks for a token where the server wants one, says when it is wrong, and never puts it into the address', async () => {
    const token = 'a-token-of-this-test';
    const guarded = await startTestServer({ access: { pageTokens: [{ token, role: 'viewer', name: 'test' }] } });
    bed(sinus, guarded.url, { bed: 'bed-5' });
    const { page, close } = await openPage(browser, guarded.url);
    const input = page.locator('[data-dialog="token"] input');
    await input.fill('not-the-token-of-this-test');
    await input.press('Enter');
    await page.getByText('did not accept').waitFor();
    await input.fill(token);
    await input.press('Enter');
    await untilLive(page, 'bed-5');
    expect(page.url()).not.toContain(token);
    await page.click('[data-bed="bed-5"] h2 a');
    await page.waitForSelector('[data-band="monitor"][aria-pressed="true"]:disabled');
    await page.waitForSelector('[data-band="diagnostic"]:disabled');
    await close();
    await guarded.remove();
  }, 60_000);

  it('says within 3 s that the server is gone, on every bed, and recovers by itself', async () => {
    const passing = await startTestServer();
    bed(sinus, passing.url, { bed: 'bed-6' });
    const { page, close } = await openPage(browser, passing.url);
    await untilLive(page, 'bed-6');
    const frozen = await openPage(browser, `${passing.url}/#bed-6`);
    await untilLive(frozen.page, 'bed-6');
    await frozen.page.keyboard.press('f');
    await frozen.page.waitForSelector('.corner-name:text-is("Live II")');
    const port = Number(new URL(passing.url).port);
    await passing.remove();
    await page.waitForSelector('[data-banner="lost"]:not([hidden])', { timeout: 3000 });
    await untilLive(page, 'bed-6', false, 3000);
    await frozen.page.waitForSelector('.corner-name:text-is("NO DATA II")', { timeout: 3000 });
    await frozen.close();
    const again = await startTestServer({ port });
    bed(sinus, again.url, { bed: 'bed-6' });
    await page.waitForSelector('[data-banner="lost"]', { state: 'hidden', timeout: 15_000 });
    await untilLive(page, 'bed-6');
    await close();
    await again.remove();
  }, 60_000);
});
