/** Which findings raise an alarm and which are shown only, as a person sees it on the real server. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stepOf } from '../../ecg/simulator/course.ts';
import type { LabelBankFile } from '../../models/label-bank.ts';
import { axeViolations } from '../helpers/axe.ts';
import { launchBrowser, openPage, untilLive } from '../helpers/browser.ts';
import { feed, simulatedRecord, type Feeding } from '../helpers/feeding.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';
import { writeTinyModel } from '../helpers/tiny-model.ts';

/** One that alarms, at a score that no segment reaches; one with a probability that no one should take for an alarm. */
const bank = (made: LabelBankFile): object => ({
  ...made, probabilitiesFittedOn: 'ECGs made up for a test',
  labels: made.labels.map((label, i) => ({
    ...label, ...(i === 0 && { alarm: { priority: 'medium', threshold: 19, dwellMs: 4000 } }),
    ...(i === 1 && { probability: { statements: ['IMI'], positives: 151, records: 2183, slope: 0.001, offset: 2 } }) })) });

let server: TestServer;
let browser: Browser;
let bed: Feeding;
beforeAll(async () => {
  server = await startTestServer({ model: writeTinyModel({ labels: 3, bank }), executionProvider: 'cpu' });
  bed = feed(simulatedRecord([stepOf('sinus')], 240), server.url, { bed: 'bed-1' });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  bed?.stop();
  await server?.remove();
});

/** Label by label, what stands before its name. */
const marks = (page: Page): Promise<Record<string, string>> => page.$$eval('.card .finding:not([hidden])', (rows) => Object.fromEntries(rows.map((row) => {
  const mark = row.querySelector<HTMLElement>('.finding-mark')!;
  return [(row as HTMLElement).dataset['finding'], mark.checkVisibility() ? mark.innerText : ''];
})));

it('a finding that raises an alarm bears its mark, the others are said to be silent, on a small card too', async () => {
  const { page, close } = await openPage(browser, server.url);
  await untilLive(page, 'bed-1');
  await page.waitForSelector('.card .finding[data-finding="label-0"]', { timeout: 30_000 });
  expect(await marks(page)).toEqual({ 'label-0': '!!', 'label-1': '', 'label-2': '' });
  expect(await page.innerText('.card .finding-head h3')).toBe('Model findings');
  expect(await page.innerText('.card .finding-note')).toMatch(/^silent but !/);
  expect(await page.getAttribute('.finding[data-finding="label-1"] .finding-name', 'title')).toMatch(/raises no alarm/);
  expect(await page.innerText('.finding[data-finding="label-1"] .finding-score')).toMatch(/^−?\d\.\d · 88 %$/);
  expect(await axeViolations(page)).toEqual([]);
  await page.setViewportSize({ width: 560, height: 400 });
  await expect.poll(() => page.locator('.card .finding-brief').innerText()).toBe('Model, ! alarms');
  // Once a person has turned the alarms of findings off, none has a mark.
  server.desk.command('bed-1', { type: 'alarmOff', group: 'findings', off: true }, { name: 'a nurse', role: 'clinician' }, 'a test');
  await expect.poll(() => page.locator('.card .finding-brief').innerText(), { timeout: 5000 }).toBe('Model, silent');
  expect(await marks(page)).toEqual({ 'label-0': '', 'label-1': '', 'label-2': '' });
  await close();
}, 90_000);
