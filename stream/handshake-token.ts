import type { Socket } from 'socket.io';

/** The token a device, page or program connected with; undefined where it gave none. */
export function tokenOf(socket: Socket): string | undefined {
  const token: unknown = socket.handshake.auth.token;
  return typeof token === 'string' ? token : undefined;
}
