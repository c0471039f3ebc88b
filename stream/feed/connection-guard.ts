/**
 * Bounds on connections to a listening socket, over all and from one address, so that whoever opens thousands of them
 * takes none from the beds: what is beyond is closed as soon as it is accepted, and counted.
 */
import type { Server, Socket } from 'node:net';

export interface ConnectionLimits {
  /** Open at once. */
  readonly total: number;
  /** Open at once from one address; a gateway may bring a ward's beds. */
  readonly perAddress: number;
}

export interface ConnectionCounters {
  open: number;
  /** Closed unheard because all, or one address, had as many open as it may. */
  refusedTotal: number;
  refusedAddress: number;
}

/** Also of a TLS server: what is counted is the TCP connection below. */
export function guardConnections(server: Server, { total, perAddress }: ConnectionLimits): ConnectionCounters {
  const counters: ConnectionCounters = { open: 0, refusedTotal: 0, refusedAddress: 0 };
  const byAddress = new Map<string, number>();
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const theirs = byAddress.get(address) ?? 0;
    if (theirs >= perAddress || counters.open >= total) {
      if (theirs >= perAddress) counters.refusedAddress++;
      else counters.refusedTotal++;
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    counters.open++;
    byAddress.set(address, theirs + 1);
    socket.once('close', () => {
      counters.open--;
      const left = byAddress.get(address)! - 1;
      if (left === 0) byAddress.delete(address);
      else byAddress.set(address, left);
    });
  });
  return counters;
}
