/** Which host names and which pages may talk to the server: its own, and those the configuration names. */
import type { IncomingMessage } from 'node:http';

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

export interface OriginPolicy {
  isAllowedHost(host: string | undefined): boolean;
  /** A browser names the page it acts for; programs and devices name none. */
  isAllowedRequest(request: IncomingMessage): boolean;
}

export function createOriginPolicy({ host, allowedHosts }: { readonly host: string; readonly allowedHosts: readonly string[] }): OriginPolicy {
  const names = new Set([...LOOPBACK_NAMES, host, `[${host}]`, ...allowedHosts]);
  const isAllowedHost = (name: string | undefined): boolean => name !== undefined && names.has(name.replace(/:\d+$/, ''));
  return {
    isAllowedHost,
    isAllowedRequest({ headers }) {
      if (!isAllowedHost(headers.host)) return false;
      if (headers.origin === undefined) return true;
      const origin = URL.canParse(headers.origin) ? new URL(headers.origin) : undefined;
      return origin !== undefined && origin.host === headers.host;
    },
  };
}
