import { pageToken } from './connection.ts';

/** Why the server did not do what was asked, in its words. */
export class ServerRefusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the server over HTTP. The token goes into a header, never into an address.
 * @throws ServerRefusal where it refuses or cannot be reached
 */
export async function requestServer(path: string, { method = 'GET', query = {}, body, signal }: RequestOptions = {}): Promise<Response> {
  const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
  const token = pageToken(sessionStorage);
  const response = await fetch(`/${path}${parameters === '' ? '' : `?${parameters}`}`, {
    method,
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
    ...(signal ? { signal } : {}),
  }).catch((error: Error) => {
    if (error.name === 'TimeoutError') throw new ServerRefusal('NO_REPLY', error.message);
    if (signal?.aborted) throw error;
    throw new ServerRefusal('NOT_CONNECTED', error.message);
  });
  if (response.ok) return response;
  const told = (await response.json().catch(() => ({}))) as { readonly code?: string; readonly message?: string };
  throw new ServerRefusal(told.code ?? `HTTP_${response.status}`, told.message ?? `${response.status} ${response.statusText}`);
}

/** The same for JSON; an answer without a body is an empty object. @throws ServerRefusal */
export async function askServer<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await requestServer(path, options);
  return (response.status === 204 ? {} : await response.json()) as T;
}
