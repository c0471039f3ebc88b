/** A real influxd of a test's own: its directory, its port, its token; stopped and started again at will. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DEFAULT_RETENTION } from '../../stream/history/embedded/options.ts';
import { initInflux } from '../../stream/history/influx/buckets.ts';
import type { InfluxOptions } from '../../stream/history/influx/options.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/get-influxd.sh', import.meta.url));
const READY_TIMEOUT_MS = 30_000;

export interface TestInfluxd {
  readonly options: InfluxOptions;
  readonly pid: () => number;
  start(): Promise<void>;
  /** SIGKILL: what is not on the disk is gone. */
  kill(): Promise<void>;
  remove(): Promise<void>;
}

export async function startInfluxd(): Promise<TestInfluxd> {
  const { stdout } = await promisify(execFile)('bash', [SCRIPT], { maxBuffer: 64 * 2 ** 20 });
  const binary = stdout.trim();
  const directory = await mkdtemp(join(tmpdir(), 'leadwatch-influxd-'));
  const port = await freePort();
  const options: InfluxOptions = { url: `http://127.0.0.1:${port}`, org: 'ward', token: 'a-token-of-the-history-tests', bucketPrefix: 'leadwatch' };
  let child: ChildProcess | undefined;
  const influxd: TestInfluxd = {
    options,
    pid: () => child?.pid ?? 0,
    async start() {
      child = spawn(binary, ['--http-bind-address', `127.0.0.1:${port}`, '--bolt-path', join(directory, 'influxd.bolt'), '--sqlite-path', join(directory, 'influxd.sqlite'),
        '--engine-path', join(directory, 'engine'), '--reporting-disabled', '--store', 'disk', '--log-level', 'error'], { stdio: 'ignore' });
      await ready(`${options.url}/health`);
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    async remove() {
      await influxd.kill();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  await influxd.start();
  await initInflux(options, { ...DEFAULT_RETENTION, waveformsMs: DEFAULT_RETENTION.eventsMs, trendsMs: DEFAULT_RETENTION.eventsMs }, 'a-password-of-the-tests');
  return influxd;
}

async function ready(url: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    if (Date.now() > deadline) throw new Error(`influxd is not ready after ${READY_TIMEOUT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
