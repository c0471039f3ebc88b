/** Every way in for devices, as the configuration has it: opened together, counted together, closed together. */
import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Namespace } from 'socket.io';
import type { Clock } from '../../ecg/clock.ts';
import type { FeedDoor } from './feed-session.ts';
import { serveFhirFeed } from './fhir/fhir-feed.ts';
import type { Admissions } from './hl7/admission.ts';
import { serveMllpFeed, type Hl7Bed } from './hl7/mllp-feed.ts';
import { readTls, type TlsFiles } from './hl7/tls.ts';
import { serveHttpFeed } from './http-feed.ts';
import { serveLineFeed } from './line/line-feed.ts';
import { serveMqttFeed, type MqttFeed, type MqttFeedOptions } from './mqtt/mqtt-feed.ts';
import { serveFeeds } from './socket-feed.ts';
import { serveVitalFeed } from './vital/vital-feed.ts';
import { serveWebSocketFeed } from './websocket-feed.ts';

/** The feeds of the configuration; what is absent is not served. */
export interface FeedsConfig {
  readonly host: string;
  readonly hl7Feed?: { readonly port: number; readonly tls?: TlsFiles | undefined; readonly beds: Readonly<Record<string, Hl7Bed>> } | undefined;
  readonly mqttFeed?: Omit<MqttFeedOptions, 'clock' | 'warn'> | undefined;
  readonly lineFeed?: { readonly port: number } | undefined;
  readonly vitalFeed?: { readonly port: number; readonly rooms: Readonly<Record<string, string>> } | undefined;
}

export interface FeedsParts {
  readonly door: FeedDoor;
  /** Not listening yet: routes are added to it. */
  readonly app: FastifyInstance;
  /** `/feeds` */
  readonly namespace: Namespace;
  readonly admissions: Admissions;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  readonly isAllowedRequest: (request: IncomingMessage) => boolean;
  /** Bounds the connections of a port. @param name for its counters */
  readonly guard: (name: string) => (server: Server) => void;
}

export interface OpenFeeds {
  /** Ports of the feeds that have one of their own, where they are configured. */
  readonly hl7Port: number | undefined;
  readonly linePort: number | undefined;
  readonly vitalPort: number | undefined;
  readonly mqttFeed: MqttFeed | undefined;
  /** By feed, of those that have a count of their own. */
  counters(): Readonly<Record<string, Readonly<Record<string, number>>>>;
  close(): Promise<void>;
}

/** @throws EcgError CONFIG_INVALID where a port cannot be listened on, or a file cannot be read */
export async function openFeeds({ host, hl7Feed, mqttFeed, lineFeed, vitalFeed }: FeedsConfig, parts: FeedsParts): Promise<OpenFeeds> {
  const { door, app, namespace, admissions, clock, warn, isAllowedRequest, guard } = parts;
  serveFeeds(namespace, door, clock);
  const stop = [
    serveWebSocketFeed(app.server, door, { clock, isAllowedRequest }),
    serveHttpFeed(app, door, { clock, isAllowedRequest }),
    serveFhirFeed(app, door, { clock, isAllowedRequest }),
  ];
  const hl7 = hl7Feed && await serveMllpFeed(door, { host, port: hl7Feed.port, beds: hl7Feed.beds, tls: readTls(hl7Feed.tls), admissions, clock, guard: guard('hl7') });
  const mqtt = mqttFeed && serveMqttFeed(door, { ...mqttFeed, clock, warn });
  const line = lineFeed && await serveLineFeed(door, { host, port: lineFeed.port, clock, guard: guard('line') });
  const vital = vitalFeed && await serveVitalFeed(door, { host, ...vitalFeed, clock, warn, guard: guard('vital') });
  return {
    hl7Port: hl7?.port,
    linePort: line?.port,
    vitalPort: vital?.port,
    mqttFeed: mqtt,
    counters: () => ({ ...(mqtt && { mqtt: { ...mqtt.counters } }), ...(vital && { vital: { ...vital.counters } }) }),
    async close() {
      for (const each of stop) each();
      await hl7?.close();
      await mqtt?.close();
      await line?.close();
      await vital?.close();
    },
  };
}
