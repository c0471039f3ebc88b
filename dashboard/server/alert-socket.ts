/** Serves `/alerts`: every alarm change to every subscriber that wants it, again until it is acknowledged. */
import type { Namespace } from 'socket.io';
import type { Clock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import type { Principal } from '../../stream/access.ts';
import type { AlarmDesk, DeliveredAlarm } from '../../stream/alarm/desk.ts';
import { alertEvent, HEARTBEAT_MS, type AlertEvent } from '../alert-wire.ts';
import type { CommandReply } from '../wire.ts';
import { AlertSubscriber, type AlertCounters } from './alert-subscriber.ts';
import { tokenOf } from '../../stream/handshake-token.ts';

export type { AlertCounters } from './alert-subscriber.ts';

export interface AlertSocketParts {
  readonly desk: AlarmDesk;
  readonly clock: Clock;
  readonly wardName: string;
  readonly principalOf: (token: string | undefined) => Principal | undefined;
  /** Carries out what a person does to alarms. */
  readonly carryOut: (message: unknown, who: Principal | undefined) => CommandReply;
}

export function serveAlerts(namespace: Namespace, parts: AlertSocketParts): AlertCounters {
  const { desk, clock, wardName, principalOf } = parts;
  const counters: AlertCounters = { subscribers: 0, sent: 0, redelivered: 0, ignoredAcknowledgements: 0, cutOff: 0, expired: 0 };
  const events = new WeakMap<DeliveredAlarm, AlertEvent>();
  const eventOf = (alarm: DeliveredAlarm): AlertEvent => {
    const event = events.get(alarm) ?? alertEvent(alarm, wardName);
    events.set(alarm, event);
    return event;
  };
  namespace.use((socket, next) => next(principalOf(tokenOf(socket)) ? undefined : new Error('UNAUTHORISED')));
  namespace.on('connection', (socket) => {
    const subscriber = new AlertSubscriber(socket, { desk, clock, wardName, counters, eventOf });
    counters.subscribers++;
    const delivered = desk.delivered$.subscribe((alarm) => subscriber.offer(alarm));
    const stopHeart = clock.every(ms(HEARTBEAT_MS), () => {
      if (!principalOf(tokenOf(socket))) {
        counters.expired++;
        socket.emit('expired');
        socket.disconnect(true);
        return;
      }
      socket.emit('heartbeat', { serverTimeMs: clock.now() });
      subscriber.redeliver();
    });
    const onReply = (handle: (message: unknown) => object) => (message: unknown, reply: unknown): void => {
      const answer = handle(message);
      if (typeof reply === 'function') reply(answer);
      subscriber.catchUp();
    };
    socket.on('subscribe', onReply((message) => subscriber.subscribe(message)));
    socket.on('command', onReply((message) => parts.carryOut(message, principalOf(tokenOf(socket)))));
    socket.on('ack', (message: unknown) => subscriber.acknowledge(message));
    socket.on('disconnect', () => {
      counters.subscribers--;
      delivered.unsubscribe();
      stopHeart();
    });
  });
  return counters;
}
