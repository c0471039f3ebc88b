/**
 * Where the project keeps what it can make again: restored recordings, prepared training data, downloaded parts.
 * It lies here because models/ and stream/ both need it and models/ may not import stream/.
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Absolute path of the folder `sub` of the cache; it may not exist yet.
 * `LEADWATCH_CACHE` if set, else `leadwatch` in the XDG base directory for caches (default `~/.cache`).
 */
export function cacheDirectory(sub: string, environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment['LEADWATCH_CACHE'];
  if (chosen) return resolve(chosen, sub);
  // The XDG specification lets a relative path be ignored.
  const xdg = environment['XDG_CACHE_HOME'];
  return join(xdg?.startsWith('/') ? xdg : join(homedir(), '.cache'), 'leadwatch', sub);
}
