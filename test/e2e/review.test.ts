/** The past of a bed in a real browser on the real server: found, seen, measured, printed and exported. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readEdf } from '../../ecg/formats/edf.ts';
import { stepOf } from '../../ecg/simulator/course.ts';
import { EmbeddedStore } from '../../stream/history/embedded/store.ts';
import { pastBatches } from '../../stream/history/import.ts';
import { axeViolations } from '../helpers/axe.ts';
import { launchBrowser, openPage, type OpenedPage } from '../helpers/browser.ts';
import { simulatedRecord } from '../helpers/feeding.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const BED = 'past-bed';
/** Half an hour ago, on a whole minute: twelve minutes of which the seventh has a run of ventricular tachycardia. */
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 30 * 60_000;
const RUN_S = 400;
const record = simulatedRecord([{ rhythm: 'sinus', seconds: RUN_S }, stepOf('vt'), { rhythm: 'sinus', seconds: 300 }], 720);

let stateDirectory: string;
let server: TestServer;
let browser: Browser;
beforeAll(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'leadwatch-review-'));
  const store = await EmbeddedStore.open({ directory: join(stateDirectory, 'history') });
  const annotations = [{ sample: RUN_S * record.samplingFrequency, symbol: '+', aux: '(VT', subtype: 0 }];
  for (const batch of pastBatches(BED, { record, startMs, annotations })) await store.append(batch);
  await store.close();
  server = await startTestServer({ stateDirectory });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await rm(stateDirectory, { recursive: true, force: true });
});

async function openReview(options: BrowserContextOptions = {}): Promise<OpenedPage> {
  const opened = await openPage(browser, `${server.url}/#review/${BED}`, { viewport: { width: 1600, height: 900 }, ...options });
  await opened.page.waitForSelector('.review-row[data-name="+"]', { timeout: 30_000 });
  await opened.page.waitForSelector('.moment-lead', { timeout: 30_000 });
  return opened;
}

const title = (page: Page): Promise<string | null> => page.textContent('.review-moment-title');
const untilTitle = (page: Page, part: string): Promise<unknown> =>
  page.waitForFunction((wanted) => document.querySelector('.review-moment-title')!.textContent!.includes(wanted), part, { timeout: 20_000 });
const clock = (ms: number): string => new Date(ms).toTimeString().slice(0, 8);

/** Pixels of the disclosure's canvas in the colour of the trace (dark theme). */
const tracePixels = (page: Page): Promise<number> => page.evaluate(() => {
  const canvas = document.querySelector<HTMLCanvasElement>('.disclosure canvas')!;
  const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i + 1]! > 130 && data[i]! < 120) count++;
  return count;
});

async function exported(page: Page, format: string): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download', { timeout: 30_000 }), page.click(`[data-dialog="export"] [data-format="${format}"]`)]);
  return readFileSync(await download.path());
}

