/** `npm run bench -- dashboard`: frames, main thread and heap of the page beside uPlot, its calibration, axe, and 50 viewers of one server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import type { Browser } from 'playwright-core';
import { axeViolations } from '../helpers/axe.ts';
import { launchBrowser, openPage, untilLive } from '../helpers/browser.ts';
import { measureDrawn, SPIKES, SPIKES_FS } from '../helpers/drawn-scale.ts';
import { feed, simulatedRecord } from '../helpers/feeding.ts';
import { startPageWard } from '../helpers/page-ward.ts';
import { startTestServer } from '../helpers/running-server.ts';
import { buildBenchPage, heapBytes, measureFrames, openBenchPage, serveFiles, type FrameSummary } from './dashboard-browser.ts';
import { measureViewers, type ViewersResult } from './dashboard-viewers.ts';
import { machine, markdownTable, median, rounded, writeResults } from './report.ts';

/** Until code is compiled and strips are full. */
const WARM_UP_S = 10;
const WARD_BEDS = 64;
const VIEWERS = 50;

export async function main(args: string[]): Promise<void> {
  const program = new Command()
    .name('leadwatch bench dashboard')
    .option('--minutes <n>', 'how long heap and main thread are watched', Number, 10)
    .option('--seconds <n>', 'how long each drawing is measured in each round', Number, 15)
    .option('--rounds <n>', 'of strips and uPlot in turn', Number, 3)
    .option('--viewer-seconds <n>', 'how long ingest is measured without and with viewers', Number, 20)
    .parse(args, { from: 'user' });
  const { minutes, seconds, rounds, viewerSeconds } = program.opts<{ minutes: number; seconds: number; rounds: number; viewerSeconds: number }>();

  const directory = await mkdtemp(join(tmpdir(), 'leadwatch-bench-page-'));
  await buildBenchPage(directory);
  const { url, server } = await serveFiles(directory);
  const browser = await launchBrowser();
  console.log(`Strips and uPlot in turn, ${rounds} rounds; then the page for ${minutes} min; then calibration, axe and viewers...`);
  const compared = await compare(browser, `${url}/compare.html`, rounds, seconds);
  const ward = await watch(browser, `${url}/index.html`, seconds, minutes);
  const twelve = await watch(browser, `${url}/index.html#bed-65`, seconds, 0);
  server.close();
  await rm(directory, { recursive: true });
  console.log(`Ward: ${ward.frames.fpsMedian.toFixed(1)} fps, script p95 ${ward.frames.scriptP95Ms.toFixed(2)} ms, heap ${ward.heapGrowthPercent.toFixed(2)} %`);
  const calibrationErrorPercent = await calibrationError(browser);
  const objections = await judge(browser);
  await browser.close();
  const without = await measureViewers(WARD_BEDS, 0, viewerSeconds);
  const viewers = await measureViewers(WARD_BEDS, VIEWERS, viewerSeconds);

  const ratioToUPlot = median(compared.map(({ strips, uplot }) => strips.cpuPerFrameMs / uplot.cpuPerFrameMs));
  const scriptRatioToUPlot = median(compared.map(({ strips, uplot }) => strips.scriptP50Ms / uplot.scriptP50Ms));
  const middle = (who: 'strips' | 'uplot'): FrameSummary => compared.map((round) => round[who]).sort((a, b) => a.cpuPerFrameMs - b.cpuPerFrameMs)[compared.length >> 1]!;
  const row = (name: string, frames: FrameSummary): string[] => [name, frames.fpsMedian.toFixed(1), `${(100 * frames.missedShare).toFixed(1)} %`, frames.scriptP50Ms.toFixed(2), frames.scriptP95Ms.toFixed(2), frames.cpuPerFrameMs.toFixed(2), frames.mainThread.toFixed(2)];
  const drawing = markdownTable(['1920 x 1080', 'fps, median', 'refreshes missed', 'script ms, p50', 'script ms, p95', 'processor ms a frame', 'main thread, cores'], [
    row('page, ward of 64 beds x 3 leads x 250 Hz', ward.frames), row('page, 12 leads at 500 Hz opened, 64 beds beside', twelve.frames),
    row('192 strips, strips of this page', middle('strips')), row('192 strips, uPlot 1.6.32', middle('uplot'))]);
  const serving = markdownTable(['64 beds, server on one core', 'ingest p50 ms', 'p99 ms', 'cores', 'waveforms dropped', 'of the slow viewer', 'alarms missed'],
    [without, viewers].map((result) => [`${result.viewers} viewers`, result.ingest.p50Ms.toFixed(2), result.ingest.p99Ms.toFixed(2), result.ingest.cpuShare.toFixed(2), String(result.droppedWaveforms), String(result.slowViewerMissed), String(result.alarmsMissed)]));
  const prose = [
    `Heap after collection grew by ${ward.heapGrowthPercent.toFixed(2)} % in ${minutes} min (${(ward.heapBytes / 2 ** 20).toFixed(1)} MiB at the end); the main thread took ${ward.frames.mainThread.toFixed(2)} cores at the beginning and ${ward.lateMainThread.toFixed(2)} at the end.`,
    `Against uPlot drawing the same 192 leads in the same run: ${ratioToUPlot.toFixed(3)} of its processor time a frame, ${scriptRatioToUPlot.toFixed(3)} of its script time a frame (medians of ${rounds} rounds in turn).`,
    `Calibration: a second and a millivolt are drawn within ${calibrationErrorPercent.toFixed(2)} %, read from pixels. axe-core: ${objections.length} violations on ward, bed and review.`,
  ].join('\n\n');
  console.log(`${drawing}\n\n${serving}\n\n${prose}`);
  for (const objection of objections) console.log(`  ${objection}`);
  const path = writeResults('dashboard', {
    command: `npm run bench -- dashboard --minutes ${minutes} --seconds ${seconds} --rounds ${rounds} --viewer-seconds ${viewerSeconds}`,
    fps: { median: rounded(Math.min(ward.frames.fpsMedian, twelve.frames.fpsMedian)), ward: rounded(ward.frames.fpsMedian), twelveLeads: rounded(twelve.frames.fpsMedian) },
    missedRefreshes: { ward: rounded(ward.frames.missedShare), twelveLeads: rounded(twelve.frames.missedShare) },
    scriptMs: { p95: rounded(Math.max(ward.frames.scriptP95Ms, twelve.frames.scriptP95Ms)), ward: rounded(ward.frames.scriptP95Ms), twelveLeads: rounded(twelve.frames.scriptP95Ms) },
    ratioToUPlot: rounded(ratioToUPlot), scriptRatioToUPlot: rounded(scriptRatioToUPlot),
    heapGrowthPercent: rounded(ward.heapGrowthPercent), heapMinutes: minutes,
    mainThreadCores: { begin: rounded(ward.frames.mainThread), end: rounded(ward.lateMainThread) },
    calibrationErrorPercent: rounded(calibrationErrorPercent), axeViolations: objections.length,
    viewers: { without: viewerFigures(without), with: viewerFigures(viewers) },
  }, `# Dashboard\n\n\`npm run bench -- dashboard\`, in Chromium without a GPU (its compositor is software, so refreshes missed tell more than the median of frames). The feed is made in the page's worker.\n\n${drawing}\n\n${prose}\n\n${serving}\n\nWaveforms are dropped for a viewer that does not read; every viewer, that one too, has seen every alarm.\n`);
  console.log(`Written: ${path} (${String(machine().cpu)})`);
}

