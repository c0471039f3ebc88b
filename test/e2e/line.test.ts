/** From a bed's feed to an alert on a real socket: nothing in between is replaced. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ms } from '../../ecg/units.ts';
import { annotatedAt, excerpt, feed, flatFrom, mitdb, simulatedRecord } from '../helpers/feeding.ts';
import { itOnRecordingsOrSimulator } from '../helpers/recordings.ts';
import { startTestServer, subscribeToAlerts, type AlertSubscriber, type TestServer } from '../helpers/running-server.ts';

let server: TestServer;
let subscriber: AlertSubscriber;
beforeAll(async () => {
  server = await startTestServer();
  subscriber = await subscribeToAlerts(server.url);
});
afterAll(async () => {
  subscriber?.close();
  await server?.remove();
});

const health = async (): Promise<{ beds: { id: string; live: boolean; heartRateBpm: number | null; alarms: { condition: string }[] }[] }> =>
  (await fetch(`${server.url}/health`)).json() as never;

// Everything here runs in real time; the beds share the server, so they run side by side.
describe.concurrent('a bed on the line', () => {
  itOnRecordingsOrSimulator('raises VF or VT when MIT-BIH 207 goes into ventricular flutter, and the alert arrives on the socket', ['mitdb'], async (source) => {
    const onset = source === 'recording' ? await annotatedAt('207', '[') : 12;
    const record = source === 'recording' ? excerpt(await mitdb('207'), onset - 12, 40)
      : simulatedRecord([{ rhythm: 'sinus', seconds: 12 }, { rhythm: 'vf', seconds: 30 }], 40);
    const bed = feed(record, server.url, { bed: 'bed-vf' });
    const alert = await subscriber.next(({ data }) => data.bed === 'bed-vf' && /^ventricular(Fibrillation|Tachycardia)$/.test(data.condition) && data.state === 'active');
    expect(alert).toMatchObject({
      specversion: '1.0', type: 'leadwatch.alarm.v1', id: `bed-vf/${alert.data.epoch}/${alert.data.seq}`, data: { priority: 'high', durable: true } });
    bed.stop();
  }, 60_000);

  itOnRecordingsOrSimulator('raises asystole within 5 s of the last QRS on a flat line without a lead-off flag', ['mitdb'], async (source) => {
    const whole = source === 'recording' ? excerpt(await mitdb('100'), 0, 40) : simulatedRecord([{ rhythm: 'sinus', seconds: 60 }], 40);
    const bed = feed(flatFrom(whole, 12), server.url, { bed: 'bed-flat' });
    const alert = await subscriber.next(({ data }) => data.bed === 'bed-flat' && data.condition === 'asystole');
    expect(alert.data).toMatchObject({ state: 'active', priority: 'high' });
    expect(alert.receivedAtMs - alert.data.onsetMs).toBeGreaterThan(3900);
    expect(alert.receivedAtMs - alert.data.onsetMs).toBeLessThan(5000);
    bed.stop();
  }, 60_000);

  itOnRecordingsOrSimulator('raises the technical alarm, and no asystole, on a flat line with the lead-off flag', ['mitdb'], async (source) => {
    const whole = source === 'recording' ? excerpt(await mitdb('100'), 0, 40) : simulatedRecord([{ rhythm: 'sinus', seconds: 60 }], 40);
    const bed = feed(flatFrom(whole, 10), server.url, { bed: 'bed-off', leadOffMask: (time) => (time >= 10_000 ? 0b11 : 0) });
    const leadsOff = await subscriber.next(({ data }) => data.bed === 'bed-off' && data.condition === 'leadsOff');
    expect(leadsOff.data).toMatchObject({ priority: 'technical', state: 'active' });
    await subscriber.next(({ data }) => data.bed === 'bed-off' && data.condition === 'asystoleNotMonitored');
    // 18 s of signal, 8 of them flat: long past the time at which a flat line would have been asystole.
    await until(() => server.ward.bed('bed-off')!.counters.frames >= 180);
    expect(subscriber.alerts.filter(({ data }) => data.bed === 'bed-off').map(({ data }) => data.condition)).not.toContain('asystole');
    bed.stop();
  }, 60_000);

  it('says within 3 s that a feed has stopped, and ends the alarm when it comes back', async () => {
    const record = simulatedRecord([{ rhythm: 'sinus', seconds: 60 }], 40);
    const first = feed(record, server.url, { bed: 'bed-stop' });
    await untilLive('bed-stop');
    first.stop();
    const stoppedMs = Date.now();
    const alert = await subscriber.next(({ data }) => data.bed === 'bed-stop' && data.condition === 'noData');
    expect(alert.receivedAtMs - stoppedMs).toBeLessThan(3000);
    expect((await health()).beds.find(({ id }) => id === 'bed-stop')).toMatchObject({ live: false, heartRateBpm: null });
    const second = feed(record, server.url, { bed: 'bed-stop' });
    await subscriber.next(({ data }) => data.bed === 'bed-stop' && data.condition === 'noData' && data.state === 'cleared');
    second.stop();
  }, 30_000);

  it('restarts at the beginning of a looped record with a new epoch, never joining end and start', async () => {
    const bed = feed(simulatedRecord([{ rhythm: 'sinus', seconds: 60 }], 3), server.url, { bed: 'bed-loop', loop: true, from: ms(0) });
    await untilLive('bed-loop');
    await until(() => (server.ward.bed('bed-loop')?.epoch ?? 0) >= 3);
    expect(server.ward.bed('bed-loop')!.counters).toMatchObject({ gaps: 0, refused: 0 });
    bed.stop();
  }, 30_000);
});

const untilLive = (bed: string): Promise<void> => until(() => server.ward.bed(bed)?.live === true);
const until = (holds: () => boolean): Promise<void> => vi.waitFor(() => expect(holds()).toBe(true), { timeout: 30_000, interval: 25 });
