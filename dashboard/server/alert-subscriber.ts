/** One subscriber of `/alerts`: what it wants, what it has been sent and not acknowledged, and what waits behind that. */
import type { Socket } from 'socket.io';
import { z } from 'zod';
import type { Clock } from '../../ecg/clock.ts';
import type { AlarmDesk, DeliveredAlarm } from '../../stream/alarm/desk.ts';
import { byPosition, isAfter } from '../../stream/alarm/entries.ts';
import { HEARTBEAT_MS, type AlertEvent, type AlertPosition, type OnScreen, type Subscription, type SubscribeReply } from '../alert-wire.ts';
import { waitingPackets } from './waiting-packets.ts';

/** What has not been acknowledged for this long is sent again. */
const REDELIVER_AFTER_MS = 5000;
/** Alerts on their way to one subscriber; more wait here until some are acknowledged. */
const WINDOW = 1000;
/** A subscriber with more than this waiting, beyond what it resumed with, is cut off; it resumes where it stopped. */
const WAITING_BOUND = 50_000;

const position = z.strictObject({ bed: z.string().max(32), epoch: z.number().int(), seq: z.number().int() });
const subscription = z.strictObject({
  beds: z.array(z.string()).optional(),
  wards: z.array(z.string()).optional(),
  priorities: z.array(z.enum(['high', 'medium', 'low', 'technical'])).optional(),
  resume: z.array(position).optional(),
});

export interface AlertCounters {
  /** Connected now. */
  subscribers: number;
  sent: number;
  redelivered: number;
  /** Acknowledgements of what the subscriber had never been sent, or that say nothing. */
  ignoredAcknowledgements: number;
  cutOff: number;
  /** Connections ended because their token ran out. */
  expired: number;
}

export interface SubscriberParts {
  readonly desk: AlarmDesk;
  readonly clock: Clock;
  readonly wardName: string;
  readonly counters: AlertCounters;
  /** The envelope of an alarm, made once for all subscribers. */
  readonly eventOf: (alarm: DeliveredAlarm) => AlertEvent;
}

interface Sent {
  readonly event: AlertEvent;
  sentAtMs: number;
}

export class AlertSubscriber {
  readonly #socket: Socket;
  readonly #parts: SubscriberParts;
  /** By bed, in order, without what has been acknowledged. */
  readonly #outstanding = new Map<string, Sent[]>();
  #outstandingCount = 0;
  /** The last position sent, per bed. */
  readonly #reached = new Map<string, { readonly epoch: number; readonly seq: number }>();
  #waiting: DeliveredAlarm[] = [];
  #wanted: Subscription | undefined;
  #missed: DeliveredAlarm[] = [];
  #waitingBound = WAITING_BOUND;

  constructor(socket: Socket, parts: SubscriberParts) {
    this.#socket = socket;
    this.#parts = parts;
  }

