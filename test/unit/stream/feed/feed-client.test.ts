import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EcgError } from '../../../../ecg/errors.ts';
import { FeedClient, type FeedClientOptions } from '../../../../stream/feed/feed-client.ts';
import { INITIAL_CREDITS, type FaultMessage, type HelloMessage } from '../../../../stream/feed/feed.ts';
import { FeedServer } from '../../../helpers/feed-server.ts';

const HELLO: HelloMessage = {
  version: 1, bed: 'bed-3', source: 'device', device: 'test', samplingFrequencyHz: 250, leads: ['II'], adcGain: [1000], baseline: [0] };

function connect(server: FeedServer, options: Partial<FeedClientOptions> = {}): FeedClient {
  const client = new FeedClient({ url: server.url, token: 'good', onFault: () => {}, ...options });
  onTestFinished(() => client.close());
  client.begin(HELLO);
  return client;
}

/** Frame n holds the number n in each of its ten samples. */
function send(client: FeedClient, from: number, to: number): void {
  for (let n = from; n < to; n++) client.send({ deviceTimeMs: 1000 + 40 * n, samples: [new Int16Array(10).fill(n)] });
}
const numbers = ({ frames }: FeedServer): number[] => frames.map(({ frame }) => Math.round(frame.samplesUv[0]![0]!));

