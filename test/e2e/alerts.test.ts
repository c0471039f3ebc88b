/** `/alerts` on real sockets: resume, redelivery, acknowledgement, restart. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it, vi } from 'vitest';
import { io } from 'socket.io-client';
import { parse } from 'yaml';
import { WIRE_VERSION, type WardSnapshot } from '../../dashboard/wire.ts';
import { epochMs, ms } from '../../ecg/units.ts';
import { excerpt, feed, flatFrom, simulatedRecord } from '../helpers/feeding.ts';
import { startTestServer, subscribeToAlerts, type TestServer } from '../helpers/running-server.ts';

type Defer = (task: () => void | Promise<void>) => void;
const dying = flatFrom(excerpt(simulatedRecord([{ rhythm: 'sinus', seconds: 60 }], 30), 0, 30), 6);

async function serverWithAsystole(defer: Defer, overrides: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(overrides);
  defer(() => server.remove());
  const bed = feed(dying, server.url, { bed: 'bed-1', from: ms(0), token: overrides.access?.feedTokens?.['bed-1'] ?? '' });
  defer(() => bed.stop());
  return server;
}
const isAsystole = ({ data }: { data: { condition: string } }): boolean => data.condition === 'asystole';

describe.concurrent('the alert socket', () => {
  it('shows a late subscriber what is on screen, and one that resumes only what it missed', async ({ onTestFinished }) => {
    const server = await serverWithAsystole(onTestFinished);
    const first = await subscribeToAlerts(server.url);
    const alarm = await first.next(isAsystole);
    const late = await subscribeToAlerts(server.url);
    expect((await late.next(isAsystole)).id).toBe(alarm.id);
    const { bed, epoch, seq } = alarm.data;
    const resumed = await subscribeToAlerts(server.url, { resume: [{ bed, epoch, seq }] });
    const page = io(`${server.url}/ward`, { transports: ['websocket'], forceNew: true });
    const snapshot = await new Promise<WardSnapshot>((resolve) => page.once('snapshot', resolve));
    expect(snapshot).toMatchObject({ version: WIRE_VERSION, beds: [{ bed: 'bed-1', source: 'recording' }] });
    expect(await page.emitWithAck('command', { type: 'acknowledge', bed: 'bed-1', condition: 'asystole' })).toEqual({ ok: true });
    const next = await resumed.next(isAsystole);
    expect(next.data.state).toBe('acknowledged');
    expect(next.data.seq).toBeGreaterThan(seq);
    expect(resumed.alerts.map(({ id }) => id)).not.toContain(alarm.id);
    for (const one of [first, late, resumed]) one.close();
    page.close();
  }, 40_000);

  it('sends again, under the same id, what nobody acknowledged, and stops once it is', async ({ onTestFinished }) => {
    const server = await serverWithAsystole(onTestFinished);
    const subscriber = await subscribeToAlerts(server.url);
    const alarm = await subscriber.next(isAsystole);
    const copies = (): number => subscriber.alerts.filter(({ id }) => id === alarm.id).length;
    await vi.waitFor(() => expect(copies()).toBeGreaterThanOrEqual(2), { timeout: 15_000, interval: 50 });
    subscriber.socket.emit('ack', { bed: 'bed-1', epoch: alarm.data.epoch, seq: alarm.data.seq });
    const acknowledgedAt = copies();
    let heartbeats = 0;
    subscriber.socket.on('heartbeat', () => heartbeats++);
    await vi.waitFor(() => expect(heartbeats).toBeGreaterThanOrEqual(2), { timeout: 15_000, interval: 50 });
    expect(copies()).toBe(acknowledgedAt);
    subscriber.close();
  }, 60_000);

  it('gives only the priorities and beds that were asked for', async ({ onTestFinished }) => {
    const server = await serverWithAsystole(onTestFinished);
    const technical = await subscribeToAlerts(server.url, { priorities: ['technical'] });
    const other = await subscribeToAlerts(server.url, { beds: ['bed-9'] });
    const everything = await subscribeToAlerts(server.url);
    await everything.next(isAsystole);
    expect(technical.alerts.filter(isAsystole)).toEqual([]);
    expect(other.alerts).toEqual([]);
    for (const one of [technical, other, everything]) one.close();
  }, 40_000);

  it('has an asystole latched on screen after a restart of the server, with its numbers going on', async ({ onTestFinished }) => {
    const before = await startTestServer({ stateDirectory: `${process.env.TMPDIR ?? '/tmp'}/leadwatch-restart-${process.pid}` });
    onTestFinished(() => rm(before.stateDirectory, { recursive: true, force: true }));
    const bed = feed(dying, before.url, { bed: 'bed-1' });
    const subscriber = await subscribeToAlerts(before.url);
    const alarm = await subscriber.next(isAsystole);
    bed.stop();
    subscriber.close();
    await before.close();

    const after = await startTestServer({ stateDirectory: before.stateDirectory });
    const again = await subscribeToAlerts(after.url, { resume: [{ bed: 'bed-1', epoch: alarm.data.epoch, seq: alarm.data.seq }] });
    const latched = await again.next(({ data }) => data.condition === 'asystole' && data.state === 'latched');
    expect(latched.data.epoch).toBe(alarm.data.epoch);
    expect(latched.data.seq).toBeGreaterThan(alarm.data.seq);
    again.close();
    await after.close();
  }, 40_000);

  it('is closed to a stranger, and commands are closed to a viewer, once tokens are set', async ({ onTestFinished }) => {
    const pageTokens = [
      { token: 'viewer-viewer-viewer', role: 'viewer' as const, name: 'screen' },
      { token: 'nurse-nurse-nurse-nurse', role: 'clinician' as const, name: 'nurse' },
    ];
    const server = await serverWithAsystole(onTestFinished, { access: { pageTokens } });
    await expect(subscribeToAlerts(server.url)).rejects.toThrow('UNAUTHORISED');
    await expect(subscribeToAlerts(server.url, {}, 'forged-forged-forged')).rejects.toThrow('UNAUTHORISED');
    const subscriber = await subscribeToAlerts(server.url, {}, 'viewer-viewer-viewer');
    await subscriber.next(isAsystole);
    const command = async (token: string): Promise<unknown> => {
      const page = io(`${server.url}/ward`, { transports: ['websocket'], forceNew: true, auth: { token } });
      const reply: unknown = await page.emitWithAck('command', { type: 'acknowledge', bed: 'bed-1' });
      page.close();
      return reply;
    };
    expect(await command('viewer-viewer-viewer')).toMatchObject({ ok: false, code: 'NOT_ALLOWED', message: expect.stringContaining('viewer') });
    expect(await command('nurse-nurse-nurse-nurse')).toEqual({ ok: true });
    subscriber.close();
  }, 40_000);

  it('is counted on /metrics, where every total is a counter and nothing else is one of ours', async ({ onTestFinished }) => {
    const server = await serverWithAsystole(onTestFinished, {});
    const subscriber = await subscribeToAlerts(server.url);
    await subscriber.next(isAsystole);
    const metrics = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();
    await vi.waitFor(async () => expect(await metrics()).toContain('leadwatch_alerts_total{what="ignoredAcknowledgements"} 0'), { timeout: 5000 });
    subscriber.socket.emit('ack', { bed: 'bed-1', epoch: 2 ** 40, seq: 1 }); // never sent
    await vi.waitFor(async () => expect(await metrics()).toContain('leadwatch_alerts_total{what="ignoredAcknowledgements"} 1'), { timeout: 5000 });
    const text = await metrics();
    expect(Number(/leadwatch_alerts_total\{what="sent"\} (\d+)/.exec(text)?.[1])).toBe(subscriber.alerts.length);
    expect(text).toMatch(/^leadwatch_alerts_subscribers 1$/m);
    expect(text).toMatch(/^leadwatch_ledger_waiting 0$/m);
    const types = [...text.matchAll(/^# TYPE (leadwatch_\w+) (\w+)$/gm)].map(([, name, type]) => [name!.endsWith('_total'), type]);
    expect(types.length).toBeGreaterThan(5);
    for (const [total, type] of types) expect(type).toBe(total ? 'counter' : 'gauge');
    // Asked again, a total is what it was, not the sum of the answers.
    expect(await metrics()).toContain('leadwatch_alerts_total{what="ignoredAcknowledgements"} 1');
    subscriber.close();
  }, 40_000);

  it('answers and beats as docs/asyncapi.yaml says, and takes what it says', async ({ onTestFinished }) => {
    const server = await serverWithAsystole(onTestFinished, {});
    const document = parse(await readFile(join(import.meta.dirname, '../../docs/asyncapi.yaml'), 'utf8')) as object;
    const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(document, 'alerts');
    const faults = (message: string, value: unknown): unknown => {
      const fits = ajv.getSchema(`alerts#/channels/alerts/messages/${message}/payload`)!;
      return fits(JSON.parse(JSON.stringify(value))) === true ? null : fits.errors;
    };
    const { socket, next, close } = await subscribeToAlerts(server.url);
    onTestFinished(close);
    const alert = await next(isAsystole);
    // With something on screen and something over after it, so that every part of the reply is there.
    for (const [condition, active] of [['monitoringFault', true], ['noData', true], ['noData', false]] as const) {
      server.desk.apply('bed-9', { type: 'condition', condition, active, onsetMs: epochMs(1), cause: 'test' });
    }
    await vi.waitFor(() => expect(server.desk.since('bed-9', 0, 0)).toHaveLength(3), { timeout: 5000 });
    const position = { bed: 'bed-1', epoch: 2 * alert.data.epoch, seq: 1 };
    for (const asked of [{}, { resume: [position] }, { beds: ['bed-9'], wards: ['ward-1'], priorities: ['high', 'technical'] }]) {
      expect(faults('subscribe', asked)).toBeNull();
      const reply: unknown = await socket.emitWithAck('subscribe', asked);
      expect(reply).toMatchObject({ ok: true });
      expect(faults('subscribeReply', reply)).toBeNull();
    }
    expect(await socket.emitWithAck('subscribe', {})).toMatchObject({ onScreen: expect.arrayContaining([expect.objectContaining({ last: expect.objectContaining({ bed: 'bed-9', seq: 1 }) })]) });
    for (const wrong of [{ resume: [{ bed: 'bed-1' }] }, { priorities: ['urgent'] }, { bed: 'bed-1' }]) {
      expect(faults('subscribe', wrong)).not.toBeNull();
      const reply: unknown = await socket.emitWithAck('subscribe', wrong);
      expect(reply).toMatchObject({ ok: false });
      expect(faults('subscribeReply', reply)).toBeNull();
    }
    const { detectedAtMs } = alert.data;
    for (const command of [
      { type: 'acknowledge', bed: 'bed-1', condition: 'asystole', seenUpToMs: detectedAtMs, reason: 'seen' }, { type: 'reset', bed: 'bed-1' }, { type: 'pauseAudio', bed: 'bed-1' },
      { type: 'alarmOff', bed: 'bed-1', group: 'findings', off: true }, { type: 'setLimits', bed: 'bed-1', limits: { rhythm: { heartRateHighBpm: 125 } } },
      { type: 'setBand', bed: 'bed-1', band: 'diagnostic' }, { type: 'setLimits', bed: 'bed-1', limits: { rhythm: { heartRateHighBpm: 1 } } },
    ]) {
      expect(faults('command', command)).toBeNull();
      expect(faults('commandReply', await socket.emitWithAck('command', command))).toBeNull();
    }
    expect(faults('heartbeat', await new Promise((resolve) => void socket.once('heartbeat', resolve)))).toBeNull();
  }, 40_000);
});
