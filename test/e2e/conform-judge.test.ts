/** The judge passes the reference devices, and names what a bad one does. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { encodeFrame } from '../../ecg/frame.ts';
import { FeedClient } from '../../stream/feed/feed-client.ts';
import { startJudge, type Judge } from '../../stream/feed/conform-judge.ts';
import { simulateBed, simulatedWard } from '../../stream/feed/simulated-bed.ts';

let judge: Judge | undefined;
const stops: (() => void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await judge?.close();
});
const begin = async (): Promise<Judge> => (judge = await startJudge({ host: '127.0.0.1', port: 0, seconds: 2 }));
const wrong = (judgements: readonly { name: string; wrong: string | undefined }[]): object => Object.fromEntries(judgements.filter((each) => each.wrong !== undefined).map((each) => [each.name, each.wrong]));

it('passes the reference client over socket.io', async () => {
  const { url, judge: run } = await begin();
  const client = new FeedClient({ url, token: '', onFault: () => undefined });
  const stop = simulateBed(simulatedWard(1, [{ rhythm: 'sinus', seconds: 60 }], 0, 1)[0]!, client);
  stops.push(() => (stop(), client.close()));
  const judgements = await run();
  expect(wrong(judgements)).toEqual({});
  expect(judgements.length).toBeGreaterThan(15);
}, 90_000);

it('passes the example client of docs/clients over WebSocket', async () => {
  const { url, judge: run } = await begin();
  const child = execFile(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('../../docs/clients/device.ts', import.meta.url)), url, 'bed-9', '']);
  stops.push(() => child.kill());
  expect(wrong(await run())).toEqual({});
}, 90_000);

it('names what a device does wrong', async () => {
  const { url, judge: run } = await begin();
  let socket: WebSocket;
  let n = 3;
  const connect = (): void => {
    socket = new WebSocket(`${url.replace('http', 'ws')}/feeds/ws`);
    socket.on('error', () => undefined);
    const greet = (): void => socket.send(JSON.stringify({ hello: { version: 1, bed: 'bed-1', source: 'device', device: 'bad', samplingFrequencyHz: 500, leads: ['II'], adcGain: [200], baseline: [0] } }));
    socket.on('open', greet);
    socket.on('message', (data) => void (String(data).includes('FEED_BED_TAKEN') && setTimeout(() => socket.readyState === socket.OPEN && greet(), 20)));
    socket.on('close', () => void (stops.length > 0 && setTimeout(connect, 5))); // at once, for ever
  };
  connect();
  // Skips numbers, leaves holes, sends half of what it says, has a clock of another year, and waits for no credit.
  const timer = setInterval(() => {
    if (socket.readyState === socket.OPEN) socket.send(encodeFrame({ sequence: (n += 2), sampleIndex: n * 40, deviceTimeMs: 1000 * n * n, samples: [new Int16Array(25)] }));
  }, 100);
  stops.push(() => (clearInterval(timer), socket.terminate()));
  const faults = wrong(await run());
  for (const name of ['begins at sequence 0 and sample 0', 'numbers its frames one by one', 'leaves no hole and no overlap between frames', 'sends as many samples as its sampling frequency says',
    'has a clock that goes with its samples', 'has a clock that is right', 'sends no more than its credits while nothing is acknowledged', 'begins again at sequence 0 and sample 0', 'does not storm the server when its bed is taken']) {
    expect(faults).toHaveProperty([name]);
  }
}, 120_000);
