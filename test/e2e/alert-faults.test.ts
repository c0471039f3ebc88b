/** An asystole reaches `/alerts` although the disk is full, although the server's clock stands still. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config.ts';
import { systemClock, type Clock } from '../../ecg/clock.ts';
import { startServer } from '../../serve.ts';
import { startStormServer } from '../bench/alert-storm.ts';
import { excerpt, feed, flatFrom, simulatedRecord } from '../helpers/feeding.ts';
import { subscribeToAlerts } from '../helpers/running-server.ts';

const dying = flatFrom(excerpt(simulatedRecord([{ rhythm: 'sinus', seconds: 60 }], 30), 0, 30), 6);
const isAsystole = ({ data }: { data: { condition: string; bed: string } }): boolean => data.condition === 'asystole' && data.bed === 'bed-99';

describe.concurrent('an asystole', () => {
  it('reaches a subscriber although the disk takes no more, marked not durable, with the fault itself on show', async ({ onTestFinished }) => {
    const stateDirectory = await mkdtemp(join(tmpdir(), 'leadwatch-full-'));
    // No file of this process may grow beyond 16 KiB; the kernel refuses the write (EFBIG) as it does on a full disk.
    const server = await startStormServer({ stateDirectory, port: 0, beds: 8, rate: 60 }, (script) => spawn(
      'bash', ['-c', 'ulimit -f 16; exec node --import tsx "$0"', script],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: { ...process.env, TSX_DISABLE_CACHE: '1' } }));
    onTestFinished(async () => {
      server.process.kill('SIGKILL');
      await rm(stateDirectory, { recursive: true });
    });
    const subscriber = await subscribeToAlerts(server.url);
    subscriber.socket.on('alert', ({ data }: { data: { bed: string; epoch: number; seq: number } }) => (
      subscriber.socket.emit('ack', { bed: data.bed, epoch: data.epoch, seq: data.seq })));
    await subscriber.next(({ data }) => data.condition === 'alarmNotStored' && data.state === 'active');
    const bed = feed(dying, server.url, { bed: 'bed-99' });
    onTestFinished(() => bed.stop());
    expect((await subscriber.next(isAsystole)).data).toMatchObject({ state: 'active', priority: 'high', durable: false });
    subscriber.close();
  }, 60_000);

  it('reaches a subscriber although the server\'s clock stands still, and that it does is said', async ({ onTestFinished }) => {
    const stateDirectory = await mkdtemp(join(tmpdir(), 'leadwatch-clock-'));
    let stoppedAt: ReturnType<Clock['now']> | undefined = undefined;
    const clock: Clock = { ...systemClock, now: () => stoppedAt ?? systemClock.now() };
    const server = await startServer(loadConfig({ port: 0, model: null, logLevel: 'fatal', stateDirectory, history: { kind: 'none' } }, {}), [], clock);
    onTestFinished(async () => {
      await server.close();
      await rm(stateDirectory, { recursive: true });
    });
    const subscriber = await subscribeToAlerts(server.url);
    const bed = feed(dying, server.url, { bed: 'bed-99' });
    onTestFinished(() => bed.stop());
    await expect.poll(() => server.ward.bed('bed-99')?.live, { timeout: 10_000 }).toBe(true);
    stoppedAt = systemClock.now();
    expect((await subscriber.next(isAsystole)).data).toMatchObject({ state: 'active', priority: 'high' });
    expect((await subscriber.next(({ data }) => data.condition === 'serverClockStopped')).data).toMatchObject({ state: 'active' });
    subscriber.close();
  }, 60_000);
});
