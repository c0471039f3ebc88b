/** Beds on a real server in a process of its own, measured in peace and then under siege. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { besiege } from './feeds-siege.ts';
import { connectBed } from './feeds-ingest.ts';
import { quantile } from './report.ts';

export interface SiegeResult {
  readonly beds: number;
  readonly attempts: number;
  /** Closed unheard. */
  readonly refused: number;
  /** Still open when the last deadline was over. */
  readonly leftOpen: number;
  readonly gaps: number;
  readonly refusedFrames: number;
  readonly lost: number;
  readonly peaceP99Ms: number;
  readonly siegeP99Ms: number;
}

const BEDS = 20;
const FRAME_MS = 100;
const PEACE_MS = 5000;
/** The longest deadline of a connection that says nothing, its closing, and room. */
const DEADLINES_MS = 15_000;
const CLI = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url));

export async function measureSiege(attempts: number): Promise<SiegeResult> {
  const directory = mkdtempSync(join(tmpdir(), 'leadwatch-siege-'));
  const config = join(directory, 'leadwatch.json');
  writeFileSync(config, JSON.stringify({ port: 0, model: null, logLevel: 'fatal', stateDirectory: join(directory, 'state'), history: { kind: 'none' } }));
  const child = spawn(process.execPath, [CLI, 'serve', '--config', config], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let said = '';
      child.stdout.on('data', (bytes: Buffer) => {
        said += String(bytes);
        const ready = /ready at (\S+)/.exec(said);
        if (ready) resolve(ready[1]!);
      });
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
    const port = Number(new URL(url).port);
    let latencies: number[] = [];
    let acknowledged = 0;
    const beds = await Promise.all(Array.from({ length: BEDS }, (_, bed) => connectBed(port, bed, { leads: 3, samplingFrequency: 250 }, (sentAt, now) => {
      acknowledged++;
      latencies.push(now - sentAt);
    })));
    let sent = 0;
    const timer = setInterval(() => {
      for (const bed of beds) bed.send();
      sent += beds.length;
    }, FRAME_MS);
    const p99 = (): number => quantile(Float64Array.from(latencies.splice(0)).sort(), 0.99);
    await new Promise((resolve) => setTimeout(resolve, PEACE_MS));
    const peaceP99Ms = p99();
    const siege = await besiege(port, attempts);
    await new Promise((resolve) => setTimeout(resolve, DEADLINES_MS));
    const siegeP99Ms = p99();
    const leftOpen = siege.open();
    siege.end();
    clearInterval(timer);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const health = (await (await fetch(`${url}/health`)).json()) as {
      beds: { counters: { gaps: number; refused: number } }[]; connections: { http: { refusedTotal: number; refusedAddress: number } } };
    for (const { close } of beds) close();
    latencies = [];
    return {
      beds: BEDS, attempts, leftOpen, peaceP99Ms, siegeP99Ms, lost: sent - acknowledged,
      refused: health.connections.http.refusedTotal + health.connections.http.refusedAddress,
      gaps: health.beds.reduce((sum, { counters }) => sum + counters.gaps, 0), refusedFrames: health.beds.reduce((sum, { counters }) => sum + counters.refused, 0) };
  } finally {
    child.kill('SIGTERM');
    await new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(undefined)));
    rmSync(directory, { recursive: true, force: true });
  }
}
