/**
 * The conformance kit: what a server of docs/feeds.md must do, asked from outside, one check a rule. A check returns
 * what it saw where that is wrong, and nothing where it is right.
 */
import { systemClock } from '../../ecg/clock.ts';
import { encodeFrame, MAX_FRAME_BYTES, type FrameToEncode } from '../../ecg/frame.ts';
import { ms } from '../../ecg/units.ts';
import { ConformDevice, type Answer } from './conform-device.ts';
import type { HelloMessage } from './feed.ts';

export interface ConformTarget {
  readonly url: string;
  readonly bed: string;
  readonly token: string;
}

export interface Check {
  readonly name: string;
  run(target: ConformTarget): Promise<string | undefined>;
}

const FS = 250;
const STEP = 25;
/** The device's clock at sample 0 of a check; what it reads is of no matter, how it goes is. */
const ZERO_MS = 1_700_000_000_000;
/** Connections of the reconnect storm. */
const STORM = 200;
/** A crystal's drift that a monitor must live with: 100 ppm, for 60 s of signal. */
const DRIFT = 100e-6;
const DRIFT_FRAMES = 600;

/** A bed is free when its last device has been silent for two seconds, or a closed connection has been noticed. */
const FREE_WITHIN_MS = 5000;
const ASK_AGAIN = ms(250);

const helloOf = ({ bed }: ConformTarget): HelloMessage => ({
  version: 1, bed, source: 'device', device: 'leadwatch conform', samplingFrequencyHz: FS, leads: ['II'], adcGain: [200], baseline: [0] });

/** The n-th frame of a feed: 100 ms of one lead. */
const frame = (n: number, change: Partial<FrameToEncode> = {}): Uint8Array =>
  encodeFrame({ sequence: n, sampleIndex: STEP * n, deviceTimeMs: ZERO_MS + (1000 * STEP * n) / FS, samples: [new Int16Array(STEP)], ...change });

const malformed: readonly (readonly [string, Uint8Array, string])[] = [
  ['three bytes', new Uint8Array(3), 'FRAME_MALFORMED'],
  ['a frame cut short', frame(1).subarray(0, 40), 'FRAME_MALFORMED'],
  ['another magic number', patched(0, 0xff), 'FRAME_MALFORMED'],
  ['version 9', patched(2, 9), 'FRAME_VERSION'],
  ['encoding 7', patched(3, 7), 'FRAME_MALFORMED'],
  ['two leads where hello said one', frame(1, { samples: [new Int16Array(STEP), new Int16Array(STEP)] }), 'FRAME_MALFORMED'],
  ['NaN', frame(1, { samples: [Float32Array.of(NaN)] }), 'FRAME_SAMPLES'],
  ['a volt', frame(1, { samples: [Float32Array.of(1e6)] }), 'FRAME_SAMPLES'],
  ['a jump of a year', frame(1, { sampleIndex: FS * 365 * 86_400 }), 'FRAME_SEQUENCE'],
];

function patched(offset: number, value: number): Uint8Array {
  const bytes = frame(1);
  bytes[offset] = value;
  return bytes;
}

