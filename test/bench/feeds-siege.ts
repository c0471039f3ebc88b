/**
 * A siege: connections by the thousand from one address that are silent, dribble a header byte by byte, upgrade to a
 * WebSocket and say no hello, or come and go. Only ever against a loopback address.
 */
import { connect, type Socket } from 'node:net';

/** On Linux the whole of 127.0.0.0/8 is this machine, so the besieger can be told from the beds. */
const BESIEGER = '127.0.0.2';
/** Attempts under way at once. */
const AT_ONCE = 250;
const DRIBBLE_MS = 500;
const UPGRADE = 'GET /feeds/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
const TACTICS: readonly ((socket: Socket) => void)[] = [
  () => undefined,
  (socket) => {
    socket.write('GET /health HTTP/1.1\r\nX-Slow: ');
    const timer = setInterval(() => socket.write('a'), DRIBBLE_MS);
    socket.once('close', () => clearInterval(timer));
  },
  (socket) => void socket.write(UPGRADE),
  (socket) => void socket.destroy(),
];

export interface Siege {
  readonly attempts: number;
  /** Still open. */
  open(): number;
  end(): void;
}

export async function besiege(port: number, attempts: number): Promise<Siege> {
  const held = new Set<Socket>();
  const attempt = (n: number): Promise<void> => new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: BESIEGER });
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.once('connect', () => {
      held.add(socket);
      TACTICS[n % TACTICS.length]!(socket);
      resolve();
    });
    socket.once('close', () => {
      held.delete(socket);
      resolve();
    });
  });
  for (let n = 0; n < attempts; n += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, attempts - n) }, (_, i) => attempt(n + i)));
  }
  return {
    attempts,
    open: () => held.size,
    end() {
      for (const socket of held) socket.destroy();
    },
  };
}
