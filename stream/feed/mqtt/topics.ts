/**
 * The topics of the MQTT feed. CLIENT is a name the device makes up for itself at every start, so that its answers and
 * its frames are its own even where two devices speak of one bed:
 *
 *   PREFIX/BED/hello/CLIENT    device to server   {"token": "...", "hello": {...}}
 *   PREFIX/BED/frame/CLIENT    device to server   a packed frame
 *   PREFIX/BED/end/CLIENT      device to server   anything; also the device's last will
 *   PREFIX/BED/answer/CLIENT   server to device   {"hello": {...}} | {"ack": {...}} | {"fault": {...}} | {"end": {...}}
 */
import { BED_SLUG } from '../feed.ts';

export const KINDS = ['hello', 'frame', 'end'] as const;
export type MqttKind = (typeof KINDS)[number];

export interface DeviceTopic {
  readonly bed: string;
  readonly kind: MqttKind;
  readonly client: string;
}

/** Long enough that nobody meets or guesses another's. */
const CLIENT = /^[A-Za-z0-9_-]{8,64}$/;

/** What a device published to; undefined where it is no topic of the feed. */
export function parseTopic(topic: string, prefix: string): DeviceTopic | undefined {
  if (!topic.startsWith(`${prefix}/`)) return undefined;
  const [bed = '', kind = '', client = '', ...more] = topic.slice(prefix.length + 1).split('/');
  if (more.length > 0 || !BED_SLUG.test(bed) || !CLIENT.test(client) || !isKind(kind)) return undefined;
  return { bed, kind, client };
}

export const answerTopic = ({ bed, client }: Pick<DeviceTopic, 'bed' | 'client'>, prefix: string): string => `${prefix}/${bed}/answer/${client}`;

const isKind = (kind: string): kind is MqttKind => (KINDS as readonly string[]).includes(kind);
