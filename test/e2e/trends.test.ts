/** Three days of a bed in the trends of its page: a real browser on the real server and its history. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations } from '../helpers/axe.ts';
import { openPage, untilLive, type OpenedPage } from '../helpers/browser.ts';
import { startTrendsWard, type TrendsWard } from '../helpers/trends-ward.ts';

const BED = 'trend-bed';
const LABELS = ['ventricular-tachycardia', 'atrial-fibrillation', 'sinus-rhythm'] as const;
const HOUR_MS = 3_600_000;
const toMs = Math.floor(Date.now() / 600_000) * 600_000;
const gap = { fromMs: toMs - 30 * HOUR_MS, toMs: toMs - 25 * HOUR_MS };
/** Ten seconds of the three days. */
const episode = { atMs: toMs - 40 * HOUR_MS, score: 4.75, heartRateBpm: 187 };

let server: TrendsWard['server'];
let browser: TrendsWard['browser'];
let closeWard: TrendsWard['close'] | undefined;
beforeAll(async () => {
  ({ server, browser, close: closeWard } = await startTrendsWard({ bed: BED, fromMs: toMs - 73 * HOUR_MS, toMs, labels: LABELS, gap, episode, everyMs: 10_000 }));
}, 120_000);
afterAll(() => closeWard?.());

async function openTrends(options: BrowserContextOptions = {}): Promise<OpenedPage> {
  const opened = await openPage(browser, `${server.url}/#${BED}`, { viewport: { width: 1600, height: 900 }, ...options });
  await untilLive(opened.page, BED);
  await opened.page.keyboard.press('t');
  await opened.page.waitForSelector('.trend-row[data-trend="sinus-rhythm"]', { timeout: 20_000 });
  return opened;
}

/** Waits until the dialog shows so many points of heart rate: the drawing is as many units wide. */
const untilPoints = (page: Page, points: number): Promise<unknown> =>
  page.waitForFunction((wanted) => document.querySelector('[data-trend="heartRateBpm"] svg')?.getAttribute('viewBox')?.startsWith(`0 0 ${wanted} `), points, { timeout: 20_000 });

interface Drawn {
  /** Where the band is highest, as parts of width and height. */
  readonly bandX: number;
  readonly bandY: number;
  /** Where the mean is highest, as part of the height. */
  readonly meanY: number;
  /** Of each hatching, parts of the width. */
  readonly gaps: readonly { readonly left: number; readonly right: number }[];
}