  /** The reply goes out before what was missed: `catchUp` is called after it. */
  subscribe(message: unknown): SubscribeReply {
    const parsed = subscription.safeParse(message ?? {});
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      return { ok: false, code: 'COMMAND_INVALID', message: `subscribe.${issue.path.join('.')}: expected ${issue.message}` };
    }
    const { desk } = this.#parts;
    this.#wanted = parsed.data as Subscription;
    this.#outstanding.clear();
    this.#outstandingCount = 0;
    this.#reached.clear();
    this.#waiting = [];
    this.#missed = [];
    const missed: string[] = [];
    const position: AlertPosition[] = [{ bed: '*', epoch: desk.epoch, seq: 0 }];
    const onScreen: OnScreen[] = [];
    const resume = new Map(this.#wanted.resume?.map((entry) => [entry.bed, entry]));
    for (const bed of desk.beds()) {
      const from = resume.get(bed) ?? resume.get('*');
      const changes = from ? desk.since(bed, from.epoch, from.seq) : desk.since(bed, 0, 0);
      const toSend = (from ? changes : newestOnScreen(changes)).filter((change) => this.#wants(change));
      for (const change of toSend) this.#missed.push(change);
      const last = changes.at(-1);
      const lastSent = toSend.at(-1);
      if (!from && last && !lastSent) position.push(positionOf(last));
      if (!from && last && lastSent && lastSent !== last) onScreen.push({ last: positionOf(lastSent), stands: positionOf(last) });
      if (from && desk.hasForgotten(bed, from.epoch, from.seq)) missed.push(bed);
    }
    const known = new Set(desk.beds());
    for (const { bed, epoch, seq } of resume.values()) if (!known.has(bed) && desk.hasForgotten(bed, epoch, seq)) missed.push(bed);
    return { ok: true, heartbeatMs: HEARTBEAT_MS, position, onScreen, missed };
  }

  catchUp(): void {
    const missed = this.#missed.splice(0);
    // These are in memory already, whoever waits for them: a long absence must not end in being cut off again and again.
    if (missed.length > 0) this.#waitingBound = WAITING_BOUND + missed.length;
    for (const alarm of missed) this.offer(alarm);
  }

  offer(alarm: DeliveredAlarm): void {
    if (!this.#wants(alarm)) return;
    this.#waiting.push(alarm);
    if (this.#waiting.length > this.#waitingBound) {
      this.#parts.counters.cutOff++;
      this.#wanted = undefined;
      this.#waiting = [];
      this.#socket.disconnect(true);
    } else {
      this.#send();
    }
  }

  /** Everything of the bed up to this position is taken over. What was never sent cannot be acknowledged. */
  acknowledge(message: unknown): void {
    const parsed = position.safeParse(message);
    const reached = parsed.success ? this.#reached.get(parsed.data.bed) : undefined;
    if (!parsed.success || !reached || isAfter(parsed.data, reached)) {
      this.#parts.counters.ignoredAcknowledgements++;
      return;
    }
    const { bed } = parsed.data;
    const sent = this.#outstanding.get(bed) ?? [];
    const first = sent.findIndex(({ event }) => isAfter(event.data, parsed.data));
    const done = first < 0 ? sent.length : first;
    sent.splice(0, done);
    this.#outstandingCount -= done;
    this.#send();
  }

  redeliver(): void {
    const { clock, counters } = this.#parts;
    const now = clock.now();
    // A connection that takes nothing is not given the same again: it would only grow.
    if (waitingPackets(this.#socket) > WINDOW) return;
    for (const entry of [...this.#outstanding.values()].flat()) {
      if (entry.sentAtMs <= now && now - entry.sentAtMs < REDELIVER_AFTER_MS) continue; // ahead of now: the clock was set back
      entry.sentAtMs = now;
      counters.redelivered++;
      this.#socket.emit('alert', entry.event);
    }
  }

  #wants({ bed, priority }: DeliveredAlarm): boolean {
    const wanted = this.#wanted;
    if (!wanted || wanted.wards?.includes(this.#parts.wardName) === false) return false;
    return wanted.beds?.includes(bed) !== false && wanted.priorities?.includes(priority) !== false;
  }

  #send(): void {
    const { clock, counters, eventOf } = this.#parts;
    let taken = 0;
    while (taken < this.#waiting.length && this.#outstandingCount < WINDOW) {
      const alarm = this.#waiting[taken++]!;
      const event = eventOf(alarm);
      const sent = this.#outstanding.get(alarm.bed) ?? [];
      this.#outstanding.set(alarm.bed, sent);
      sent.push({ event, sentAtMs: clock.now() });
      this.#outstandingCount++;
      this.#reached.set(alarm.bed, alarm);
      counters.sent++;
      this.#socket.emit('alert', event);
    }
    if (taken > 0) this.#waiting.splice(0, taken);
  }
}

const positionOf = ({ bed, epoch, seq }: AlertPosition): AlertPosition => ({ bed, epoch, seq });

/** The newest change of every alarm that has not been cleared. */
function newestOnScreen(changes: readonly DeliveredAlarm[]): DeliveredAlarm[] {
  const newest = new Map(changes.map((change) => [change.condition, change]));
  return [...newest.values()].filter((change) => change.state !== 'cleared').sort(byPosition);
}
