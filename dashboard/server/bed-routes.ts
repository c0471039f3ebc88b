/**
 * Beds over HTTP: `/beds` for people (token in the Authorization header), `/feeds/pair` for a device with a code.
 * A viewer may look, a clinician may pair a device, an engineer may do all.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EcgError, isEcgError } from '../../ecg/errors.ts';
import type { Role } from '../../stream/access.ts';
import type { BedRegistry } from '../../stream/feed/bed-registry.ts';
import { allowedPerson, type PrincipalOf } from './person.ts';

export interface BedRoutesParts {
  readonly registry: BedRegistry;
  readonly principalOf: PrincipalOf;
  readonly isAllowedRequest: (request: IncomingMessage) => boolean;
}

const created = z.strictObject({ bed: z.string(), name: z.string(), place: z.string().default('') });
const updated = z.strictObject({ name: z.string().optional(), place: z.string().optional() });
const pairing = z.strictObject({ code: z.string().max(40) });
const MAX_BODY_BYTES = 4096;

export function serveBeds(app: FastifyInstance, { registry, principalOf, isAllowedRequest }: BedRoutesParts): void {
  const allowed = (request: FastifyRequest, least: Role): string => allowedPerson(request, least, principalOf).name;
  const body = <T>(schema: z.ZodType<T>, request: FastifyRequest): T => {
    const parsed = schema.safeParse(request.body);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    throw new EcgError('COMMAND_INVALID', `the request cannot be used at ${issue.path.join('.') || 'its root'}`, { expected: issue.message });
  };
  const bedOf = (request: FastifyRequest): string => (request.params as { bed: string }).bed;

  void app.register(async (routes) => {
    routes.addHook('onRequest', async (request, reply) => (isAllowedRequest(request.raw) ? undefined : reply.code(403).send()));
    routes.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      if (!isEcgError(error)) return reply.code(error.statusCode ?? 500).send({ code: 'COMMAND_INVALID', message: error.message });
      return reply.code(error.code === 'FEED_UNAUTHORISED' ? 403 : 422).send({ code: error.code, message: error.message });
    });
    const options = { bodyLimit: MAX_BODY_BYTES };
    routes.get('/beds', async (request) => (allowed(request, 'viewer'), { beds: registry.beds() }));
    routes.post('/beds', options, async (request) => {
      const who = allowed(request, 'engineer');
      const { bed, name, place } = body(created, request);
      return registry.create(who, bed, name, place);
    });
    routes.patch('/beds/:bed', options, async (request) => registry.update(allowed(request, 'engineer'), bedOf(request), body(updated, request)));
    routes.post('/beds/:bed/pairing', options, async (request) => registry.pairingCode(allowed(request, 'clinician'), bedOf(request)));
    routes.delete('/beds/:bed/token', async (request, reply) => {
      registry.revoke(allowed(request, 'engineer'), bedOf(request));
      return reply.code(204).send();
    });
    routes.post('/feeds/pair', options, async (request) => registry.pair(body(pairing, request).code));
  });
}