describe('the review of a bed', () => {
  it('opens where the past of the bed ends, finds the run of VT in its events, and goes there by click, by typing and by key', async () => {
    const { page, complaints, origins, close } = await openReview();
    await page.waitForFunction(() => document.querySelector('.mini-strip[data-state="drawn"]'), undefined, { timeout: 30_000 });
    await expect.poll(() => tracePixels(page), { timeout: 30_000, interval: 500 }).toBeGreaterThan(5000);
    expect(await page.locator('.review-row').allInnerTexts()).toEqual([expect.stringContaining('Rhythm VT')]);
    const run = startMs + RUN_S * 1000;
    await page.click('.review-row[data-name="+"]');
    await untilTitle(page, clock(run));
    const input = page.locator('.review-jump input');
    await input.fill(clock(startMs + 60_000));
    await input.press('Enter');
    await untilTitle(page, clock(startMs + 60_000));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await untilTitle(page, clock(startMs + 121_000));
    await page.keyboard.press(']');
    await untilTitle(page, clock(run));
    await input.fill('soon');
    await input.press('Enter');
    expect(await input.evaluate((field: HTMLInputElement) => field.validationMessage)).toContain('is not a time');
    expect(new URL(page.url()).hash).toBe(`#review/${BED}`);
    expect([...origins]).toEqual([server.url]);
    expect(complaints).toEqual([]);
    await close();
  }, 120_000);

  it('measures on the strip: a drag as long as a second says 1000 ms and 60 bpm', async () => {
    const { page, close } = await openReview();
    const paper = (await page.locator('.moment-paper').boundingBox())!;
    const second = (25 * 96) / 25.4;
    await page.mouse.move(paper.x + 200, paper.y + 90);
    await page.mouse.down();
    await page.mouse.move(paper.x + 200 + second, paper.y + 90 - (10 * 96) / 25.4, { steps: 4 });
    await page.mouse.up();
    const [, time, voltage, rate] = /(\d+) ms · ([\d.]+) mV · (\d+) bpm/.exec((await page.textContent('.calipers-text'))!)!.map(Number);
    expect(Math.abs(time! - 1000)).toBeLessThan(25);
    expect(Math.abs(voltage! - 1)).toBeLessThan(0.05);
    expect(Math.abs(rate! - 60)).toBeLessThan(3);
    await close();
  }, 90_000);

  it('exports the strip as a PDF that opens on A4 with the strip in it, as SVG and PNG, and the samples as EDF+ and WFDB', async () => {
    const { page, complaints, close } = await openReview();
    await page.click('.review-row[data-name="+"]');
    await untilTitle(page, clock(startMs + RUN_S * 1000));
    await page.click('[data-action="export"]');
    await page.waitForSelector('[data-dialog="export"]');
    const pdf = join(stateDirectory, 'strip.pdf');
    writeFileSync(pdf, await exported(page, 'pdf'));
    const words = execFileSync('pdftotext', [pdf, '-'], { encoding: 'utf8' });
    for (const said of ['Past bed', '25 mm/s', '10 mm/mV', '0.5-40 Hz', ...record.leads, 'Not a medical device']) expect(words).toContain(said);
    const picture = rasterised(pdf);
    isA4(picture);
    // Black is the trace (and a few words), red the paper: both are there, and neither is all.
    expect(picture.share((red, green) => red < 80 && green < 80)).toBeGreaterThan(0.002);
    expect(picture.share((red, green) => red > green + 25)).toBeGreaterThan(0.05);
    expect((await exported(page, 'svg')).toString()).toContain('Not a medical device');
    expect((await exported(page, 'png')).subarray(1, 4).toString()).toBe('PNG');
    const edf = readEdf(await exported(page, 'edf'), 'strip.edf');
    expect(edf.record.leads).toEqual(record.leads);
    expect(Object.keys(unzipSync(await exported(page, 'wfdb'))).some((name) => name.endsWith('.hea'))).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  }, 120_000);

  it('prints the strip alone, on a page that measures as the sheet does', async () => {
    const { page, close } = await openReview();
    // A browser without a screen prints nothing by itself; its own PDF printer shows what a printer would get.
    await page.evaluate(() => (window.print = () => undefined));
    await page.click('[data-action="print"]');
    await page.waitForSelector('.print-sheet svg', { state: 'attached', timeout: 20_000 });
    const pdf = join(stateDirectory, 'printed.pdf');
    await page.pdf({ path: pdf, preferCSSPageSize: true, printBackground: true });
    const picture = rasterised(pdf);
    expect(picture.pages).toBe(1);
    isA4(picture);
    // Bold lines every 5 mm: as far apart in print.
    const columns = picture.redColumns();
    const distances = columns.slice(1).map((x, i) => x - columns[i]!).filter((distance) => distance > 10);
    expect(distances.reduce((sum, distance) => sum + distance, 0) / distances.length).toBeCloseTo((5 / 25.4) * 100, 0);
    await close();
  }, 90_000);

  it.each(['dark', 'light'] as const)('gives axe nothing to object to in the %s theme: review, search, export', async (colorScheme) => {
    const { page, close } = await openReview({ colorScheme });
    await page.click('[data-banner="sound"] button');
    const found = await axeViolations(page);
    await page.keyboard.press('/');
    found.push(...(await axeViolations(page)));
    await page.click('[data-action="export"]');
    await page.waitForSelector('[data-dialog="export"]');
    found.push(...(await axeViolations(page)));
    expect(found).toEqual([]);
    await close();
  }, 120_000);

  it('says in words that nothing is stored at a time, and that the history does not answer', async () => {
    const { page, close } = await openReview();
    const input = page.locator('.review-jump input');
    await input.fill('2020-01-01 12:00');
    await input.press('Enter');
    await page.getByText('Nothing is stored of this bed at 2020-01-01 12:00:00').waitFor({ timeout: 20_000 });
    await page.getByText('Nothing happened in this review').waitFor({ timeout: 20_000 });
    await page.route('**/history/**', (route) => route.fulfill({ status: 503, json: { code: 'HISTORY_OPEN', message: 'no history is kept' } }));
    await page.keyboard.press('End');
    await page.getByText('no history is kept').waitFor({ timeout: 20_000 });
    await page.unroute('**/history/**');
    await page.click('.review-fault button');
    await page.locator('.review-fault').waitFor({ state: 'hidden', timeout: 20_000 });
    // The sentence goes when the button is pressed; where the review then stands the server has to say first.
    await vi.waitFor(async () => expect(await title(page)).not.toContain('2020'), { timeout: 20_000 });
    await close();
  }, 90_000);
});

/** Within a hundredth of an inch or two: every program rounds a page's last pixel its own way. */
function isA4({ width, height }: Picture): void {
  expect(Math.abs(width - (297 / 25.4) * 100)).toBeLessThan(3);
  expect(Math.abs(height - (210 / 25.4) * 100)).toBeLessThan(3);
}

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pages: number;
  share(is: (red: number, green: number) => boolean): number;
  /** Columns that are red for most of the paper's height: the bold lines. */
  redColumns(): number[];
}

/** The first page at 100 dots an inch, by a program that has nothing to do with the one that wrote it. */
function rasterised(pdf: string): Picture {
  const stem = `${pdf}-page`;
  execFileSync('pdftoppm', ['-r', '100', pdf, stem]);
  const pages = Number(/^Pages:\s+(\d+)/m.exec(execFileSync('pdfinfo', [pdf], { encoding: 'utf8' }))![1]);
  const bytes = readFileSync(`${stem}-1.ppm`);
  const [head, width, height] = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.subarray(0, 40).toString('latin1'))!;
  const [columns, rows] = [Number(width), Number(height)];
  const at = (x: number, y: number): readonly [number, number] => {
    const place = head.length + (y * columns + x) * 3;
    return [bytes[place]!, bytes[place + 1]!];
  };
  const count = (is: (red: number, green: number) => boolean, x: number): number => Array.from({ length: rows }, (_, y) => at(x, y)).filter(([red, green]) => is(red, green)).length;
  return {
    width: columns, height: rows, pages,
    share: (is) => Array.from({ length: columns }, (_, x) => count(is, x)).reduce((sum, found) => sum + found, 0) / (columns * rows),
    redColumns: () => Array.from({ length: columns }, (_, x) => x).filter((x) => count((red, green) => red > green + 60, x) > rows * 0.25),
  };
}
