/** `leadwatch/client` on the real server, where its positions, its handlers or its connection go wrong. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { AlertClient, type AlertEvent } from '../../client/alert-client.ts';
import type { AlarmCondition } from '../../ecg/alarm.ts';
import { epochMs } from '../../ecg/units.ts';
import { startCuttingProxy } from '../helpers/cutting-proxy.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const until = (holds: () => unknown): Promise<void> => vi.waitFor(async () => void (await holds()), { timeout: 30_000, interval: 20 });
const counters = async (server: TestServer): Promise<Record<string, number>> => ((await (await fetch(`${server.url}/health`)).json()) as { alerts: Record<string, number> }).alerts;
const tell = (server: TestServer, condition: AlarmCondition, active: boolean, bed = 'bed-1'): void => (
  server.desk.apply(bed, { type: 'condition', condition, active, onsetMs: epochMs(1000), cause: 'test' }));

function client(server: TestServer, options: Partial<ConstructorParameters<typeof AlertClient>[0]> = {}) {
  const taken: AlertEvent[] = [];
  const told: string[] = [];
  const one = new AlertClient({ url: server.url, onAlert: (alert) => void taken.push(alert), onStatus: (status, why) => told.push(`${status} ${why}`), ...options });
  return { one, taken, told };
}
const seqs = (alerts: readonly AlertEvent[]): number[] => alerts.map(({ data }) => data.seq);

describe('the alert client', () => {
  it('takes the alerts of a ledger whose numbers are behind those it kept, and is told that some may be missed', async ({ onTestFinished }) => {
    const server = await startTestServer();
    onTestFinished(() => server.remove());
    tell(server, 'noData', true);
    const epoch = 2 * server.desk.epoch;
    const { one, taken, told } = client(server, { position: [{ bed: '*', epoch, seq: 0 }, { bed: 'bed-1', epoch, seq: 7 }] });
    onTestFinished(() => one.close());
    await until(() => expect(seqs(taken)).toEqual([1]));
    tell(server, 'noData', false);
    await until(() => expect(seqs(taken)).toEqual([1, 2]));
    expect(told).toContainEqual(expect.stringMatching(/^missed changes of bed-1/));
    expect(one.position).toEqual([{ bed: '*', epoch: server.desk.epoch, seq: 0 }, { bed: 'bed-1', epoch: server.desk.epoch, seq: 2 }]);
    await until(async () => expect((await counters(server))['ignoredAcknowledgements']).toBe(0));
  }, 40_000);

  it('goes on taking alerts although its position cannot be kept and its listener throws, and says so', async ({ onTestFinished }) => {
    const server = await startTestServer();
    onTestFinished(() => server.remove());
    const told: string[] = [];
    const { one, taken } = client(server, {
      onPosition: () => {
        throw new Error('no space left');
      },
      onStatus: (status, why) => {
        told.push(`${status} ${why}`);
        throw new Error('the listener is broken');
      },
    });
    onTestFinished(() => one.close());
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => log.mockRestore());
    await until(async () => expect((await counters(server))['subscribers']).toBe(1));
    for (const active of [true, false, true]) tell(server, 'noData', active);
    await until(() => expect(seqs(taken)).toEqual([1, 2, 3]));
    expect(told).toContain('failed the position was not kept: no space left');
  }, 40_000);

  it('stays closed when it is closed while it was about to connect again', async ({ onTestFinished }) => {
    const server = await startTestServer();
    onTestFinished(() => server.remove());
    let calls = 0;
    const { one, told } = client(server, { onAlert: () => {
      calls++;
      throw new Error('the database is away');
    } });
    tell(server, 'noData', true);
    await until(() => expect(told).toContain('failed the database is away'));
    one.close();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(calls).toBe(1);
    expect((await counters(server))['subscribers']).toBe(0);
  }, 40_000);

  it('does not pile up what is sent again while its handler is busy', async ({ onTestFinished }) => {
    const server = await startTestServer();
    onTestFinished(() => server.remove());
    let finish = (): void => undefined;
    const calls: number[] = [];
    const { one } = client(server, { onAlert: ({ data }) => {
      calls.push(data.seq);
      return data.seq > 1 ? undefined : new Promise((resolve) => (finish = resolve));
    } });
    onTestFinished(() => one.close());
    await until(async () => expect((await counters(server))['subscribers']).toBe(1));
    for (const active of [true, false, true]) tell(server, 'noData', active);
    await until(() => expect(one.duplicates).toBeGreaterThanOrEqual(3)); // the three are sent again after five seconds
    expect(calls).toEqual([1]);
    finish();
    await until(() => expect(calls).toEqual([1, 2, 3]));
  }, 40_000);

  it('is not given at a cut what was over before it first came', async ({ onTestFinished }) => {
    const server = await startTestServer();
    onTestFinished(() => server.remove());
    const { hostname, port } = new URL(server.url);
    const proxy = await startCuttingProxy(() => ({ host: hostname, port: Number(port) }));
    onTestFinished(() => proxy.close());
    tell(server, 'monitoringFault', true);
    tell(server, 'asystole', true);
    tell(server, 'asystole', false);
    await until(() => expect(server.desk.alarmsOf('bed-1').find(({ condition }) => condition === 'asystole')?.state).toBe('latched'));
    server.desk.apply('bed-1', { type: 'acknowledge', condition: 'asystole' });
    await until(() => expect(server.desk.since('bed-1', 0, 0).at(-1)).toMatchObject({ condition: 'asystole', state: 'cleared', seq: 4 }));

    const all = client(server, { url: proxy.url });
    const high = client(server, { url: proxy.url, priorities: ['high'] });
    onTestFinished(() => [all, high].forEach(({ one }) => one.close()));
    await until(() => expect(seqs(all.taken)).toEqual([1]));
    await until(() => expect(high.told).toContain('connected '));
    expect(proxy.cut()).toBe(2);
    for (const { told } of [all, high]) await until(() => expect(told.filter((line) => line === 'connected ')).toHaveLength(2));
    tell(server, 'ventricularFibrillation', true);
    for (const { taken } of [all, high]) await until(() => expect(taken.at(-1)?.data.condition).toBe('ventricularFibrillation'));
    expect(seqs(all.taken)).toEqual([1, 5]);
    expect(seqs(high.taken)).toEqual([5]);
  }, 40_000);

  it('catches up with more than may ever wait for one subscriber, without being cut off', async ({ onTestFinished }) => {
    const server = await startTestServer();
    onTestFinished(() => server.remove());
    const beds = Array.from({ length: 28 }, (_, i) => `bed-${i}`);
    for (let i = 0; i < 1900; i++) for (const bed of beds) tell(server, 'noData', i % 2 === 0, bed);
    await until(() => expect(beds.map((bed) => server.desk.since(bed, 0, 0).length)).toEqual(beds.map(() => 1900)));
    let count = 0;
    const { one, told } = client(server, { position: [{ bed: '*', epoch: server.desk.epoch, seq: 0 }], onAlert: async () => {
      await Promise.resolve();
      count++;
    } });
    onTestFinished(() => one.close());
    await until(() => expect(count).toBe(28 * 1900));
    expect(told).toEqual(['connected ']);
    expect((await counters(server))['cutOff']).toBe(0);
  }, 80_000);

  it('is told at its next connection that changes may be missed, where the ledger was damaged meanwhile', async ({ onTestFinished }) => {
    const before = await startTestServer();
    tell(before, 'noData', true);
    await until(() => expect(before.desk.since('bed-1', 0, 0)).toHaveLength(1));
    const { epoch } = before.desk;
    await before.close();
    const ledger = join(before.stateDirectory, 'alarms.jsonl');
    await writeFile(ledger, (await readFile(ledger, 'utf8')).replace('"seq":1', '"seq":3'));
    const server = await startTestServer({ stateDirectory: before.stateDirectory });
    onTestFinished(async () => {
      await server.close();
      await rm(before.stateDirectory, { recursive: true });
    });
    const { one, told, taken } = client(server, { position: [{ bed: '*', epoch, seq: 0 }, { bed: 'bed-1', epoch, seq: 0 }] });
    onTestFinished(() => one.close());
    await until(() => expect(told).toContainEqual(expect.stringMatching(/^missed changes of \*, bed-1/)));
    tell(server, 'noData', true);
    await until(() => expect(taken.map(({ data }) => [data.epoch, data.seq])).toEqual([[server.desk.epoch, 1]]));
    expect(server.desk.epoch).toBeGreaterThan(epoch);
  }, 40_000);
});