describe('the feed client', () => {
  it('says hello, then sends frames in order from sequence and sample index 0', async () => {
    const server = await FeedServer.start();
    const client = connect(server);
    await client.writable();
    send(client, 0, 40);
    await server.until(() => server.frames.length === 40);
    expect(server.hellos[0]).toMatchObject({ bed: 'bed-3', leads: ['II'] });
    expect(server.frames.map(({ frame }) => [frame.sequence, frame.sampleIndex])).toEqual(Array.from({ length: 40 }, (_, n) => [n, 10 * n]));
    expect(numbers(server)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect(client.counters).toEqual({ sent: 40, dropped: 0, faults: 0, connections: 1 });
  });

  it('without credit buffers, then drops the oldest, and the sample index shows the gap', async () => {
    const server = await FeedServer.start({ credits: 0 });
    const client = connect(server, { maxWaitingFrames: 5 });
    await client.writable();
    send(client, 0, INITIAL_CREDITS + 12);
    await server.until(() => server.frames.length === INITIAL_CREDITS);
    expect(client.counters).toMatchObject({ sent: INITIAL_CREDITS, dropped: 7 });
    server.sockets[0]!.emit('ack', { sequence: INITIAL_CREDITS - 1, credits: 5 });
    await server.until(() => server.frames.length === INITIAL_CREDITS + 5);
    expect(numbers(server).slice(INITIAL_CREDITS)).toEqual([23, 24, 25, 26, 27]);
    const { frame } = server.frames[INITIAL_CREDITS]!;
    expect([frame.sequence, frame.sampleIndex]).toEqual([INITIAL_CREDITS, 230]);
  });

  it('gets the credit of a refused frame back', async () => {
    const server = await FeedServer.start({ credits: 0 });
    const faults: FaultMessage[] = [];
    const client = connect(server, { onFault: (fault) => faults.push(fault) });
    await client.writable();
    send(client, 0, INITIAL_CREDITS + 1);
    await server.until(() => server.frames.length === INITIAL_CREDITS);
    server.sockets[0]!.emit('fault', { code: 'FRAME_SAMPLES', message: 'sample 3 is no electrode voltage' });
    await server.until(() => server.frames.length === INITIAL_CREDITS + 1);
    expect(faults.map(({ code }) => code)).toEqual(['FRAME_SAMPLES']);
    expect(client.counters.faults).toBe(1);
  });

  it('says hello again after a reconnection and begins at 0; what was captured meanwhile is gone and counted', async () => {
    const server = await FeedServer.start();
    const epochs: number[] = [];
    const client = connect(server, { onEpoch: (epoch) => epochs.push(epoch) });
    await client.writable();
    send(client, 0, 3);
    await server.until(() => server.frames.length === 3);
    const dropped = new Promise<void>((resolve) => server.sockets[0]!.once('disconnect', () => resolve()));
    server.sockets[0]!.conn.close();
    await dropped;
    await server.until(() => server.hellos.length === 2);
    await client.writable();
    send(client, 10, 12);
    await server.until(() => server.frames.length >= 5);
    expect(epochs).toEqual([1, 2]);
    expect(server.frames.filter(({ epoch }) => epoch === 2).map(({ frame }) => [frame.sequence, frame.sampleIndex])).toEqual([[0, 0], [1, 10]]);
    expect(client.counters.connections).toBe(2);
  });

  it('drops and counts what it is given before there is a connection', async () => {
    const server = await FeedServer.start();
    const client = connect(server);
    send(client, 0, 4);
    await client.writable();
    send(client, 4, 5);
    await server.until(() => server.frames.length === 1);
    expect(numbers(server)).toEqual([4]);
    expect(client.counters.dropped).toBe(4);
  });

  it('begins a new epoch on the same connection when told to', async () => {
    const server = await FeedServer.start();
    const client = connect(server);
    await client.writable();
    send(client, 0, 2);
    client.begin({ ...HELLO, device: 'another record' });
    send(client, 2, 4);
    await server.until(() => server.frames.length === 4);
    expect(server.hellos.map(({ device }) => device)).toEqual(['test', 'another record']);
    expect(server.frames.map(({ epoch, frame }) => [epoch, frame.sequence])).toEqual([[1, 0], [1, 1], [2, 0], [2, 1]]);
    expect(server.sockets).toHaveLength(1);
  });

  it('says once that no server answers, and feeds it as soon as it is there', async () => {
    const placeholder = createServer().listen(0, '127.0.0.1');
    await once(placeholder, 'listening');
    const { port } = placeholder.address() as AddressInfo;
    placeholder.close();
    await once(placeholder, 'close');
    const said: EcgError[] = [];
    const client = new FeedClient({ url: `http://127.0.0.1:${port}`, token: 'good', onUnreachable: (error) => said.push(error) });
    onTestFinished(() => client.close());
    client.begin(HELLO);
    await vi.waitFor(() => expect(said).toHaveLength(1), { timeout: 5000 });
    expect(said[0]).toMatchObject({ code: 'SERVER_UNREACHABLE', from: `http://127.0.0.1:${port}` });
    const server = await FeedServer.start({ port });
    await client.writable();
    expect(server.hellos).toHaveLength(1);
    expect(said).toHaveLength(1);
  });

  it('closes for good where its token is refused, and says why', async () => {
    const server = await FeedServer.start({ tokens: ['good'] });
    let refused: unknown;
    const client = connect(server, { token: 'bad', onRefused: (error) => (refused = error) });
    await expect(client.writable()).rejects.toMatchObject({ code: 'FEED_UNAUTHORISED' });
    expect(refused).toMatchObject({ code: 'FEED_UNAUTHORISED', from: server.url });
    expect(server.hellos).toEqual([]);
  });

  it('closes for good where its hello is refused', async () => {
    const server = await FeedServer.start({ reply: () => ({ ok: false, fault: { code: 'HELLO_INVALID', message: 'hello.leads names an unknown lead' } }) });
    await expect(connect(server).writable()).rejects.toMatchObject({ code: 'HELLO_INVALID' });
  });

  it('asks again for a bed that is taken', async () => {
    const server = await FeedServer.start({ reply: (n) => (n === 0 ? { ok: false, fault: { code: 'FEED_BED_TAKEN', message: 'bed-3 is fed already' } } : undefined) });
    const faults: string[] = [];
    const client = connect(server, { onFault: ({ code }) => faults.push(code) });
    await client.writable();
    expect(faults).toEqual(['FEED_BED_TAKEN']);
    expect(server.hellos).toHaveLength(2);
  });

  it('asks for its bed again when it is told that another has taken it', async () => {
    const server = await FeedServer.start();
    const client = connect(server);
    await client.writable();
    send(client, 0, 2);
    await server.until(() => server.frames.length === 2);
    server.sockets[0]!.emit('fault', { code: 'FEED_NO_HELLO', message: 'another feed has taken bed-3 while this one was silent' });
    await server.until(() => server.hellos.length === 2);
    await client.writable();
    send(client, 2, 3);
    await server.until(() => server.frames.length === 3);
    expect(server.frames[2]!.frame).toMatchObject({ sequence: 0, sampleIndex: 0 });
    expect(client.counters).toMatchObject({ connections: 1, faults: 1 });
  });

  it('loses and delays frames only where its link does', async () => {
    const server = await FeedServer.start();
    let n = 0;
    const late: (() => void)[] = [];
    const client = connect(server, { link: (deliver) => (n++ === 1 ? late.push(deliver) : deliver()) });
    await client.writable();
    send(client, 0, 4);
    late[0]!();
    await server.until(() => server.frames.length === 4);
    expect(server.frames.map(({ frame }) => frame.sequence)).toEqual([0, 2, 3, 1]);
  });

  it('refuses frames before any hello', async () => {
    const server = await FeedServer.start();
    const client = new FeedClient({ url: server.url, token: 'good' });
    expect(() => send(client, 0, 1)).toThrow(RangeError);
  });
});
