/** What every transport of the feed contract must do, whatever carries it. Run by feed.test.ts against each. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConfigInput } from '../../config.ts';
import { encodeFrame } from '../../ecg/frame.ts';
import type { FaultMessage, HelloMessage, HelloReply } from '../../stream/feed/feed.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

/** A device on one transport, as bare as it gets. */
export interface FeedDevice {
  hello(message: unknown): Promise<HelloReply>;
  /** Sends something as a frame; resolves with the first answer: the acknowledged sequence, or the fault. */
  frame(bytes: Uint8Array): Promise<{ readonly sequence: number; readonly credits: number } | FaultMessage>;
  close(): void;
  /** Resolves when the server has ended the connection; for a transport without one, when it refuses the session. */
  readonly cut: Promise<void>;
}

export type ConnectDevice = (url: string, token: string) => Promise<FeedDevice>;

const TOKEN = 'the-token-of-bed-one';
const OTHER_TOKEN = 'the-token-of-bed-two';
const BEDS = Array.from({ length: 20 }, (_, i) => `bed-${i}`);
const HELLO: HelloMessage = { version: 1, bed: 'bed-0', source: 'device', device: 'contract', samplingFrequencyHz: 250, leads: ['II'], adcGain: [200], baseline: [0] };
const frame = (n: number, change: Partial<Parameters<typeof encodeFrame>[0]> = {}): Uint8Array =>
  encodeFrame({ sequence: n, sampleIndex: 25 * n, deviceTimeMs: Date.now() + 100 * n, samples: [new Int16Array(25).fill(n)], ...change });

/** What a transport needs beside the server. */
export interface FeedSurroundings {
  /** Begins before the server, whose configuration it completes; `connect` is for devices of this transport. */
  start(): Promise<{ readonly config: Partial<ConfigInput>; readonly connect: ConnectDevice; ready(server: TestServer): Promise<void>; stop(): Promise<void> }>;
}

