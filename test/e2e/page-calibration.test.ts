/** What the page draws, measured in pixels against a signal that is exactly known. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../helpers/browser.ts';
import { measureDrawn, SPIKES, SPIKES_FS } from '../helpers/drawn-scale.ts';
import { startPageWard, type PageWard } from '../helpers/page-ward.ts';

let browser: Browser;
let ward: PageWard;
beforeAll(async () => {
  browser = await launchBrowser();
  ward = await startPageWard({ beds: 1, leads: ['II'], samplingFrequencyHz: SPIKES_FS, signal: SPIKES });
});
afterAll(async () => {
  await browser?.close();
  await ward?.close();
});

describe.concurrent('calibration of the drawn trace', () => {
  const cases = [
    { name: '25 mm/s and 10 mm/mV at 96 px an inch', options: {}, speed: 25, gain: 10 },
    { name: 'the same in true millimetres on a calibrated screen of two device pixels to one', options: { deviceScaleFactor: 2, pxPerMm: 5 }, speed: 25, gain: 10 },
    { name: '50 mm/s and 20 mm/mV', options: { sweepSpeed: 50, displayGain: 20 }, speed: 50, gain: 20 },
  ];
  it.each(cases)('draws 1 mV, 1 s and a missing second at $name within 2 %, or the one pixel that can be seen', async ({ options, speed, gain }) => {
    const { mmPerSecond, mmPerMv, gapMm, pixelMm } = await measureDrawn(browser, ward.url, options);
    expect(mmPerSecond.length).toBeGreaterThanOrEqual(1);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const isDrawnAs = (drawnMm: number, trueMm: number): void => expect(Math.abs(drawnMm - trueMm)).toBeLessThan(Math.max(0.02 * trueMm, pixelMm));
    isDrawnAs(mean(mmPerSecond), speed);
    isDrawnAs(mean(mmPerMv), gain);
    isDrawnAs(gapMm, speed);
  }, 60_000);
});
