import type { AddressInfo, Server, Socket } from 'node:net';
import { listenOn, type Address } from '../listen.ts';

/** A feed's own listening port. */
export interface TcpPort {
  readonly port: number;
  /** Stops listening and cuts off who is connected. */
  close(): Promise<void>;
}

export interface TcpPortOptions extends Address {
  /** Bounds the connections of the port. */
  readonly guard: (server: Server) => void;
}

/** Connections at once; a gateway needs one, a board one. */
const MAX_CONNECTIONS = 256;

/**
 * @param create makes the server, plain or TLS, that hands each socket to the given function
 * @param setting what names the port, for the error
 * @throws EcgError CONFIG_INVALID where the address cannot be listened on
 */
export async function openTcpPort(create: (serve: (socket: Socket) => void) => Server, serve: (socket: Socket) => void, setting: string, { host, port, guard }: TcpPortOptions): Promise<TcpPort> {
  const sockets = new Set<Socket>();
  const server = create((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket);
  });
  guard(server);
  server.maxConnections = MAX_CONNECTIONS;
  await listenOn({ host, port }, setting, () => new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  }));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    }),
  };
}
