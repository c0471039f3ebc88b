/** A TCP proxy on a port of its own that cuts connections when told to, as a network does: without a word to either side. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface CuttingProxy {
  readonly url: string;
  /** Cuts every connection, or those the test picks. @returns how many */
  cut(picks?: () => boolean): number;
  close(): Promise<void>;
}

/** @param target where connections go now; asked anew for each, so that a server may come back elsewhere */
export async function startCuttingProxy(target: () => { readonly host: string; readonly port: number }): Promise<CuttingProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((near) => {
    const { host, port } = target();
    const far = connect(port, host);
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end).setNoDelay(true);
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (picks = (): boolean => true): number => {
    const chosen = [...pairs].filter(() => picks());
    for (const [near, far] of chosen) {
      near.destroy();
      far.destroy();
    }
    return chosen.length;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      cut();
    }),
  };
}
