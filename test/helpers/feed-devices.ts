/** A bare device on each transport of the feed contract. */
import { connectAsync } from 'mqtt';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import type { AckMessage, FaultMessage, HelloMessage, HelloReply } from '../../stream/feed/feed.ts';
import type { ConnectDevice } from '../contract/feed.ts';

/** Answers come one for each frame, in order. */
class Answers<T> {
  readonly #come: T[] = [];
  readonly #awaited: ((answer: T) => void)[] = [];

  put(answer: T): void {
    const take = this.#awaited.shift();
    if (take) take(answer);
    else this.#come.push(answer);
  }

  next(): Promise<T> {
    const come = this.#come.shift();
    return come === undefined ? new Promise((resolve) => void this.#awaited.push(resolve)) : Promise.resolve(come);
  }
}

export const socketDevice: ConnectDevice = async (url, token) => {
  const socket = io(`${url}/feeds`, { transports: ['websocket'], forceNew: true, reconnection: false, auth: { token } });
  const answers = new Answers<AckMessage | FaultMessage>();
  socket.on('ack', (ack: AckMessage) => answers.put(ack));
  socket.on('fault', (fault: FaultMessage) => answers.put(fault));
  const cut = new Promise<void>((resolve) => void socket.once('disconnect', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('connect_error', reject);
  });
  return {
    hello: (message) => socket.emitWithAck('hello', message) as Promise<HelloReply>,
    frame(bytes) {
      socket.emit('frame', bytes);
      return answers.next();
    },
    close: () => void socket.close(),
    cut,
  };
};

export const webSocketDevice: ConnectDevice = async (url, token) => {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/feeds/ws`, { headers: { authorization: `Bearer ${token}` } });
  const answers = new Answers<AckMessage | FaultMessage>();
  const hellos = new Answers<HelloReply>();
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as { hello?: HelloReply; ack?: AckMessage; fault?: FaultMessage };
    if (message.hello) hellos.put(message.hello);
    else answers.put((message.ack ?? message.fault)!);
  });
  const cut = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return {
    hello(message) {
      socket.send(JSON.stringify({ hello: message }));
      return hellos.next();
    },
    frame(bytes) {
      socket.send(bytes);
      return answers.next();
    },
    close: () => socket.close(),
    cut,
  };
};

export const httpDevice: ConnectDevice = async (url, token) => {
  let session = '';
  let markCut = (): void => {};
  const cut = new Promise<void>((resolve) => (markCut = resolve));
  const post = (path: string, type: string, body: string | Uint8Array): Promise<Response> => fetch(`${url}/feeds/http/${path}`, {
    method: 'POST', body: body as BodyInit, headers: { 'content-type': type, authorization: `Bearer ${token}`, 'feed-session': session } });
  return {
    async hello(message) {
      const reply = (await (await post('hello', 'application/json', JSON.stringify(message))).json()) as HelloReply & { session?: string };
      session = reply.session ?? '';
      return reply;
    },
    async frame(bytes) {
      const answer = (await (await post('frame', 'application/octet-stream', bytes)).json()) as { ack?: AckMessage; fault?: FaultMessage };
      if (answer.fault?.code === 'FEED_NO_HELLO') markCut();
      return (answer.ack ?? answer.fault)!;
    },
    close: () => void post('end', 'text/plain', '').catch(() => undefined),
    cut,
  };
};

/** A device behind a broker; all that it knows of the server is the broker. */
export const mqttDevice = (brokerUrl: string): ConnectDevice => async (_url, token) => {
  const client = await connectAsync(brokerUrl, { protocolVersion: 4 });
  const name = `device-${crypto.randomUUID()}`;
  let bed = 'bed-0';
  const answers = new Answers<AckMessage | FaultMessage>();
  const hellos = new Answers<HelloReply>();
  let markCut = (): void => {};
  const cut = new Promise<void>((resolve) => (markCut = resolve));
  client.on('message', (_topic, payload) => {
    const message = JSON.parse(String(payload)) as { hello?: HelloReply; ack?: AckMessage; fault?: FaultMessage; end?: object };
    if (message.end) markCut();
    else if (message.hello) hellos.put(message.hello);
    else answers.put((message.ack ?? message.fault)!);
  });
  const topic = (kind: string): string => `leadwatch/feeds/${bed}/${kind}/${name}`;
  await client.subscribeAsync(`leadwatch/feeds/+/answer/${name}`, { qos: 1 });
  return {
    async hello(message) {
      bed = (message as HelloMessage).bed;
      await client.publishAsync(topic('hello'), JSON.stringify({ ...(token === '' ? {} : { token }), hello: message }), { qos: 1 });
      return hellos.next();
    },
    async frame(bytes) {
      await client.publishAsync(topic('frame'), Buffer.from(bytes), { qos: 1 });
      return answers.next();
    },
    // Ended with the will it would have left.
    close: () => void client.publishAsync(topic('end'), '', { qos: 1 }).then(() => client.endAsync(true), () => client.endAsync(true)),
    cut,
  };
};
