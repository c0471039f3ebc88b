/**
 * The messages of the socket.io namespace `/alerts`, version 1; docs/alerts.schema.json and docs/asyncapi.yaml say the
 * same for machines.
 *
 *   program -> server  `subscribe` Subscription, reply SubscribeReply
 *   server -> program  `alert`     AlertEvent                 every change of every alarm, in order for each bed
 *   program -> server  `ack`       AlertPosition              everything of that bed up to there has been taken over
 *   program -> server  `command`   PersonCommand (wire.ts), reply CommandReply
 *   server -> program  `heartbeat` Heartbeat                  every five seconds, also when nothing happens
 *   server -> program  `expired`   nothing                    the token has run out; the connection ends
 *
 * Delivery is at least once: what is not acknowledged is sent again with the same id, and a program that comes back
 * resumes with the last position it took over. Duplicates are known by `id`.
 */
import type { AlarmCondition, AlarmSource, AlarmState, Priority } from '../ecg/alarm.ts';

export interface AlertPosition {
  readonly bed: string;
  readonly epoch: number;
  readonly seq: number;
}

export interface AlertData extends AlertPosition {
  readonly condition: AlarmCondition;
  readonly priority: Priority;
  readonly state: AlarmState;
  /** Server clock, ms since 1970: when the condition began. */
  readonly onsetMs: number;
  /** ... and when the server knew. */
  readonly detectedAtMs: number;
  /** The rule or model and its figures, in words. */
  readonly cause: string;
  /** The same for machines; absent for conditions of the equipment. */
  readonly source?: AlarmSource;
  /** Raised again so often because nobody answered. */
  readonly escalation?: 1 | 2;
  /** Sounds although the bed's audio is paused. */
  readonly breakthrough?: true;
  /** False where the alarm ledger had not confirmed the change within 200 ms. */
  readonly durable: boolean;
}

/** A CloudEvents 1.0 envelope in its JSON form. */
export interface AlertEvent {
  readonly specversion: '1.0';
  /** `bed/epoch/seq` */
  readonly id: string;
  /** `leadwatch/` and the ward's name */
  readonly source: `leadwatch/${string}`;
  readonly type: 'leadwatch.alarm.v1';
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: AlertData;
}

export interface Subscription {
  /** Undefined: every bed. */
  readonly beds?: readonly string[];
  /** Undefined: every ward this server has, which is one. */
  readonly wards?: readonly string[];
  /** Undefined: every priority. */
  readonly priorities?: readonly Priority[];
  /**
   * Last position taken over, per bed; the bed `*` stands for every bed not named. Without either, a bed begins with
   * what is on screen now.
   */
  readonly resume?: readonly AlertPosition[];
}

/** A bed that begins with what is on screen: changes that came after it are over, and a program is past them as well. */
export interface OnScreen {
  /** The last change that is sent of what is on screen. */
  readonly last: AlertPosition;
  /** Where a program stands that has taken that over. */
  readonly stands: AlertPosition;
}

export type SubscribeReply =
  | {
      readonly ok: true;
      readonly heartbeatMs: number;
      /** Where a program that began with what is on screen stands, before it has taken over anything: `*`, and beds of which nothing is sent. */
      readonly position: readonly AlertPosition[];
      readonly onScreen: readonly OnScreen[];
      /** Beds (`*`: any not named) whose position is so old that changes after it are no longer kept for sending, or of a ledger that was damaged or is not here. */
      readonly missed: readonly string[];
    }
  | { readonly ok: false; readonly code: string; readonly message: string };

export interface Heartbeat {
  readonly serverTimeMs: number;
}

export const HEARTBEAT_MS = 5000;

export function alertEvent(data: AlertData, ward: string): AlertEvent {
  return {
    specversion: '1.0',
    id: `${data.bed}/${data.epoch}/${data.seq}`,
    source: `leadwatch/${ward}`,
    type: 'leadwatch.alarm.v1',
    subject: data.bed,
    time: new Date(data.detectedAtMs).toISOString(),
    datacontenttype: 'application/json',
    data,
  };
}
