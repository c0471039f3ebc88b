/** `leadwatch/client` and the other ways into `/alerts`, on the real server. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { AlertClient, type AlertEvent, type AlertPosition } from '../../client/alert-client.ts';
import type { Subscription } from '../../dashboard/alert-wire.ts';
import { systemClock } from '../../ecg/clock.ts';
import { epochMs } from '../../ecg/units.ts';
import { startCuttingProxy } from '../helpers/cutting-proxy.ts';
import { startTestServer, subscribeToAlerts, type TestServer } from '../helpers/running-server.ts';

const until = (holds: () => unknown): Promise<void> => vi.waitFor(async () => void (await holds()), { timeout: 15_000, interval: 20 });

const counters = async (server: TestServer): Promise<Record<string, number>> => ((await (await fetch(`${server.url}/health`)).json()) as { alerts: Record<string, number> }).alerts;

/** One alarm change at a bed: data lost, or back again. */
let turn = 0;
function change(server: TestServer, bed = 'bed-1'): void {
  server.desk.apply(bed, { type: 'condition', condition: 'noData', active: turn++ % 2 === 0, onsetMs: epochMs(1000), cause: 'test' });
}
function client(server: TestServer, options: Partial<ConstructorParameters<typeof AlertClient>[0]> = {}): { client: AlertClient; taken: AlertEvent[] } {
  const taken: AlertEvent[] = [];
  return { taken, client: new AlertClient({ url: server.url, onAlert: (alert) => void taken.push(alert), ...options }) };
}
const seqs = (alerts: readonly AlertEvent[]): number[] => alerts.map(({ data }) => data.seq);

