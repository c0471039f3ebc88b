/** The soak of the serving benchmark: wards of changing size, hence batches of changing size, while models are swapped; does memory grow? */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import type { EcgEncoder } from '../../models/encoder.ts';
import { loadLabelBank } from '../../models/label-bank.ts';
import type { LoadedManifest } from '../../models/manifest.ts';
import { createOnnxEncoder } from '../../models/onnx-encoder.ts';
import { Scorer } from '../../models/scorer.ts';
import { markdownTable, median, rounded, type Figures } from './report.ts';
import { pacedWard } from './serving-load.ts';

/** Beds of one ward after another: batches of one, of a few, and full ones. */
const WARDS = [1, 16, 64, 200, 400] as const;
/** Each ward comes so often. */
const CYCLES = 8;
export const SWAPS = 20;
const SAMPLE_MS = 1000;
/** Share of the soak before the first figure of memory: pools fill, code is compiled. The figures are medians over as much. */
const SETTLING = 0.1;

/** What of a soak is told beside its figures: why an encoder process ended, if one did. */
export interface Soak {
  readonly figures: Figures;
  readonly crashes: readonly string[];
}

interface Sample {
  readonly serverBytes: number;
  readonly encoderBytes: number;
}

/** @param seconds of the whole soak @param models swapped in in turn */
export async function soak(models: readonly LoadedManifest[], seconds: number, threads: number): Promise<Soak> {
  let pid: number | undefined;
  const crashes: string[] = [];
  const open = (model: LoadedManifest): Promise<EcgEncoder> => createOnnxEncoder(model, {
    provider: 'cpu', intraOpThreads: threads, onEvent: (event) => {
      if (event.kind === 'ready') pid = event.pid;
      if (event.kind === 'crashed') crashes.push(event.reason);
    } });
  let encoder = await open(models[0]!);
  const scorer = new Scorer({ encoder, bank: loadLabelBank(models[0]!), clock: systemClock, batching: { capacity: 1024 } });
  const samples: Sample[] = [];
  const stopSampling = systemClock.every(ms(SAMPLE_MS), () => void samples.push({ serverBytes: process.memoryUsage.rss(), encoderBytes: residentBytes(pid) }));
  const endMs = performance.now() + seconds * 1000;
  let segments = 0;
  const refusals: Record<string, number> = {};
  const wards = (async () => {
    for (let i = 0; performance.now() < endMs; i++) {
      const left = (endMs - performance.now()) / 1000;
      const result = await pacedWard(scorer, models[0]!.manifest, WARDS[i % WARDS.length]!, Math.min(left, seconds / (WARDS.length * CYCLES)));
      segments += result.segments;
      for (const [code, count] of Object.entries(result.refusals)) refusals[code] = (refusals[code] ?? 0) + count;
    }
  })();
  for (let swap = 1; swap <= SWAPS; swap++) {
    await pause((seconds * 1000) / (SWAPS + 1));
    const model = models[swap % models.length]!;
    const next = await open(model);
    await scorer.replaceModel(next, loadLabelBank(model));
    await encoder.close();
    encoder = next;
    console.error(`soak: swap ${swap} of ${SWAPS}, ${megabytes(samples.at(-1)?.serverBytes ?? 0)} MB and ${megabytes(samples.at(-1)?.encoderBytes ?? 0)} MB`);
  }
  await wards;
  stopSampling();
  scorer.close();
  await encoder.close();
  const part = Math.max(1, Math.floor(SETTLING * samples.length));
  const [begin, end] = [samples.slice(part, 2 * part), samples.slice(-part)];
  const growth = (of: (sample: Sample) => number): number => rounded(100 * (median(end.map(of)) / median(begin.map(of)) - 1));
  const { INFERENCE_STALE: deadlineExpired = 0, INFERENCE_OVERLOAD: gaveWay = 0, ...failed } = refusals;
  return { crashes, figures: {
    rssGrowthPercent: growth(({ serverBytes, encoderBytes }) => serverBytes + encoderBytes),
    serverRssGrowthPercent: growth(({ serverBytes }) => serverBytes),
    encoderRssGrowthPercent: growth(({ encoderBytes }) => encoderBytes),
    serverRssMb: megabytes(median(end.map(({ serverBytes }) => serverBytes))),
    encoderRssMb: megabytes(median(end.map(({ encoderBytes }) => encoderBytes))),
    seconds: Math.round(seconds), swaps: SWAPS, segments, answered: segments - Object.values(refusals).reduce((sum, count) => sum + count, 0),
    deadlineExpired, gaveWay, failed, encoderCrashes: crashes.length,
  } };
}

/** For people: what became of every segment, and why where it was not answered. */
export function soakTable({ figures, crashes }: Soak): string {
  const { seconds, swaps, segments, answered, deadlineExpired, gaveWay, failed, serverRssMb, encoderRssMb, rssGrowthPercent } = figures as Record<string, number | Record<string, number>>;
  const rows: [string, string][] = [
    ['segments', `${segments as number}`], ['answered', `${answered as number}`],
    ['deadline expired: the machine had no time for them', `${deadlineExpired as number}`], ['gave way to a newer one of the queue', `${gaveWay as number}`],
    ...Object.entries(failed as Record<string, number>).map(([code, count]): [string, string] => [`failed, ${code}`, `${count}`]),
    ['encoder processes that ended', crashes.length === 0 ? '0' : `${crashes.length}: ${[...new Set(crashes)].join('; ')}`],
    ['memory at the end', `${serverRssMb as number} MB server, ${encoderRssMb as number} MB encoder`], ['growth of memory', `${rssGrowthPercent as number} %`],
  ];
  return `${seconds as number} s, ${swaps as number} swaps\n\n${markdownTable(['', ''], rows)}`;
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** Of another process; 0 where the system does not tell. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