const drawn = (page: Page, trend: string): Promise<Drawn> => page.evaluate((name) => {
  const plot = document.querySelector(`.trend-row[data-trend="${name}"] .trend-plot`)!;
  const box = plot.getBoundingClientRect();
  const columns = plot.querySelector('svg')!.viewBox.baseVal.width;
  const tops = (kind: string): { x: number; y: number }[] => [...plot.querySelector(`.${kind}`)!.getAttribute('d')!.matchAll(/[ML](\d+) ([\d.-]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
  const highest = tops('band').reduce((best, top) => (top.y < best.y ? top : best));
  return {
    bandX: (highest.x + 0.5) / columns, bandY: highest.y / 100, meanY: Math.min(...tops('mean').map(({ y }) => y)) / 100,
    gaps: [...plot.querySelectorAll('.trend-gap')].map((each) => each.getBoundingClientRect()).map(({ left, right }) => ({ left: (left - box.left) / box.width, right: (right - box.left) / box.width })),
  };
}, trend);

const text = (page: Page, selector: string): Promise<string[]> => page.$$eval(selector, (nodes) => nodes.map((node) => node.textContent ?? ''));

describe('the trends of a bed', () => {
  it('reach back as far as is chosen by key, show an episode of seconds as high as it was, and gaps as gaps', async () => {
    const { page, complaints, close } = await openTrends();
    const choice = page.locator('[data-dialog="trends"] select');
    expect(await choice.inputValue()).toBe('2');
    expect(await choice.locator('option').allTextContents()).toEqual(['1 h', '2 h', '8 h', '24 h', '72 h']);
    await choice.focus();
    for (const [points, hours] of [[480, '8'], [480, '24'], [432, '72']] as const) {
      await page.keyboard.press('ArrowDown');
      expect(await choice.inputValue()).toBe(hours);
      await untilPoints(page, points);
    }
    expect(await page.$$eval('.trend-row[data-trend]', (rows) => rows.map((row) => row.getAttribute('data-trend')))).toEqual(['heartRateBpm', 'ventricular-tachycardia', expect.any(String), expect.any(String)]);
    const fromMs = await page.evaluate(() => Date.now()) - 72 * HOUR_MS;
    const placeOf = (ms: number): number => (ms - fromMs) / (72 * HOUR_MS);
    for (const trend of ['heartRateBpm', 'ventricular-tachycardia']) {
      const { bandX, bandY, meanY, gaps } = await drawn(page, trend);
      expect(Math.abs(bandX - placeOf(episode.atMs)), trend).toBeLessThan(0.01);
      expect(meanY - bandY, trend).toBeGreaterThan(0.3); // the mean of ten minutes knows nothing of it
      const [hole] = gaps;
      expect(Math.abs(hole!.left - placeOf(gap.fromMs)), trend).toBeLessThan(0.01);
      expect(Math.abs(hole!.right - placeOf(gap.toMs)), trend).toBeLessThan(0.01);
    }
    expect(await text(page, '[data-trend="ventricular-tachycardia"] b')).toEqual(['4.8']);
    expect((await text(page, '[data-trend="heartRateBpm"] .trend-value'))[0]).toMatch(/to 187 bpm$/);
    const times = await page.$$eval('.trend-axis > span', (labels) => labels.map((label) => label.firstChild!.textContent));
    expect(times.length).toBeGreaterThanOrEqual(5);
    for (const time of times) expect(time).toMatch(/^(00|12):00$/);
    expect((await text(page, '.trend-date')).length).toBeGreaterThanOrEqual(3);
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  }, 90_000);

  it('keep the choice, in another language too, and fit a phone', async () => {
    const { page, close } = await openTrends({ locale: 'de-DE', colorScheme: 'light', viewport: { width: 390, height: 844 } });
    await page.locator('[data-dialog="trends"] select').selectOption('24');
    await untilPoints(page, 480);
    await page.reload();
    await untilLive(page, BED);
    await page.keyboard.press('t');
    await untilPoints(page, 480);
    expect(await page.locator('[data-dialog="trends"] select').inputValue()).toBe('24');
    expect((await text(page, '[data-dialog="trends"] .quiet'))[0]).toContain('Mittel von 3 min');
    const overflow = await page.$eval('[data-dialog="trends"]', (dialog) => dialog.scrollWidth - dialog.clientWidth);
    expect(overflow).toBe(0);
    const cut = await page.$$eval('.trend-axis > span', (labels) => labels.filter((label) => label.getBoundingClientRect().right > innerWidth).length);
    expect(cut).toBe(0);
    expect(await axeViolations(page)).toEqual([]);
    await close();
  }, 90_000);
});

describe('GET /history/findings', () => {
  const ask = async (query: string): Promise<{ status: number; body: { message: string; pointMs: number; labels: Record<string, { mean: (number | null)[]; low: (number | null)[]; high: (number | null)[] }> } }> => {
    const response = await fetch(`${server.url}/history/findings?bed=${BED}&${query}`);
    return { status: response.status, body: await response.json() as never };
  };

  it('answers three days in as many points as asked for, lowest and highest with the mean', async () => {
    const { status, body: { pointMs, labels } } = await ask(`from=${toMs - 72 * HOUR_MS}&to=${toMs}&points=432`);
    expect([status, pointMs, Object.keys(labels)]).toEqual([200, 600_000, [...LABELS].sort()]);
    const { mean, low, high } = labels['ventricular-tachycardia']!;
    expect([mean.length, low.length, high.length]).toEqual([432, 432, 432]);
    expect(mean.flatMap((value, i) => (value === null ? [i] : []))).toEqual(Array.from({ length: 30 }, (_, i) => 252 + i)); // five hours, 42 after the beginning
    expect(mean.every((value, i) => value === null || (low[i]! <= value && value <= high[i]!))).toBe(true);
    expect(high.indexOf(4.75)).toBe((32 * HOUR_MS) / 600_000);
  });

  it('answers one label alone, and says what is wrong with a question', async () => {
    const span = `from=${toMs - HOUR_MS}&to=${toMs}`;
    expect(Object.keys((await ask(`${span}&points=10&label=sinus-rhythm`)).body.labels)).toEqual(['sinus-rhythm']);
    const wrong = { [`${span}&points=10&label=flutter`]: /no segment.*one of atrial-fibrillation, sinus-rhythm.*flutter/, [`${span}&points=1001`]: /points cannot be used/,
      [`from=${toMs - 73 * HOUR_MS}&to=${toMs}&points=10`]: /too long.*259200 s.*262800 s/ };
    for (const [query, message] of Object.entries(wrong)) expect(await ask(query)).toMatchObject({ status: 400, body: { message: expect.stringMatching(message) as string } });
  });
});
