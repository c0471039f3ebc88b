/** A server that is started again: a device that does not come back is missed, on the page and on `/alerts`. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeFrame } from '../../ecg/frame.ts';
import { launchBrowser, openPage, untilAlarm, untilLive } from '../helpers/browser.ts';
import { socketDevice } from '../helpers/feed-devices.ts';
import { startTestServer, subscribeToAlerts } from '../helpers/running-server.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

/** A device that sends a second of signal every second. */
async function connectDevice(url: string, bed: string): Promise<() => void> {
  const device = await socketDevice(url, '');
  await device.hello({ version: 1, bed, source: 'device', device: 'Monitor 3', samplingFrequencyHz: 250, leads: ['II'], adcGain: [200], baseline: [0] });
  let sequence = 0;
  const send = (): void => {
    const samples = [Int16Array.from({ length: 250 }, (_, i) => (i % 250 < 10 ? 200 : 0))];
    void device.frame(encodeFrame({ sequence, sampleIndex: 250 * sequence++, deviceTimeMs: Date.now(), samples }));
  };
  send();
  const timer = setInterval(send, 1000);
  return () => {
    clearInterval(timer);
    device.close();
  };
}

let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser?.close());

describe('after a restart of the server', () => {
  it('a bed whose device does not come back is on the page, without data, until it does', async ({ onTestFinished }) => {
    const stateDirectory = temporaryDirectory();
    const before = await startTestServer({ stateDirectory });
    const stop = await connectDevice(before.url, 'bed-1');
    await expect.poll(() => before.ward.bed('bed-1')?.live).toBe(true);
    stop();
    await before.remove();

    const server = await startTestServer({ stateDirectory });
    onTestFinished(() => server.remove());
    const { page, complaints, close } = await openPage(browser, server.url);
    const subscriber = await subscribeToAlerts(server.url);
    const { data } = await subscriber.next(({ data: { bed, condition, state } }) => bed === 'bed-1' && condition === 'noData' && state === 'active');
    expect(data.cause).toMatch(/^no sample for 1\d\.\d s$/);
    await untilLive(page, 'bed-1', false);
    await untilAlarm(page, 'bed-1', 'noData', 'active');

    onTestFinished(await connectDevice(server.url, 'bed-1'));
    await subscriber.next(({ data: { bed, condition, state } }) => bed === 'bed-1' && condition === 'noData' && state === 'cleared');
    await untilLive(page, 'bed-1');
    expect(complaints).toEqual([]);
    subscriber.close();
    await close();
  }, 60_000);
});
