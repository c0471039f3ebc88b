/** Load on a server over WebSocket: beds that send a frame every 100 ms each, spread evenly, and when each was acknowledged. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { encodeFrame } from '../../ecg/frame.ts';
import { seededRandom } from '../../ecg/simulator/random.ts';
import { quantile } from './report.ts';
import type { ServerKind, ToIngestServer } from './feeds-ingest-server.ts';

export interface IngestLoad {
  readonly beds: number;
  readonly leads: number;
  readonly samplingFrequency: number;
  readonly seconds: number;
}

export interface IngestResult {
  readonly frames: number;
  /** Every frame's, ascending, ms. */
  readonly latenciesMs: Float64Array;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Of one core, while the load ran. */
  readonly cpuShare: number;
}

/** What goes on while ingest is measured: it may tell the server to hold a connection. */
export type Beside = (port: number, tell: (message: ToIngestServer) => void) => Promise<() => Promise<void>>;

const SERVER = fileURLToPath(new URL('./feeds-ingest-server.ts', import.meta.url));
const FRAME_MS = 100;
/** The load is sent in ticks of this length, each bed at its own. */
const TICK_MS = 5;
/** The first second fills caches and compiles code; it is not counted. */
const WARM_UP_MS = 2000;
const LEADS = ['I', 'II', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];

/**
 * @param beside begun once beds are connected; what it returns is awaited after the feeds have ended, before the server does
 */
export async function measureIngest(kind: ServerKind, load: IngestLoad, beside?: Beside): Promise<IngestResult> {
  const child = fork(SERVER, [kind], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const told = <T>(): Promise<T> => new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`the ${kind} server ended with ${code}`)));
  });
  const { port } = await told<{ port: number }>();
  const usage = async (): Promise<number> => {
    child.send('usage');
    const { usage: { user, system } } = await told<{ usage: NodeJS.CpuUsage }>();
    return (user + system) / 1000;
  };
  const latencies: number[] = [];
  const beds = await Promise.all(Array.from({ length: load.beds }, (_, bed) => connectBed(port, bed, load, (sentAt, now) => {
    if (counting) latencies.push(now - sentAt);
  })));
  let counting = false;
  const finish = await beside?.(port, (message) => void child.send(message));
  const ticks = FRAME_MS / TICK_MS;
  const began = performance.now();
  let tick = 0;
  const timer = setInterval(() => {
    for (const due = Math.floor((performance.now() - began) / TICK_MS); tick < due; tick++) {
      for (let bed = tick % ticks; bed < beds.length; bed += ticks) beds[bed]!.send();
    }
  }, TICK_MS);
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
  counting = true;
  const [cpuBefore, from] = [await usage(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, load.seconds * 1000));
  const [cpuAfter, to] = [await usage(), performance.now()];
  clearInterval(timer);
  for (const { close } of beds) close();
  await finish?.();
  child.removeAllListeners('exit');
  child.send('end');
  const sorted = Float64Array.from(latencies).sort();
  return { frames: sorted.length, latenciesMs: sorted, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), maxMs: sorted.at(-1) ?? NaN, cpuShare: (cpuAfter - cpuBefore) / (to - from) };
}

/** One bed of the load, greeted. @param acknowledged told of each frame's way and back */
export async function connectBed(port: number, bed: number, load: Pick<IngestLoad, 'leads' | 'samplingFrequency'>, acknowledged: (sentAt: number, now: number) => void): Promise<{ send: () => void; close: () => void }> {
  const leads = LEADS.slice(0, load.leads);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/feeds/ws`, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  socket.send(JSON.stringify({ hello: { version: 1, bed: `bed-${bed}`, source: 'simulator', device: 'bench', samplingFrequencyHz: load.samplingFrequency, leads, adcGain: leads.map(() => 1000), baseline: leads.map(() => 0) } }));
  await new Promise<void>((resolve) => void socket.once('message', () => resolve()));
  const sent: number[] = [];
  socket.on('message', (data) => {
    if (!String(data).startsWith('{"ack"')) throw new Error(`bed ${bed}: ${String(data)}`);
    acknowledged(sent.shift()!, performance.now());
  });
  const random = seededRandom(bed);
  const count = Math.round((load.samplingFrequency * FRAME_MS) / 1000);
  const beginMs = Date.now();
  let n = 0;
  return {
    send() {
      const samples = leads.map(() => Int16Array.from({ length: count }, (_, i) => ((n * count + i) % 200 < 10 ? 900 : 20 * random.normal())));
      const bytes = encodeFrame({ sequence: n, sampleIndex: n * count, deviceTimeMs: beginMs + n * FRAME_MS, samples });
      n++;
      sent.push(performance.now());
      socket.send(bytes);
    },
    close: () => socket.terminate(),
  };
}

/** Several measurements as one. */
export function together(results: readonly IngestResult[]): IngestResult {
  const latenciesMs = Float64Array.from(results.flatMap((result) => [...result.latenciesMs])).sort();
  return {
    frames: latenciesMs.length, latenciesMs, p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99), maxMs: latenciesMs.at(-1) ?? NaN,
    cpuShare: results.reduce((sum, { cpuShare }) => sum + cpuShare, 0) / results.length };
}
