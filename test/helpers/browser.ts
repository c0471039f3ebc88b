/** A real Chromium on the page, and what tests want to know of it. Everything is read from the page as a person's browser has it. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const USUAL_PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];
/** Software rendering, and no connection that the page itself does not ask for. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** @throws Error naming the command that installs it, where there is no Chromium */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = [process.env['CHROMIUM_PATH'], ...USUAL_PLACES].find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) {
    throw new Error(`no Chromium was found: expected CHROMIUM_PATH or one of ${USUAL_PLACES.join(', ')}; install it with: apt-get install -y chromium`);
  }
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

export interface OpenedPage {
  readonly page: Page;
  /** Errors, failed policy checks and uncaught exceptions that the page reported. */
  readonly complaints: string[];
  /** Origins of all requests the page made. */
  readonly origins: Set<string>;
  close(): Promise<void>;
}

/** Opens the page in a profile of its own. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'dark', ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const origins = new Set<string>();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  page.on('websocket', (socket) => origins.add(new URL(socket.url()).origin.replace(/^ws/, 'http')));
  await page.goto(url);
  return { page, complaints, origins, close: () => context.close() };
}

/** Waits until the page shows the bed as live (or no longer). */
export const untilLive = (page: Page, bed: string, live = true, timeout = 15_000): Promise<unknown> =>
  page.waitForSelector(`[data-bed="${bed}"][data-live="${live}"]`, { timeout });

/**
 * Waits until the page shows an alarm of a bed in a state, for a person to see.
 * @throws Error that says which alarms the page shows instead, and where it is
 */
export async function untilAlarm(page: Page, bed: string, condition: string, state: string, timeout = 30_000): Promise<void> {
  try {
    await page.waitForSelector(`[data-bed="${bed}"] [data-alarm="${condition}"][data-state="${state}"]`, { timeout });
  } catch {
    const shown = await page.evaluate((wanted) => [...document.querySelectorAll<HTMLElement>(`[data-bed="${wanted}"] [data-alarm]`)].map((row) =>
      `${row.dataset['alarm']} ${row.dataset['state']} ${row.checkVisibility() ? `"${row.innerText.replaceAll('\n', ' ')}"` : 'hidden'}`), bed);
    throw new Error(`${bed} does not show ${condition} as ${state} within ${timeout} ms; ${page.url()} shows: ${shown.join(', ') || 'no alarm of it'}`);
  }
}

/** Clicks as a hand does, with time between down and up: what moves meanwhile makes the click miss. */
export async function pressAndRelease(page: Page, selector: string, heldMs = 600): Promise<void> {
  await page.hover(selector);
  await page.mouse.down();
  await page.waitForTimeout(heldMs);
  await page.mouse.up();
}

/** The pixels of a bed's strip, RGBA row by row, and the device pixels per CSS pixel they were drawn with. */
export interface StripPixels {
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
  readonly rgba: Uint8Array;
}

/** @param lead the strip's lead in an opened bed; the bed's only strip in the ward */
export async function stripPixels(page: Page, bed: string, lead = ''): Promise<StripPixels> {
  const { width, height, ratio, base64 } = await page.evaluate(([wanted, name]) => {
    const strip = document.querySelector(`[data-bed="${wanted}"] [data-strip="${name}"]`)!.getBoundingClientRect();
    const canvas = document.querySelector('canvas')!;
    const origin = canvas.getBoundingClientRect();
    const scale = canvas.width / origin.width;
    const x = Math.round((strip.left - origin.left) * scale);
    const y = Math.round((strip.top - origin.top) * scale);
    const image = canvas.getContext('2d')!.getImageData(x, y, Math.round(strip.width * scale), Math.round(strip.height * scale));
    let binary = '';
    for (let i = 0; i < image.data.length; i += 8192) binary += String.fromCharCode(...image.data.subarray(i, i + 8192));
    return { width: image.width, height: image.height, ratio: scale, base64: btoa(binary) };
  }, [bed, lead] as const);
  return { width, height, ratio, rgba: Uint8Array.from(Buffer.from(base64, 'base64')) };
}

/** Whether the bed's strip draws on: after half a second, columns have changed, and not all of them. */
export async function traceIsMoving(page: Page, bed: string): Promise<boolean> {
  const before = await stripPixels(page, bed);
  await page.waitForTimeout(500);
  const after = await stripPixels(page, bed);
  let changed = 0;
  for (let x = 0; x < before.width; x++) if (columnDiffers(before, after, x)) changed++;
  return changed > 10 && changed < before.width / 2;
}

function columnDiffers(a: StripPixels, b: StripPixels, x: number): boolean {
  for (let y = 0; y < a.height; y++) {
    for (let channel = 0; channel < 3; channel++) {
      const at = (y * a.width + x) * 4 + channel;
      if (a.rgba[at] !== b.rgba[at]) return true;
    }
  }
  return false;
}

/**
 * Where the trace runs: for each column the middle row of the pixels in the trace's colour, NaN where there are none.
 * The trace is told from paper and hatching by being far brighter in the green of the dark theme.
 */
export function traceRows({ width, height, rgba }: StripPixels): Float64Array {
  return Float64Array.from({ length: width }, (_, x) => {
    let sum = 0;
    let count = 0;
    for (let y = 0; y < height; y++) {
      const at = (y * width + x) * 4;
      if (rgba[at + 1]! > 130 && rgba[at]! < 120) {
        sum += y;
        count++;
      }
    }
    return count === 0 ? NaN : sum / count;
  });
}

/** For each column, whether it is hatched as missing (dark theme); the calibration pulse, of nearly the same grey, counts too. */
export function hatchedColumns({ width, height, rgba }: StripPixels): boolean[] {
  const near = (value: number, wanted: number): boolean => Math.abs(value - wanted) < 25;
  return Array.from({ length: width }, (_, x) => {
    for (let y = 0; y < height; y++) {
      const at = (y * width + x) * 4;
      if (near(rgba[at]!, 0x5b) && near(rgba[at + 1]!, 0x6e) && near(rgba[at + 2]!, 0x80)) return true;
    }
    return false;
  });
}
