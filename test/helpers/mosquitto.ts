/** A real mosquitto of a test's own: its port, its configuration; stopped and started again at will. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestBroker {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  remove(): Promise<void>;
}

export function mosquittoPath(): string {
  const found = [process.env.MOSQUITTO_PATH, '/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find((path) => path && existsSync(path));
  if (!found) throw new Error('no mosquitto was found: apt-get install -y mosquitto, or set MOSQUITTO_PATH');
  return found;
}

/** @param settings lines of mosquitto.conf beside the listener; files they name are written from `files` */
export async function startMosquitto(settings: (directory: string) => string = () => 'allow_anonymous true', files: Readonly<Record<string, string>> = {}): Promise<TestBroker> {
  const directory = mkdtempSync(join(tmpdir(), 'leadwatch-mosquitto-'));
  const port = await freePort();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text, { mode: 0o600 });
  // Started by root, mosquitto would drop to a user who cannot read the test's folder.
  writeFileSync(join(directory, 'mosquitto.conf'), `listener ${port} 127.0.0.1\n${process.getuid?.() === 0 ? 'user root\n' : ''}${settings(directory)}\n`);
  let child: ChildProcess | undefined;
  const broker: TestBroker = {
    url: `mqtt://127.0.0.1:${port}`,
    async start() {
      child = spawn(mosquittoPath(), ['-c', join(directory, 'mosquitto.conf')], { stdio: 'ignore' });
      await listening(port);
    },
    async stop() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    async remove() {
      await broker.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await broker.start();
  return broker;
}

async function listening(port: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('close', () => undefined);
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    if (Date.now() > deadline) throw new Error('mosquitto did not begin to listen within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