export function describeFeed(name: string, transport: ConnectDevice | FeedSurroundings): void {
  describe(`${name} feed`, () => {
    let server: TestServer;
    // A bed of its own for every test: a bed that was fed stays live for two seconds.
    let hello = HELLO;
    let tests = 0;
    beforeEach(() => {
      hello = { ...HELLO, bed: BEDS[tests++]! };
    });
    let surroundings: Awaited<ReturnType<FeedSurroundings['start']>> | undefined;
    const connect: ConnectDevice = (url, token) => (typeof transport === 'function' ? transport : surroundings!.connect)(url, token);
    beforeAll(async () => {
      surroundings = typeof transport === 'function' ? undefined : await transport.start();
      server = await startTestServer({ ...surroundings?.config, access: { feedTokens: { ...Object.fromEntries(BEDS.map((bed) => [bed, TOKEN])), other: OTHER_TOKEN } } });
      await surroundings?.ready(server);
    });
    afterAll(async () => {
      await server?.remove();
      await surroundings?.stop();
    });
    const bed = (): NonNullable<ReturnType<TestServer['ward']['bed']>> => server.ward.bed(hello.bed)!;
    const gone = async (device: FeedDevice): Promise<void> => {
      device.close();
      await vi.waitFor(() => expect(server.ward.bed(hello.bed)?.live ?? false).toBe(false), { timeout: 10_000 });
    };

    it('answers a hello with an epoch, acknowledges frames in order and grants credits', async () => {
      const device = await connect(server.url, TOKEN);
      expect(await device.hello(hello)).toMatchObject({ ok: true, bed: hello.bed, epoch: 1 });
      for (let n = 0; n < 5; n++) expect(await device.frame(frame(n))).toEqual({ sequence: n, credits: expect.any(Number) });
      expect(bed()).toMatchObject({ live: true, counters: { frames: 5, gaps: 0, refused: 0 } });
      device.close();
    });

    it('begins a new epoch for every hello', async () => {
      const device = await connect(server.url, TOKEN);
      const first = await device.hello(hello);
      await gone(device);
      const again = await connect(server.url, TOKEN);
      const second = await again.hello(hello);
      expect(second).toMatchObject({ ok: true, epoch: (first as { epoch: number }).epoch + 1 });
      again.close();
    });

    it.each<[string, string, object, string]>([
      ['no token', '', {}, 'FEED_UNAUTHORISED'],
      ['the token of another bed', OTHER_TOKEN, {}, 'FEED_UNAUTHORISED'],
      ['another version', TOKEN, { version: 2 }, 'FRAME_VERSION'],
      ['an unknown lead', TOKEN, { leads: ['PLETH'] }, 'HELLO_INVALID'],
      ['an unknown key', TOKEN, { please: 'let me in' }, 'HELLO_INVALID'],
    ])('refuses a hello with %s', async (_, token, change, code) => {
      const device = await connect(server.url, token);
      expect(await device.hello({ ...hello, ...change })).toMatchObject({ ok: false, fault: { code, message: expect.stringContaining('expected') } });
      device.close();
    });

    it('refuses a frame before hello', async () => {
      const device = await connect(server.url, TOKEN);
      expect(await device.frame(frame(0))).toMatchObject({ code: 'FEED_NO_HELLO' });
      device.close();
    });

    it('refuses a second device while the first is live', async () => {
      const first = await connect(server.url, TOKEN);
      await first.hello(hello);
      await first.frame(frame(0));
      const second = await connect(server.url, TOKEN);
      expect(await second.hello(hello)).toMatchObject({ ok: false, fault: { code: 'FEED_BED_TAKEN' } });
      expect(await first.frame(frame(1))).toMatchObject({ sequence: 1 });
      second.close();
      first.close();
    });

    it('tells a device that was silent until another took its bed, instead of acknowledging what goes nowhere', async () => {
      const first = await connect(server.url, TOKEN);
      await first.hello(hello);
      await first.frame(frame(0));
      await vi.waitFor(() => expect(bed().live).toBe(false), { timeout: 10_000 });
      const second = await connect(server.url, TOKEN);
      expect(await second.hello(hello)).toMatchObject({ ok: true });
      expect(await second.frame(frame(0))).toMatchObject({ sequence: 0 });
      const { frames } = bed().counters;
      expect(await first.frame(frame(1))).toMatchObject({ code: 'FEED_NO_HELLO' });
      expect(await second.frame(frame(1))).toMatchObject({ sequence: 1 });
      expect(bed().counters).toMatchObject({ frames: frames + 1, refused: 0 });
      first.close();
      second.close();
    });

    it('takes no frame after a hello that was refused, as its layout is not known', async () => {
      const device = await connect(server.url, TOKEN);
      await device.hello(hello);
      await device.frame(frame(0));
      expect(await device.hello({ ...hello, leads: ['PLETH'] })).toMatchObject({ ok: false });
      expect(await device.frame(frame(1))).toMatchObject({ code: 'FEED_NO_HELLO' });
      expect(bed().counters.frames).toBe(1);
      device.close();
    });

    it('names what is wrong with a frame and goes on with the next as if nothing had happened', async () => {
      const device = await connect(server.url, TOKEN);
      await device.hello(hello);
      const gaps = bed().counters.gaps;
      await device.frame(frame(0));
      const bad: [Uint8Array, string][] = [
        [new Uint8Array(3), 'FRAME_MALFORMED'],
        [frame(1).subarray(0, 40), 'FRAME_MALFORMED'],
        [frame(1, { samples: [new Int16Array(25), new Int16Array(25)] }), 'FRAME_MALFORMED'],
        [frame(1, { samples: [Float32Array.of(NaN)] }), 'FRAME_SAMPLES'],
        [frame(1, { sampleIndex: 2 ** 40 }), 'FRAME_SEQUENCE'],
      ];
      for (const [bytes, code] of bad) expect(await device.frame(bytes)).toMatchObject({ code });
      expect(await device.frame(frame(1))).toMatchObject({ sequence: 1 });
      expect(bed().counters.gaps).toBe(gaps);
      device.close();
    });

    it('takes the wrap of the sequence as one step', async () => {
      const device = await connect(server.url, TOKEN);
      await device.hello(hello);
      const { gaps, refused } = bed().counters;
      for (const [n, sequence] of [2 ** 32 - 2, 2 ** 32 - 1, 0, 1].entries()) {
        expect(await device.frame(frame(n, { sequence }))).toMatchObject({ sequence });
      }
      expect(bed().counters).toMatchObject({ gaps, refused });
      device.close();
    });

    it.each<[string, Uint8Array, string]>([
      ['can be read', new Uint8Array(3), 'FRAME_MALFORMED'],
      ['has its place in the feed', frame(1, { sampleIndex: 2 ** 40 }), 'FRAME_SEQUENCE'],
    ])('cuts off a device that sends nothing that %s, after a hundred faults and no acknowledgement', async (_, bytes, code) => {
      const device = await connect(server.url, TOKEN);
      await device.hello(hello);
      await device.frame(frame(0));
      for (let n = 0; n < 100; n++) expect(await device.frame(bytes)).toMatchObject({ code });
      void device.frame(bytes).catch(() => undefined);
      await device.cut;
      device.close();
    });
  });
}
