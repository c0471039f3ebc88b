import { EcgError } from '../ecg/errors.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * @param listen resolves once it does @param setting what names the port, for the error
 * @throws EcgError CONFIG_INVALID where the address cannot be listened on
 */
export async function listenOn<T>({ host, port }: Address, setting: string, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const taken = code === 'EADDRINUSE' ? `one that another program listens on; set ${setting}` : code ?? String(cause);
    throw new EcgError('CONFIG_INVALID', `cannot listen on ${host}:${port}`, { expected: 'a free address', received: taken, from: setting, cause });
  }
}