describe('the alert client', () => {
  it('gives every alert once and in order, whatever becomes of its connections', async ({ onTestFinished }) => {
    const server = await startTestServer();
    onTestFinished(() => server.remove());
    turn = 0;
    const { hostname, port } = new URL(server.url);
    const proxy = await startCuttingProxy(() => ({ host: hostname, port: Number(port) }));
    onTestFinished(() => proxy.close());
    const { client: one, taken } = client(server, { url: proxy.url });
    onTestFinished(() => one.close());
    let cuts = 0;
    for (let i = 0; i < 200; i++) {
      change(server);
      if (i % 40 === 20) cuts += proxy.cut();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await until(() => expect(taken.at(-1)?.data.seq).toBe(200));
    expect(cuts).toBeGreaterThan(0);
    expect(seqs(taken).at(0)).toBeLessThanOrEqual(20); // it begins with what was on screen when it first came
    expect(seqs(taken)).toEqual(Array.from({ length: taken.length }, (_, i) => 201 - taken.length + i));
  }, 40_000);

  it('goes on in its next life from the position it was given to keep', async ({ onTestFinished }) => {
    const server = await startTestServer();
    onTestFinished(() => server.remove());
    turn = 0;
    let kept: readonly AlertPosition[] = [];
    const first = client(server, { onPosition: (position) => (kept = position) });
    await until(async () => expect((await counters(server))['subscribers']).toBe(1));
    change(server);
    await until(() => expect(first.taken).toHaveLength(1));
    first.client.close();
    change(server);
    change(server);
    const second = client(server, { position: kept });
    await until(() => expect(seqs(second.taken)).toEqual([2, 3]));
    second.client.close();
  }, 40_000);

  it('is given an alert again that it could not take', async ({ onTestFinished }) => {
    const server = await startTestServer();
    onTestFinished(() => server.remove());
    turn = 0;
    let failures = 2;
    const taken: number[] = [];
    const { client: one } = client(server, { onAlert: ({ data }) => {
      if (failures-- > 0) throw new Error('the database is away');
      taken.push(data.seq);
    } });
    onTestFinished(() => one.close());
    change(server);
    change(server);
    change(server);
    await until(() => expect(taken.at(-1)).toBe(3));
    expect(taken).toEqual([...new Set(taken)]);
  }, 40_000);

  it('carries a person\'s commands, which are kept with role and reason, and refuses limits out of range in words', async ({ onTestFinished }) => {
    const server = await startTestServer({ access: { pageTokens: [
      { token: 'nurse-nurse-nurse-nurse', role: 'clinician', name: 'nurse' }, { token: 'screen-screen-screen', role: 'viewer', name: 'screen' },
    ] } });
    onTestFinished(() => server.remove());
    turn = 0;
    change(server);
    const { client: nurse } = client(server, { token: 'nurse-nurse-nurse-nurse' });
    const { client: screen } = client(server, { token: 'screen-screen-screen' });
    onTestFinished(() => [nurse, screen].forEach((one) => one.close()));
    const setLimits = (bpm: number) => ({ type: 'setLimits' as const, bed: 'bed-1', reason: 'beta blocker', limits: { rhythm: { heartRateLowBpm: bpm } } });
    expect(await screen.command(setLimits(45))).toMatchObject({ ok: false, message: expect.stringContaining('viewer') });
    expect(await nurse.command(setLimits(500))).toMatchObject({ ok: false, code: 'LIMITS_INVALID', message: expect.stringMatching(/heartRateLowBpm.*15 to 120.*500/) });
    expect(await nurse.command(setLimits(45))).toEqual({ ok: true });
    expect(server.desk.limitsOf('bed-1').rhythm.heartRateLowBpm).toBe(45);
    expect(await nurse.command({ type: 'alarmOff', bed: 'bed-1', group: 'lethal', off: true })).toMatchObject({ ok: false, message: expect.stringContaining('reason') });
    const shown = server.desk.alarmsOf('bed-1')[0]!;
    const acknowledge = (seenUpToMs: number) => ({ type: 'acknowledge' as const, bed: 'bed-1', condition: shown.condition, seenUpToMs });
    expect(await nurse.command(acknowledge(shown.detectedAtMs - 1))).toMatchObject({ ok: false, message: expect.stringContaining('began anew meanwhile') });
    expect(server.desk.alarmsOf('bed-1')[0]).toMatchObject({ state: 'active' });
    expect(await nurse.command(acknowledge(shown.detectedAtMs))).toEqual({ ok: true });
    expect(server.desk.alarmsOf('bed-1')[0]).toMatchObject({ state: 'acknowledged' });
    await until(async () => expect(await readFile(join(server.stateDirectory, 'alarms.jsonl'), 'utf8')).toMatch(/"by":\{"name":"nurse","role":"clinician"\},"reason":"beta blocker"/));
  }, 40_000);
});

describe('the alert socket', () => {
  it('ignores, and counts, an acknowledgement of what it never sent', async ({ onTestFinished }) => {
    const server = await startTestServer();
    onTestFinished(() => server.remove());
    turn = 0;
    const subscriber = await subscribeToAlerts(server.url);
    change(server);
    const alert = await subscriber.next(() => true);
    const { epoch } = alert.data;
    for (const wrong of [{ bed: 'bed-1', epoch, seq: 99 }, { bed: 'bed-7', epoch, seq: 1 }, { bed: 'bed-1', epoch: epoch + 1, seq: 1 }, { seq: 'all' }, null]) {
      subscriber.socket.emit('ack', wrong);
    }
    await until(async () => expect((await counters(server))['ignoredAcknowledgements']).toBe(5));
    // Still owed: it comes again, and stops coming once it is really acknowledged.
    await until(() => expect(subscriber.alerts.filter(({ id }) => id === alert.id).length).toBeGreaterThan(1));
    subscriber.close();
  }, 40_000);

  it('sends only what the ward, bed and priority asked for', async ({ onTestFinished }) => {
    const server = await startTestServer({ ward: 'icu-2' });
    onTestFinished(() => server.remove());
    turn = 0;
    const here = await subscribeToAlerts(server.url, { wards: ['icu-2'], beds: ['bed-1'], priorities: ['technical'] });
    const others: Subscription[] = [{ wards: ['icu-1'] }, { beds: ['bed-2'] }, { priorities: ['high', 'medium', 'low'] }];
    const elsewhere = await Promise.all(others.map((subscription) => subscribeToAlerts(server.url, subscription)));
    change(server);
    expect(await here.next(() => true)).toMatchObject({ source: 'leadwatch/icu-2', data: { bed: 'bed-1', priority: 'technical' } });
    for (const [i, { socket, alerts }] of elsewhere.entries()) {
      await socket.emitWithAck('subscribe', others[i]); // what had been sent to it comes before the answer
      expect(alerts).toEqual([]);
    }
    for (const one of [here, ...elsewhere]) one.close();
  }, 40_000);

  it('ends a connection whose token runs out, and lets it in no more', async ({ onTestFinished }) => {
    const token = 'short-lived-short-lived';
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    let aheadMs = 0;
    const clock = { ...systemClock, now: () => epochMs(systemClock.now() + aheadMs) };
    const server = await startTestServer({ access: { pageTokens: [{ token, role: 'clinician', name: 'visitor', expires }] } }, [], clock);
    onTestFinished(() => server.remove());
    const told: string[] = [];
    const { client: visitor } = client(server, { token, onStatus: (status, why) => told.push(`${status} ${why}`) });
    onTestFinished(() => visitor.close());
    await until(() => expect(told).toContain('connected '));
    aheadMs = 3_600_000;
    await until(() => expect(told).toContain('refused the token has expired'));
    await until(() => expect(told).toContain('refused UNAUTHORISED'));
    await expect(subscribeToAlerts(server.url, {}, 'forged-forged-forged')).rejects.toThrow('UNAUTHORISED');
  }, 40_000);

  it('holds a subscriber that never acknowledges to a bounded window, and others never notice', async ({ onTestFinished }) => {
    const server = await startTestServer();
    onTestFinished(() => server.remove());
    turn = 0;
    const silent = await subscribeToAlerts(server.url);
    const told: string[] = [];
    const { client: good, taken } = client(server, { onStatus: (status) => told.push(status) });
    onTestFinished(() => good.close());
    await until(() => expect(told).toContain('connected'));
    for (let i = 0; i < 1500; i++) change(server);
    await until(() => expect(taken.at(-1)?.data.seq).toBe(1500));
    expect(new Set(silent.alerts.map(({ id }) => id)).size).toBe(1000);
    silent.socket.emit('ack', silent.alerts[999]!.data);
    silent.socket.emit('ack', { bed: 'bed-1', epoch: silent.alerts[999]!.data.epoch, seq: silent.alerts[999]!.data.seq });
    await until(() => expect(new Set(silent.alerts.map(({ id }) => id)).size).toBe(1500));
    silent.close();
  }, 60_000);
});