export const CHECKS: readonly Check[] = [
  check('hello is answered with an epoch', async (device, target) => accepted(await greet(device, target))),
  check('another hello begins a later epoch', async (device, target) => {
    const first = await greet(device, target);
    const second = await device.ask({ hello: helloOf(target) });
    return accepted(first) ?? accepted(second) ?? (epochOf(second) > epochOf(first) ? undefined : `epoch ${epochOf(second)} after ${epochOf(first)}`);
  }),
  check('hello of another version is refused', async (device, target) => refusedHello(await device.ask({ hello: { ...helloOf(target), version: 99 } }), 'FRAME_VERSION')),
  check('hello with an unknown key is refused', async (device, target) => refusedHello(await device.ask({ hello: { ...helloOf(target), surprise: 1 } }), 'HELLO_INVALID')),
  check('hello with an unknown lead is refused', async (device, target) => refusedHello(await device.ask({ hello: { ...helloOf(target), leads: ['X9'] } }), 'HELLO_INVALID')),
  check('a frame before hello is refused', async (device) => fault(await device.ask(frame(0)), 'FEED_NO_HELLO')),
  check('text that is not JSON is refused', async (device) => fault(await device.ask('{'), 'FRAME_MALFORMED')),
  greeted('frames are acknowledged and credits granted', (device) => frames(device, [0, 1, 2, 3, 4])),
  greeted('loss: frames that never come do not stop the feed', (device) => frames(device, [0, 1, 5, 6, 20, 21])),
  greeted('duplication: a frame that comes twice is taken once and acknowledged', (device) => frames(device, [0, 1, 1, 2, 2, 2, 3])),
  greeted('reordering: frames out of order are taken', (device) => frames(device, [0, 2, 1, 4, 3, 5])),
  greeted('the sequence wraps at 2^32', (device) => frames(device, [0, 1, 2, 3], (n) => ({ sequence: (2 ** 32 - 2 + n) >>> 0 }))),
  greeted('clock: 100 ppm of drift over a minute', (device) => frames(device, range(DRIFT_FRAMES), (n) => ({ deviceTimeMs: ZERO_MS + 100 * n * (1 + DRIFT) }))),
  greeted('clock: steps of an hour, forth and back', (device) => frames(device, range(6), (n) => ({ deviceTimeMs: ZERO_MS + 100 * n + (n > 1 && n < 4 ? 3_600_000 : 0) }))),
  greeted('lead-off and pacer marks are taken', (device) => frames(device, [0, 1], () => ({ leadOffMask: 1, pacerMarks: [3] }))),
  greeted('a missing sample is taken', (device) => frames(device, [0], () => ({ samples: [new Int16Array(STEP).fill(-32768)] }))),
  ...malformed.map(([what, bytes, code]) => greeted(`malformed: ${what} is refused and the feed goes on`, async (device) =>
    (await frames(device, [0])) ?? fault(await device.ask(bytes), code) ?? (await frames(device, [1])))),
  greeted('sequence that falls while samples go on is refused', async (device) =>
    (await frames(device, [5])) ?? fault(await device.ask(frame(6, { sequence: 1 })), 'FRAME_SEQUENCE')),
  greeted('oversize: more than a frame can be ends the connection or is refused', async (device) => {
    const answer = await device.ask(new Uint8Array(MAX_FRAME_BYTES + 1));
    return answer.kind === 'closed' || answer.kind === 'fault' ? undefined : saw(answer);
  }),
  {
    name: `a storm of ${STORM} reconnections, then the feed goes on`,
    async run(target) {
      for (let n = 0; n < STORM; n++) {
        const device = await ConformDevice.connect(target.url, target.token);
        if (n % 2 === 0) await device.ask({ hello: helloOf(target) });
        device.close();
      }
      return greeted('', (device) => frames(device, [0, 1, 2])).run(target);
    },
  },
  {
    name: 'a second device does not take a live bed',
    async run(target) {
      const first = await ConformDevice.connect(target.url, target.token);
      const second = await ConformDevice.connect(target.url, target.token);
      try {
        return accepted(await greet(first, target)) ?? (await frames(first, [0]))
          ?? refusedHello(await second.ask({ hello: helloOf(target) }), 'FEED_BED_TAKEN') ?? (await frames(first, [1]));
      } finally {
        first.close();
        second.close();
      }
    },
  },
];

/** Says hello, and again while the bed is taken, as a device does: the connection before may not be gone yet. */
async function greet(device: ConformDevice, target: ConformTarget): Promise<Answer> {
  const deadlineMs = systemClock.now() + FREE_WITHIN_MS;
  for (;;) {
    const answer = await device.ask({ hello: helloOf(target) });
    if (answer.kind !== 'hello' || answer.reply.ok || answer.reply.fault.code !== 'FEED_BED_TAKEN' || systemClock.now() > deadlineMs) return answer;
    await new Promise<void>((resolve) => void systemClock.after(ASK_AGAIN, resolve));
  }
}

function check(name: string, run: (device: ConformDevice, target: ConformTarget) => Promise<string | undefined>): Check {
  return {
    name,
    async run(target) {
      const device = await ConformDevice.connect(target.url, target.token);
      try {
        return await run(device, target);
      } finally {
        device.close();
      }
    },
  };
}

/** A check that begins with a good hello. */
function greeted(name: string, run: (device: ConformDevice) => Promise<string | undefined>): Check {
  return check(name, async (device, target) => accepted(await greet(device, target)) ?? (await run(device)));
}

/** Sends the frames of these numbers; each must be acknowledged. */
async function frames(device: ConformDevice, numbers: readonly number[], change: (n: number) => Partial<FrameToEncode> = () => ({})): Promise<string | undefined> {
  for (const n of numbers) {
    const changed = change(n);
    const answer = await device.ask(frame(n, changed));
    if (answer.kind !== 'ack' || answer.ack.sequence !== (changed.sequence ?? n)) return `frame ${n}: ${saw(answer)}`;
    if (!(answer.ack.credits > 0)) return `frame ${n}: ${answer.ack.credits} credits`;
  }
  return undefined;
}

const accepted = (answer: Answer): string | undefined => (answer.kind === 'hello' && answer.reply.ok ? undefined : saw(answer));
const epochOf = (answer: Answer): number => (answer.kind === 'hello' && answer.reply.ok ? answer.reply.epoch : NaN);
const refusedHello = (answer: Answer, code: string): string | undefined =>
  answer.kind === 'hello' && !answer.reply.ok && answer.reply.fault.code === code ? undefined : `expected ${code}, saw ${saw(answer)}`;
const fault = (answer: Answer, code: string): string | undefined =>
  answer.kind === 'fault' && answer.fault.code === code ? undefined : `expected ${code}, saw ${saw(answer)}`;
const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const saw = (answer: Answer): string => JSON.stringify(answer);
