/** Sets an InfluxDB up for the history: organisation and first token where it is new, buckets with their retention. */
import { EcgError } from '../../../ecg/errors.ts';
import type { Retention } from '../embedded/options.ts';
import { bucketOf, retentionSeconds, type BucketKind, type InfluxOptions } from './options.ts';

const TIMEOUT_MS = 10_000;

interface Bucket {
  readonly id: string;
  readonly name: string;
}

/**
 * Makes what is missing and puts retention right; may be run again.
 * @param password of the first user, for an InfluxDB that has none yet
 * @returns what was done, a line for each
 * @throws EcgError INFLUX_UNAVAILABLE
 */
export async function initInflux(options: InfluxOptions, retention: Retention, password?: string): Promise<string[]> {
  const done: string[] = [];
  const { allowed } = await ask<{ allowed: boolean }>(options, 'GET', '/api/v2/setup');
  if (allowed) {
    if (password === undefined) throw new EcgError('INFLUX_UNAVAILABLE', 'this InfluxDB has no user yet', { expected: '--password for its first user', from: options.url });
    await ask(options, 'POST', '/api/v2/setup', { username: 'leadwatch', password, org: options.org, bucket: bucketOf(options, 'events'), token: options.token });
    done.push(`set up organisation ${options.org} with user leadwatch`);
  }
  const { orgs } = await ask<{ orgs: { id: string }[] }>(options, 'GET', `/api/v2/orgs?org=${encodeURIComponent(options.org)}`);
  const orgID = orgs[0]?.id;
  if (orgID === undefined) throw new EcgError('INFLUX_UNAVAILABLE', 'the organisation is not there', { expected: options.org, received: 'none of that name', from: options.url });
  for (const [kind, seconds] of Object.entries(retentionSeconds(retention)) as [BucketKind, number][]) {
    const name = bucketOf(options, kind);
    const retentionRules = [{ type: 'expire', everySeconds: seconds, shardGroupDurationSeconds: shardSeconds(seconds) }];
    const known = (await ask<{ buckets?: Bucket[] }>(options, 'GET', `/api/v2/buckets?orgID=${orgID}&name=${encodeURIComponent(name)}`, undefined, [404])).buckets?.[0];
    if (known) await ask(options, 'PATCH', `/api/v2/buckets/${known.id}`, { retentionRules });
    else await ask(options, 'POST', '/api/v2/buckets', { orgID, name, retentionRules });
    done.push(`${known ? 'kept' : 'made'} bucket ${name}: ${seconds / 3600} h`);
  }
  return done;
}

/** InfluxDB's own choice, named, because a bucket whose retention is shortened does not make it again by itself. */
function shardSeconds(retention: number): number {
  const day = 86_400;
  if (retention <= 2 * day) return 3600;
  return retention <= 183 * day ? day : 7 * day;
}

async function ask<T>({ url, token }: InfluxOptions, method: string, path: string, body?: object, allowed: readonly number[] = []): Promise<T> {
  const fail = (received: string, cause?: unknown): EcgError => new EcgError('INFLUX_UNAVAILABLE', `${method} ${path.split('?')[0]} failed`, { expected: 'an InfluxDB 2.x and a token that may make buckets', received, from: url, cause });
  let response: Response;
  try {
    response = await fetch(new URL(path, url), {
      method, signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { authorization: `Token ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  } catch (cause) {
    throw fail((cause as Error).message, cause);
  }
  if (!response.ok && !allowed.includes(response.status)) throw fail(`${response.status} ${(await response.text()).slice(0, 200)}`);
  return (await response.json()) as T;
}