const viewerFigures = ({ viewers, ingest, droppedWaveforms, slowViewerMissed, alarmsMissed }: ViewersResult): Record<string, number> => ({
  viewers, ingestP50Ms: rounded(ingest.p50Ms), ingestP99Ms: rounded(ingest.p99Ms), cores: rounded(ingest.cpuShare), droppedWaveforms, slowViewerMissed, alarmsMissed });

async function compare(browser: Browser, url: string, rounds: number, seconds: number): Promise<{ readonly strips: FrameSummary; readonly uplot: FrameSummary }[]> {
  const bench = await openBenchPage(browser, url);
  await pause(WARM_UP_S * 1000);
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    const taken: Partial<Record<'strips' | 'uplot', FrameSummary>> = {};
    for (const who of ['strips', 'uplot'] as const) {
      await bench.page.evaluate((name) => drawWith(name), who);
      await pause(3000);
      taken[who] = await measureFrames(bench, seconds);
    }
    measured.push({ strips: taken.strips!, uplot: taken.uplot! });
  }
  await bench.close();
  return measured;
}

async function watch(browser: Browser, url: string, seconds: number, minutes: number): Promise<{ readonly frames: FrameSummary; readonly lateMainThread: number; readonly heapGrowthPercent: number; readonly heapBytes: number }> {
  const bench = await openBenchPage(browser, url);
  await bench.page.waitForSelector('[data-live="true"]', { timeout: 60_000 });
  // The heap is counted from when the rings of 90 s are full.
  await pause((minutes > 0 ? 100 : WARM_UP_S) * 1000);
  const frames = await measureFrames(bench, seconds);
  const first = await heapBytes(bench);
  await pause(minutes * 60_000);
  const late = minutes > 0 ? await measureFrames(bench, seconds) : frames;
  const last = await heapBytes(bench);
  await bench.close();
  return { frames, lateMainThread: late.mainThread, heapGrowthPercent: (100 * (last - first)) / first, heapBytes: last };
}

/** The largest error of a drawn second and millivolt, over screens and scales, percent. */
async function calibrationError(browser: Browser): Promise<number> {
  const ward = await startPageWard({ beds: 1, leads: ['II'], samplingFrequencyHz: SPIKES_FS, signal: SPIKES });
  const errors: number[] = [];
  // Two device pixels to one, so that a pixel is less than what is to be told.
  for (const [sweepSpeed, displayGain] of [[25, 10], [50, 20]] as const) {
    const { mmPerSecond, mmPerMv } = await measureDrawn(browser, ward.url, { deviceScaleFactor: 2, pxPerMm: 5, sweepSpeed, displayGain });
    errors.push(...[[mmPerSecond, sweepSpeed] as const, [mmPerMv, displayGain] as const].map(([drawn, wanted]) => 100 * Math.abs(median(drawn) / wanted - 1)));
  }
  await ward.close();
  return Math.max(...errors);
}

/** axe on ward, bed and review of the real server. */
async function judge(browser: Browser): Promise<string[]> {
  const server = await startTestServer();
  const feeding = feed(simulatedRecord([{ rhythm: 'sinus', seconds: 600 }], 120), server.url, { bed: 'bed-1' });
  const { page, close } = await openPage(browser, server.url);
  await untilLive(page, 'bed-1', true, 60_000);
  const objections: string[] = [];
  for (const [address, ready] of [['', '[data-view="ward"]'], ['#bed-1', '.bed[data-bed="bed-1"]'], ['#review/bed-1', '.moment-lead']] as const) {
    await page.goto(`${server.url}/${address}`);
    await page.waitForSelector(ready, { timeout: 60_000 });
    objections.push(...(await axeViolations(page)).map((objection) => `${address === '' ? 'ward' : address}: ${objection}`));
  }
  await close();
  feeding.stop();
  await server.remove();
  return objections;
}
