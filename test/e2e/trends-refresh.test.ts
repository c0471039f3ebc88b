/** Trends that stay open: what a real browser on the real server shows as time goes on, limits change and the server goes. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LabelBankFile } from '../../models/label-bank.ts';
import { DEFAULT_LIMITS } from '../../stream/alarm/limits.ts';
import { axeViolations } from '../helpers/axe.ts';
import { openPage, untilLive } from '../helpers/browser.ts';
import { writeTinyModel } from '../helpers/tiny-model.ts';
import { startTrendsWard, type TrendsWard } from '../helpers/trends-ward.ts';

const BED = 'watched-bed';
const LABELS = 24;
/** One that alarms, and rows enough that the dialog has to be scrolled. */
const bank = (made: LabelBankFile): LabelBankFile => ({
  ...made, labels: made.labels.map((label, i) => (i === 0 ? { ...label, alarm: { priority: 'low' as const, threshold: 3.25, dwellMs: 4000 } } : label)) });

let server: TrendsWard['server'];
let browser: TrendsWard['browser'];
let closeWard: TrendsWard['close'] | undefined;
beforeAll(async () => {
  const toMs = Date.now() - 60_000;
  const past = { bed: BED, fromMs: toMs - 1_800_000, toMs, labels: Array.from({ length: LABELS }, (_, i) => `label-${i}`) };
  ({ server, browser, close: closeWard } = await startTrendsWard(past, { model: writeTinyModel({ labels: LABELS, bank }), executionProvider: 'cpu' }));
}, 120_000);
afterAll(() => closeWard?.());

interface Line {
  readonly text: string;
  /** Of the plot's height, from below. */
  readonly height: number;
  readonly dashed: boolean;
}
const linesOf = (page: Page, trend: string): Promise<Line[]> => page.$$eval(`.trend-row[data-trend="${trend}"] .trend-limit`, (lines) => lines.map((line) => {
  const plot = line.parentElement!.getBoundingClientRect();
  const { top, bottom } = line.getBoundingClientRect();
  const style = getComputedStyle(line);
  const below = style.borderTopWidth !== '0px';
  return { text: line.textContent, height: (plot.bottom - (below ? top : bottom)) / plot.height, dashed: (below ? style.borderTopStyle : style.borderBottomStyle) === 'dashed' };
}));
const legend = (page: Page): Promise<string> => page.$eval('.trends .quiet', (node) => node.textContent);

it('trends show where alarms begin, go on while they are open without moving what is read, and say when they no longer do', async () => {
  const { page, complaints, close } = await openPage(browser, `${server.url}/#${BED}`, { viewport: { width: 1280, height: 500 } });
  await untilLive(page, BED);
  await page.keyboard.press('t');
  await page.locator('[data-dialog="trends"] select').selectOption('1');
  await page.waitForSelector('.trend-row[data-trend="label-0"]', { timeout: 20_000 });
  const rates = await linesOf(page, 'heartRateBpm');
  expect(rates.map(({ text, dashed }) => [text, dashed])).toEqual([['limit 50 bpm', true], ['limit 120 bpm', true]]);
  expect(Math.abs(rates[0]!.height - 0.1)).toBeLessThan(0.02); // of 40 to 140 bpm
  expect(Math.abs(rates[1]!.height - 0.8)).toBeLessThan(0.02);
  expect((await linesOf(page, 'label-0')).map(({ text }) => text)).toEqual(['alarm 3.3']);
  expect(await linesOf(page, 'label-1')).toEqual([]);
  expect(await axeViolations(page)).toEqual([]);

  const dialog = page.locator('[data-dialog="trends"]');
  await dialog.locator('.dialog-buttons button').focus();
  await dialog.evaluate((node) => node.scrollTo(0, 300));
  const place = (): Promise<unknown> => dialog.evaluate((node) => ({
    scrolled: node.scrollTop, focused: document.activeElement!.textContent, rows: [...node.querySelectorAll('.trend-row[data-trend]')].map((row) => row.getAttribute('data-trend')) }));
  const before = await place();
  expect(before).toMatchObject({ scrolled: 300, focused: 'Close' });
  const then = await legend(page);
  expect(then).toMatch(/^As of \d\d:\d\d:\d\d\. /);
  const limits = { ...DEFAULT_LIMITS, rhythm: { ...DEFAULT_LIMITS.rhythm, heartRateHighBpm: 111 } };
  server.desk.command(BED, { type: 'setLimits', limits }, { name: 'a nurse', role: 'clinician' }, 'a wish of the ward round');
  await page.waitForSelector('.trend-limit:text-is("limit 111 bpm")', { timeout: 4000 });
  expect(await place()).toEqual(before);
  await page.waitForFunction((old) => document.querySelector('.trends .quiet')!.textContent !== old, then, { timeout: 20_000 });
  expect((await linesOf(page, 'heartRateBpm')).map(({ text }) => text)).toEqual(['limit 50 bpm', 'limit 111 bpm']);
  expect(await place()).toEqual(before);
  expect(complaints).toEqual([]);

  const newest = await legend(page);
  await page.route('**/history/**', (route) => route.abort());
  await page.waitForFunction(() => /^Not brought up to date since \d\d:\d\d:\d\d: not connected to the server\.$/.test(document.querySelector('[data-dialog="trends"] [role="alert"]')!.textContent), undefined, { timeout: 20_000 });
  expect(await legend(page)).toBe(newest);
  await page.unroute('**/history/**');
  await page.waitForFunction(() => document.querySelector('[data-dialog="trends"] [role="alert"]')!.textContent === '', undefined, { timeout: 20_000 });
  await close();
}, 120_000);
