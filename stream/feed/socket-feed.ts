/**
 * The socket.io feed, namespace `/feeds`: `hello` (acknowledged), then `frame`s, answered by `ack` and `fault`.
 * A device that goes away ends its epoch; the bed's alarms say so.
 */
import type { Namespace, Socket } from 'socket.io';
import { tokenOf } from '../handshake-token.ts';
import type { Clock } from '../../ecg/clock.ts';
import { HELLO_DEADLINE, type FeedDoor } from './feed-session.ts';

export function serveFeeds(namespace: Namespace, door: FeedDoor, clock: Clock): void {
  namespace.on('connection', (socket) => serveDevice(socket, door, clock));
}

function serveDevice(socket: Socket, door: FeedDoor, clock: Clock): void {
  const session = door.open({
    address: socket.handshake.address,
    token: tokenOf(socket),
    acknowledge: (ack) => void socket.emit('ack', ack),
    fault: (fault) => void socket.emit('fault', fault),
    cut: () => void socket.disconnect(true),
  });
  let greeted = false;
  socket.on('hello', (message: unknown, answer: unknown) => {
    greeted = true;
    const reply = session.hello(message);
    if (typeof answer === 'function') answer(reply);
    else if (!reply.ok) socket.emit('fault', reply.fault);
  });
  socket.on('frame', (bytes: unknown) => session.frame(bytes));
  const stopWaiting = clock.after(HELLO_DEADLINE, () => {
    if (!greeted) socket.disconnect(true);
  });
  socket.on('disconnect', () => {
    stopWaiting();
    session.end();
  });
}
