/** A running server, asked from a terminal on behalf of a person: one address, one token, one way of refusing for every command. */
import { Option } from 'commander';
import { EcgError, ERROR_CODES, type ErrorCode } from '../ecg/errors.ts';

export interface ServerAddress {
  readonly url: string;
  /** Of `access.pageTokens`; empty where the server needs none. */
  readonly token: string;
}

export const urlOption = (): Option => new Option('--url <url>', 'address of the server').env('LEADWATCH_URL').default('http://127.0.0.1:8080');

/** @param whose role it must have */
export const personTokenOption = (whose: string): Option => new Option('--token <token>', `of ${whose}`).env('LEADWATCH_TOKEN').default('');

/**
 * @param body JSON, or the bytes of a file
 * @returns the answer; an empty object where it has no body
 * @throws EcgError SERVER_UNREACHABLE, or the code and words with which the server refuses
 */
export async function askServer<T>({ url, token }: ServerAddress, method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object | Uint8Array<ArrayBuffer>): Promise<T> {
  const type = body instanceof Uint8Array ? 'application/octet-stream' : 'application/json';
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(path, url), {
      method,
      headers: { ...(token !== '' && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': type }) },
      ...(body && { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
    });
    text = await response.text();
  } catch (cause) {
    throw new EcgError('SERVER_UNREACHABLE', 'no Leadwatch server answers', { expected: 'a running server, --url or LEADWATCH_URL', received: (cause as Error).message, from: url, cause });
  }
  const said = parsed(text);
  if (response.ok && said) return said as T;
  const { code, message = `the server answered ${response.status}` } = (said ?? {}) as { readonly code?: string; readonly message?: string };
  throw new EcgError(code !== undefined && code in ERROR_CODES ? (code as ErrorCode) : 'SERVER_UNREACHABLE', message, { from: url });
}

/** Undefined where it is no JSON: something else answers there. */
function parsed(text: string): object | undefined {
  try {
    return text === '' ? {} : JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
