/** The real server on a port of its own with a state directory of its own, and subscribers that keep what they are sent. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { loadConfig, type ConfigInput } from '../../config.ts';
import type { AlertEvent, Subscription, SubscribeReply } from '../../dashboard/alert-wire.ts';
import type { Clock } from '../../ecg/clock.ts';
import { startServer, type RunningServer } from '../../serve.ts';

export interface TestServer extends RunningServer {
  readonly stateDirectory: string;
  /** Stops the server and removes its state. */
  remove(): Promise<void>;
}

/** @param overrides of the configuration; no model unless it names one; a given stateDirectory is kept */
export async function startTestServer(overrides: Partial<ConfigInput> = {}, demoBeds: readonly string[] = [], clock?: Clock): Promise<TestServer> {
  const stateDirectory = overrides.stateDirectory ?? (await mkdtemp(join(tmpdir(), 'leadwatch-test-')));
  const config = loadConfig({ port: 0, model: null, logLevel: 'fatal', ...overrides, stateDirectory }, {});
  const server = await startServer(config, demoBeds, clock).catch(async (error: Error) => {
    if (overrides.stateDirectory === undefined) await rm(stateDirectory, { recursive: true });
    throw error;
  });
  return {
    ...server,
    stateDirectory,
    async remove() {
      await server.close();
      if (overrides.stateDirectory === undefined) await rm(stateDirectory, { recursive: true });
    },
  };
}

export interface AlertSubscriber {
  readonly socket: Socket;
  /** Every alert received, duplicates and all. */
  readonly alerts: (AlertEvent & { readonly receivedAtMs: number })[];
  /** Resolves with the first alert, past or to come, that fits. */
  next(fits: (alert: AlertEvent) => boolean): Promise<AlertEvent & { readonly receivedAtMs: number }>;
  close(): void;
}

export async function subscribeToAlerts(url: string, subscription: Subscription = {}, token?: string): Promise<AlertSubscriber> {
  const socket = io(`${url}/alerts`, { transports: ['websocket'], forceNew: true, ...(token === undefined ? {} : { auth: { token } }) });
  const alerts: AlertSubscriber['alerts'] = [];
  const waiting: { fits: (alert: AlertEvent) => boolean; resolve: (alert: AlertSubscriber['alerts'][number]) => void }[] = [];
  socket.on('alert', (alert: AlertEvent) => {
    const received = { ...alert, receivedAtMs: Date.now() };
    alerts.push(received);
    for (const { fits, resolve } of waiting) if (fits(alert)) resolve(received);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('connect_error', reject);
  });
  const reply = (await socket.emitWithAck('subscribe', subscription)) as SubscribeReply;
  if (!reply.ok) throw new Error(reply.message);
  return {
    socket,
    alerts,
    next: (fits) => {
      const known = alerts.find(fits);
      return known ? Promise.resolve(known) : new Promise((resolve) => void waiting.push({ fits, resolve }));
    },
    close: () => void socket.close(),
  };
}
