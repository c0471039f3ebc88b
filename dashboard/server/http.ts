/** The HTTP side: the page's files, /health and /metrics, with headers that let the page load nothing from elsewhere. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { isEcgError } from '../../ecg/errors.ts';
import { bearerToken } from '../../stream/bearer-token.ts';
import type { Health } from './health.ts';
import { allowedPerson, PERSON_STATUSES, type PrincipalOf } from './person.ts';

const HEADERS = {
  'content-security-policy':
    "default-src 'self'; connect-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** The longest request is a record of a day for import. */
const REQUEST_MS = 300_000;

export interface HttpParts {
  /** Folder of the built page. */
  readonly pageDirectory: string;
  readonly isAllowedHost: (host: string | undefined) => boolean;
  readonly health: () => Health;
  readonly metrics: Registry;
  readonly principalOf: PrincipalOf;
  /** A request whose header is not whole by then is answered 408 and closed. */
  readonly handshakeMs: number;
}

export async function createHttp({ pageDirectory, isAllowedHost, health, metrics, principalOf, handshakeMs }: HttpParts): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false, forceCloseConnections: true, requestTimeout: REQUEST_MS,
    http: { headersTimeout: handshakeMs, connectionsCheckingInterval: Math.min(1000, handshakeMs) } });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    // A page of another site whose name was pointed at this address must not reach a ward.
    if (!isAllowedHost(request.headers.host)) {
      return reply.code(421).send({ code: 'COMMAND_INVALID', message: `expected an allowed host name, received ${request.headers.host ?? 'none'}` });
    }
    return undefined;
  });
  // Whoever watches over the process needs no token; what is known of beds and their patients is for those who have one.
  app.get('/health', async (request, reply) => {
    const all = health();
    const known = principalOf(bearerToken(request.headers.authorization)) !== undefined;
    return reply.header('cache-control', 'no-store').send(known ? all : { status: all.status, uptimeMs: all.uptimeMs });
  });
  app.get('/metrics', async (request, reply) => {
    try {
      allowedPerson(request, 'viewer', principalOf);
    } catch (error) {
      if (!isEcgError(error)) throw error;
      return reply.code(PERSON_STATUSES[error.code as keyof typeof PERSON_STATUSES]).send({ code: error.code, message: error.message });
    }
    return reply.type(metrics.contentType).send(await metrics.metrics());
  });
  if (existsSync(join(pageDirectory, 'index.html'))) {
    await app.register(fastifyStatic, { root: pageDirectory });
  } else {
    app.get('/', async (_request, reply) => reply.code(503).type('text/plain').send('The page has not been built: run `npm run build`, or start with `npm start`.\n'));
  }
  return app;
}
