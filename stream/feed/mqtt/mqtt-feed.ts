/**
 * The feed contract over an MQTT broker (topics.ts): for gateways that have one already. Leadwatch is a client of the
 * broker like the devices are. MQTT says nothing of who published, so every hello carries the bed's token, and the
 * broker's access list keeps a device to the topics of its own bed (docs/feeds.md).
 */
import { connect, type MqttClient } from 'mqtt';
import type { Clock } from '../../../ecg/clock.ts';
import { EcgError } from '../../../ecg/errors.ts';
import { MAX_FRAME_BYTES } from '../../../ecg/frame.ts';
import { ms, type EpochMs } from '../../../ecg/units.ts';
import { parseGreeting } from '../greeting.ts';
import { asFault, type DeviceSession, type FeedDoor } from '../feed-session.ts';
import { answerTopic, KINDS, parseTopic, type DeviceTopic } from './topics.ts';

/** A device whose last will never came is taken for gone then; the bed itself says "no data" long before. */
export const SILENT_AFTER = ms(30_000);
const SWEEP_EVERY = ms(5_000);
/** Devices at once; more are refused. */
const MAX_DEVICES = 4096;
const RECONNECT_MS = 1000;
/** Refusals in a second to devices that never said hello: answering a flood would double it. */
const REFUSALS_A_SECOND = 50;

export interface MqttFeedOptions {
  /** `mqtt://broker:1883`, `mqtts://broker:8883` */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly prefix: string;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
}

export interface MqttFeedCounters {
  /** Connections to the broker so far. */
  connections: number;
  /** Messages that were kept by the broker, and so are not live; topics that are none of the feed; hellos beyond the bound. */
  ignored: number;
  /** Answers that could not be given: no connection to the broker, or too many refusals. */
  unanswered: number;
}

export interface MqttFeed {
  readonly counters: MqttFeedCounters;
  /** Resolves at the first connection to the broker. */
  readonly connected: Promise<void>;
  close(): Promise<void>;
}

interface Device {
  readonly topic: DeviceTopic;
  readonly session: DeviceSession;
  lastMs: EpochMs;
}

/** Connects to the broker, and again whenever it is lost; a broker that is away costs the beds behind it and nothing else. */
export function serveMqttFeed(door: FeedDoor, { url, username, password, prefix, clock, warn }: MqttFeedOptions): MqttFeed {
  const devices = new Map<string, Device>();
  const counters: MqttFeedCounters = { connections: 0, ignored: 0, unanswered: 0 };
  let refusals = 0;
  const client: MqttClient = connect(url, {
    ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }),
    clientId: `leadwatch-${crypto.randomUUID()}`, clean: true, reconnectPeriod: RECONNECT_MS, queueQoSZero: false, protocolVersion: 4, resubscribe: false });

  const answer = (topic: Pick<DeviceTopic, 'bed' | 'client'>, message: object): void => {
    // While the broker is away mqtt.js would keep answers without bound; nobody waits for them then.
    if (!client.connected) return void counters.unanswered++;
    client.publish(answerTopic(topic, prefix), JSON.stringify(message), { qos: 0 });
  };

  const end = (key: string): void => {
    devices.get(key)?.session.end();
    devices.delete(key);
  };

  const greet = (key: string, topic: DeviceTopic, payload: Uint8Array): void => {
    const from = `MQTT ${topic.bed}/${topic.client}`;
    if (devices.size >= MAX_DEVICES && !devices.has(key)) return void counters.ignored++;
    try {
      const { token, hello } = parseGreeting(payload, from);
      const named = (hello as { bed?: unknown } | null)?.bed;
      if (named !== topic.bed) throw new EcgError('HELLO_INVALID', 'hello.bed is not the bed of the topic', { expected: topic.bed, received: String(named).slice(0, 40), from });
      end(key);
      const session = door.open({
        address: from, token,
        acknowledge: (ack) => answer(topic, { ack }),
        fault: (fault) => answer(topic, { fault }),
        cut: () => {
          answer(topic, { end: { reason: 'cut off' } });
          end(key);
        },
      });
      const reply = session.hello(hello);
      if (reply.ok) devices.set(key, { topic, session, lastMs: clock.now() });
      else session.end();
      answer(topic, { hello: reply });
    } catch (error) {
      if (!(error instanceof EcgError)) throw error;
      answer(topic, { hello: { ok: false, fault: asFault(error) } });
    }
  };

  const take = (key: string, topic: DeviceTopic, payload: Uint8Array): void => {
    const device = devices.get(key);
    if (device) {
      device.lastMs = clock.now();
      // A payload beyond any frame is refused by its length, as every malformed frame is.
      device.session.frame(payload.subarray(0, MAX_FRAME_BYTES + 1));
    } else if (refusals++ < REFUSALS_A_SECOND) {
      answer(topic, { fault: asFault(new EcgError('FEED_NO_HELLO', 'frame before hello', { expected: 'hello first', received: 'frame', from: topic.bed })) });
    } else counters.unanswered++;
  };

  client.on('message', (name, payload, packet) => {
    const topic = parseTopic(name, prefix);
    // A message the broker kept is of the past: shown, it would be a stale sample taken for live.
    if (!topic || packet.retain) return void counters.ignored++;
    const key = `${topic.bed}/${topic.client}`;
    if (topic.kind === 'hello') greet(key, topic, payload);
    else if (topic.kind === 'frame') take(key, topic, payload);
    else end(key);
  });
  let fault = '';
  client.on('error', (error) => {
    // Once a fault, not once a second.
    if (error.message !== fault) warn(`MQTT feed ${url}: ${error.message}`);
    fault = error.message;
  });
  client.on('close', () => {
    if (counters.connections > 0 && fault === '') warn(`MQTT feed ${url}: connection lost`);
    fault ||= 'lost';
  });
  const connected = new Promise<void>((resolve) => client.on('connect', () => {
    counters.connections++;
    fault = '';
    client.subscribe(KINDS.map((kind) => `${prefix}/+/${kind}/+`), { qos: 1 }, (error) => {
      if (error) warn(`MQTT feed ${url}: cannot subscribe: ${error.message}`);
      else resolve();
    });
  }));
  const stop = [
    clock.every(SWEEP_EVERY, () => {
      for (const [key, { lastMs }] of devices) if (clock.now() - lastMs > SILENT_AFTER) end(key);
    }),
    clock.every(ms(1000), () => (refusals = 0)),
  ];
  return {
    counters,
    connected,
    async close() {
      for (const each of stop) each();
      for (const key of [...devices.keys()]) end(key);
      await client.endAsync(true);
    },
  };
}
