/** Serves `/alerts`: every alarm change to every subscriber that wants it, again until it is acknowledged. */
import type { Namespace, Socket } from 'socket.io';
import { z } from 'zod';
import type { Clock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import type { Principal } from '../../stream/access.ts';
import type { AlarmDesk, DeliveredAlarm } from '../../stream/alarm/desk.ts';
import { alertEvent, HEARTBEAT_MS, type AlertData, type Subscription, type SubscribeReply } from '../alert-wire.ts';

/** What has not been acknowledged for this long is sent again. */
const REDELIVER_AFTER_MS = 5000;
/** A subscriber that owes more acknowledgements than this is cut off; it resumes where it stopped. */
const OUTSTANDING_BOUND = 10_000;

const position = z.strictObject({ bed: z.string(), epoch: z.number().int(), seq: z.number().int() });
const subscription = z.strictObject({
  beds: z.array(z.string()).optional(),
  priorities: z.array(z.enum(['high', 'medium', 'low', 'technical'])).optional(),
  resume: z.array(position).optional(),
});

export interface AlertCounters {
  sent: number;
  redelivered: number;
  cutOff: number;
}

export function serveAlerts(
  namespace: Namespace, desk: AlarmDesk, clock: Clock, principalOf: (token: string | undefined) => Principal | undefined,
): AlertCounters {
  const counters: AlertCounters = { sent: 0, redelivered: 0, cutOff: 0 };
  namespace.use((socket, next) => {
    const token: unknown = socket.handshake.auth.token;
    next(principalOf(typeof token === 'string' ? token : undefined) ? undefined : new Error('UNAUTHORISED'));
  });
  namespace.on('connection', (socket) => new Subscriber(socket, desk, clock, counters));
  return counters;
}

class Subscriber {
  readonly #socket: Socket;
  readonly #desk: AlarmDesk;
  readonly #clock: Clock;
  readonly #counters: AlertCounters;
  readonly #outstanding = new Map<string, { readonly data: AlertData; sentAtMs: number }>();
  #wanted: Subscription | undefined;

  constructor(socket: Socket, desk: AlarmDesk, clock: Clock, counters: AlertCounters) {
    this.#socket = socket;
    this.#desk = desk;
    this.#clock = clock;
    this.#counters = counters;
    const delivered = desk.delivered$.subscribe((alarm) => this.#offer(alarm));
    const stopHeart = clock.every(ms(HEARTBEAT_MS), () => {
      socket.emit('heartbeat', { serverTimeMs: clock.now() });
      this.#redeliver();
    });
    socket.on('subscribe', (message: unknown, reply: unknown) => this.#subscribe(message, reply));
    socket.on('ack', (message: unknown) => this.#acknowledge(message));
    socket.on('disconnect', () => {
      delivered.unsubscribe();
      stopHeart();
    });
  }

  #subscribe(message: unknown, reply: unknown): void {
    const answer = (body: SubscribeReply): void => {
      if (typeof reply === 'function') reply(body);
    };
    const parsed = subscription.safeParse(message ?? {});
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      answer({ ok: false, code: 'COMMAND_INVALID', message: `subscribe.${issue.path.join('.')}: expected ${issue.message}` });
      return;
    }
    this.#wanted = parsed.data as Subscription;
    this.#outstanding.clear();
    answer({ ok: true, heartbeatMs: HEARTBEAT_MS });
    for (const bed of this.#desk.beds()) {
      const from = this.#wanted.resume?.find((entry) => entry.bed === bed);
      const missed = from ? this.#desk.since(bed, from.epoch, from.seq) : onScreen(this.#desk.since(bed, 0, 0));
      for (const alarm of missed) this.#offer(alarm);
    }
  }

  #offer(alarm: DeliveredAlarm): void {
    const wanted = this.#wanted;
    if (!wanted || wanted.beds?.includes(alarm.bed) === false || wanted.priorities?.includes(alarm.priority) === false) return;
    const { bed, epoch, seq, condition, priority, state, onsetMs, detectedAtMs, cause, durable } = alarm;
    const data: AlertData = { bed, epoch, seq, condition, priority, state, onsetMs, detectedAtMs, cause, durable };
    const event = alertEvent(data);
    this.#outstanding.set(event.id, { data, sentAtMs: this.#clock.now() });
    if (this.#outstanding.size > OUTSTANDING_BOUND) {
      this.#counters.cutOff++;
      this.#socket.disconnect(true);
      return;
    }
    this.#counters.sent++;
    this.#socket.emit('alert', event);
  }

  #acknowledge(message: unknown): void {
    const parsed = position.safeParse(message);
    if (!parsed.success) return;
    const { bed, epoch, seq } = parsed.data;
    for (const [id, { data }] of this.#outstanding) {
      if (data.bed === bed && data.epoch === epoch && data.seq <= seq) this.#outstanding.delete(id);
    }
  }

  #redeliver(): void {
    const now = this.#clock.now();
    for (const entry of this.#outstanding.values()) {
      if (now - entry.sentAtMs < REDELIVER_AFTER_MS) continue;
      entry.sentAtMs = now;
      this.#counters.redelivered++;
      this.#socket.emit('alert', alertEvent(entry.data));
    }
  }
}

/** The newest change of every alarm that has not been cleared. */
function onScreen(changes: readonly DeliveredAlarm[]): DeliveredAlarm[] {
  const newest = new Map(changes.map((change) => [change.condition, change]));
  return [...newest.values()].filter((change) => change.state !== 'cleared').sort((a, b) => a.seq - b.seq);
}
