/** What the page draws, measured in pixels against a signal that is exactly known. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hatchedColumns, launchBrowser, openPage, stripPixels, traceRows, untilLive, type StripPixels } from '../helpers/browser.ts';
import { startPageWard, type PageWard } from '../helpers/page-ward.ts';

const FS = 500;
/** 1 mV for the first 40 ms of every second; one whole second in every three is missing. */
const SPIKES = (seconds: number): number => (Math.floor(seconds) % 3 === 2 ? NaN : (seconds % 1) < 0.04 ? 1000 : 0);

let browser: Browser;
let ward: PageWard;
beforeAll(async () => {
  browser = await launchBrowser();
  ward = await startPageWard({ beds: 1, leads: ['II'], samplingFrequencyHz: FS, signal: SPIKES });
});
afterAll(async () => {
  await browser?.close();
  await ward?.close();
});

/** Left edges of the pulses, in columns, and their height in rows. */
function pulses(pixels: StripPixels): { edges: number[]; heights: number[] } {
  const rows = traceRows(pixels);
  const baseline = [...rows].filter((row) => !Number.isNaN(row)).sort((a, b) => b - a)[Math.floor(rows.length / 4)]!;
  const edges: number[] = [];
  const heights: number[] = [];
  for (let x = 1; x < rows.length; x++) {
    const rises = rows[x]! < baseline - 5 && !(rows[x - 1]! < baseline - 5);
    if (!rises || x - (edges.at(-1) ?? -Infinity) < 20) continue;
    edges.push(x);
    heights.push(baseline - Math.min(...[...rows.subarray(x, x + 20)].filter((row) => !Number.isNaN(row))));
  }
  return { edges, heights };
}

/** The widest run of hatched columns. */
function widestGap(pixels: StripPixels): number {
  let widest = 0;
  let run = 0;
  for (const hatched of hatchedColumns(pixels)) widest = Math.max(widest, (run = hatched ? run + 1 : 0));
  return widest;
}

async function measured(options: { readonly deviceScaleFactor?: number; readonly pxPerMm?: number; readonly sweepSpeed?: number; readonly displayGain?: number }): Promise<{ mmPerSecond: number[]; mmPerMv: number[]; gapMm: number; pixelMm: number }> {
  const { page, close } = await openPage(browser, ward.url, { deviceScaleFactor: options.deviceScaleFactor ?? 1, viewport: { width: 1800, height: 420 } });
  await page.evaluate(({ pxPerMm, sweepSpeed, displayGain }) => {
    if (pxPerMm !== undefined) localStorage.setItem('leadwatch.pxPerMm', String(pxPerMm));
    localStorage.setItem('leadwatch.settings', JSON.stringify({ sweepSpeed, displayGain }));
  }, options);
  await page.reload();
  await untilLive(page, 'bed-1');
  await page.waitForTimeout(9000);
  const pixels = await stripPixels(page, 'bed-1');
  const { edges, heights } = pulses(pixels);
  const mm = (options.pxPerMm ?? 96 / 25.4) * pixels.ratio;
  const second = (options.sweepSpeed ?? 25) * mm;
  const distances = edges.slice(1).map((edge, i) => edge - edges[i]!).filter((distance) => distance < 1.5 * second);
  await close();
  return { mmPerSecond: distances.map((distance) => distance / mm), mmPerMv: heights.map((height) => height / mm), gapMm: widestGap(pixels) / mm, pixelMm: 1 / mm };
}

describe.concurrent('calibration of the drawn trace', () => {
  const cases = [
    { name: '25 mm/s and 10 mm/mV at 96 px an inch', options: {}, speed: 25, gain: 10 },
    { name: 'the same in true millimetres on a calibrated screen of two device pixels to one', options: { deviceScaleFactor: 2, pxPerMm: 5 }, speed: 25, gain: 10 },
    { name: '50 mm/s and 20 mm/mV', options: { sweepSpeed: 50, displayGain: 20 }, speed: 50, gain: 20 },
  ];
  it.each(cases)('draws 1 mV, 1 s and a missing second at $name within 2 %, or the one pixel that can be seen', async ({ options, speed, gain }) => {
    const { mmPerSecond, mmPerMv, gapMm, pixelMm } = await measured(options);
    expect(mmPerSecond.length).toBeGreaterThanOrEqual(1);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const isDrawnAs = (drawnMm: number, trueMm: number): void => expect(Math.abs(drawnMm - trueMm)).toBeLessThan(Math.max(0.02 * trueMm, pixelMm));
    isDrawnAs(mean(mmPerSecond), speed);
    isDrawnAs(mean(mmPerMv), gain);
    isDrawnAs(gapMm, speed);
  }, 60_000);
});
