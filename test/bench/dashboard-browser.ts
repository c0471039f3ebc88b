/** The page of the benchmark: built, served on loopback, opened in Chromium, its frames, main thread and heap measured. */
import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { build } from 'vite';
import { quantile } from './report.ts';

const SOURCE = join(import.meta.dirname, 'dashboard-page');
const TYPES: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };
/** A frame that came later than this missed at least one refresh of 60 Hz. */
const MISSED_MS = 25;

export interface FrameSummary {
  readonly frames: number;
  readonly fpsMedian: number;
  /** Of the refreshes in that time, which saw no frame. */
  readonly missedShare: number;
  readonly scriptP50Ms: number;
  readonly scriptP95Ms: number;
  /** Of one core: all that the page's main thread did, in processor time. */
  readonly mainThread: number;
  /** The same for one frame, ms. */
  readonly cpuPerFrameMs: number;
}

/** Builds the page with its socket replaced by a worker. */
export async function buildBenchPage(outDir: string): Promise<void> {
  await build({
    root: SOURCE, base: './', logLevel: 'error', configFile: false,
    build: { outDir, emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, rollupOptions: { input: [join(SOURCE, 'index.html'), join(SOURCE, 'compare.html')] } },
    worker: { format: 'es' },
    plugins: [{
      name: 'worker-connection',
      enforce: 'pre',
      resolveId: (source, importer) => (source === './connection.ts' && importer?.endsWith('dashboard/client/app.ts') ? join(SOURCE, 'worker-connection.ts') : undefined),
    }],
  });
}

export async function serveFiles(directory: string): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const path = resolve(directory, `.${new URL(request.url!, 'http://bench').pathname}`);
    readFile(path.startsWith(directory) ? path : directory).then(
      (body) => response.setHeader('content-type', TYPES[path.split('.').at(-1)!] ?? 'application/octet-stream').end(body),
      () => response.writeHead(404).end());
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

export interface BenchPage {
  readonly page: Page;
  readonly cdp: CDPSession;
  close(): Promise<void>;
}

export async function openBenchPage(browser: Browser, url: string): Promise<BenchPage> {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, colorScheme: 'dark' });
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(error));
  await page.goto(url);
  const cdp = await context.newCDPSession(page);
  // Processor time, not time on the wall: what other processes take of the cores is not the page's.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  return { page, cdp, close: () => context.close() };
}

/** Frames of the next seconds. */
export async function measureFrames({ page, cdp }: BenchPage, seconds: number): Promise<FrameSummary> {
  const task = async (): Promise<number> => (await cdp.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')!.value;
  await page.evaluate(() => void frameMeter.take());
  const [before, from] = [await task(), performance.now()];
  await pause(seconds * 1000);
  const [after, to] = [await task(), performance.now()];
  const { intervals, script } = await page.evaluate(() => frameMeter.take());
  const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();
  const missed = intervals.reduce((sum, interval) => sum + (interval > MISSED_MS ? Math.round(interval / (1000 / 60)) - 1 : 0), 0);
  return {
    frames: intervals.length,
    fpsMedian: 1000 / quantile(sorted(intervals), 0.5),
    missedShare: missed / (intervals.length + missed),
    scriptP50Ms: quantile(sorted(script), 0.5),
    scriptP95Ms: quantile(sorted(script), 0.95),
    mainThread: (after - before) / ((to - from) / 1000),
    cpuPerFrameMs: ((after - before) * 1000) / intervals.length,
  };
}

/** Bytes in use after a collection: of script, of the document, and of sample buffers. */
export async function heapBytes({ cdp }: BenchPage): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize, embedderHeapUsedSize, backingStorageSize } = await cdp.send('Runtime.getHeapUsage');
  return usedSize + embedderHeapUsedSize + backingStorageSize;
}
