/** Millimetres of a known signal, read back from the pixels that the page drew. */
import type { Browser } from 'playwright-core';
import { hatchedColumns, openPage, stripPixels, traceRows, untilLive, type StripPixels } from './browser.ts';

/** 1 mV for the first 40 ms of every second; one whole second in every three is missing. */
export const SPIKES = (seconds: number): number => (Math.floor(seconds) % 3 === 2 ? NaN : (seconds % 1) < 0.04 ? 1000 : 0);
export const SPIKES_FS = 500;

const LOOKS = 6;
const LOOK_MS = 400;
/** Columns: where a gap meets the trace one may be of neither. */
const NEAR = 3;

export interface DrawnWith {
  readonly deviceScaleFactor?: number;
  readonly pxPerMm?: number;
  readonly sweepSpeed?: number;
  readonly displayGain?: number;
}

export interface DrawnScale {
  /** Of each second, of each millivolt, of the widest whole gap. */
  readonly mmPerSecond: number[];
  readonly mmPerMv: number[];
  readonly gapMm: number;
  readonly pixelMm: number;
}

/** @param url of a ward whose bed-1 shows SPIKES */
export async function measureDrawn(browser: Browser, url: string, options: DrawnWith): Promise<DrawnScale> {
  const { page, close } = await openPage(browser, url, { deviceScaleFactor: options.deviceScaleFactor ?? 1, viewport: { width: 1800, height: 420 } });
  await page.evaluate(({ pxPerMm, sweepSpeed, displayGain }) => {
    if (pxPerMm !== undefined) localStorage.setItem('leadwatch.pxPerMm', String(pxPerMm));
    localStorage.setItem('leadwatch.settings', JSON.stringify({ sweepSpeed, displayGain }));
  }, options);
  await page.reload();
  await untilLive(page, 'bed-1');
  await page.waitForTimeout(9000);
  let pixels = await stripPixels(page, 'bed-1');
  // The bar between the newest and the oldest second may cut every gap there is; a moment later it has moved on.
  let gap = widestGap(pixels);
  for (let look = 1; look < LOOKS && gap === undefined; look++) {
    await page.waitForTimeout(LOOK_MS);
    pixels = await stripPixels(page, 'bed-1');
    gap = widestGap(pixels);
  }
  const { edges, heights, drawn } = pulses(pixels);
  const mm = (options.pxPerMm ?? 96 / 25.4) * pixels.ratio;
  const second = (options.sweepSpeed ?? 25) * mm;
  // Nothing is drawn in the bar between the newest and the oldest second: a distance across it tells only when the picture was taken.
  const distances = edges.slice(1).flatMap((edge, i) => (drawn(edges[i]!, edge) ? [edge - edges[i]!] : [])).filter((distance) => distance < 1.5 * second);
  await close();
  return { mmPerSecond: distances.map((distance) => distance / mm), mmPerMv: heights.map((height) => height / mm), gapMm: (gap ?? NaN) / mm, pixelMm: 1 / mm };
}

/** Left edges of the pulses, in columns, their height in rows, and whether the trace goes on from one column to another. */
function pulses(pixels: StripPixels): { edges: number[]; heights: number[]; drawn: (from: number, to: number) => boolean } {
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
  return { edges, heights, drawn: (from, to) => !rows.subarray(from, to).some(Number.isNaN) };
}

/** The widest run of hatched columns with trace on either side; undefined where there is none. */
function widestGap(pixels: StripPixels): number | undefined {
  const hatched = hatchedColumns(pixels);
  const rows = traceRows(pixels);
  const drawnNear = (from: number, to: number): boolean => [...rows.subarray(Math.max(0, from), to)].some((row) => !Number.isNaN(row));
  let widest: number | undefined;
  for (let first = 0; first < hatched.length; first++) {
    if (!hatched[first]) continue;
    let end = first;
    while (hatched[end]) end++;
    if (drawnNear(first - NEAR, first) && drawnNear(end, end + NEAR)) widest = Math.max(widest ?? 0, end - first);
    first = end;
  }
  return widest;
}
