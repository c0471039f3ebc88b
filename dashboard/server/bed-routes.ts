/**
 * Beds over HTTP: `/beds` for people (token in the Authorization header), `/feeds/pair` for a device with a code.
 * A viewer may look, a clinician may pair a device, an engineer may do all.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { BedRegistry } from '../../stream/feed/bed-registry.ts';
import { personRoutes, type PersonRoutesParts } from './person-routes.ts';

export interface BedRoutesParts extends PersonRoutesParts {
  readonly registry: BedRegistry;
}

const created = z.strictObject({ bed: z.string(), name: z.string(), place: z.string().default('') });
const updated = z.strictObject({ name: z.string().optional(), place: z.string().optional() });
const pairing = z.strictObject({ code: z.string().max(40) });
const MAX_BODY_BYTES = 4096;

export function serveBeds(app: FastifyInstance, { registry, ...parts }: BedRoutesParts): void {
  const bedOf = (request: FastifyRequest): string => (request.params as { bed: string }).bed;
  personRoutes(app, parts, (routes, { allowed, body }) => {
    const options = { bodyLimit: MAX_BODY_BYTES };
    routes.get('/beds', async (request) => (allowed(request, 'viewer'), { beds: registry.beds() }));
    routes.post('/beds', options, async (request) => {
      const who = allowed(request, 'engineer').name;
      const { bed, name, place } = body(created, request);
      return registry.create(who, bed, name, place);
    });
    routes.patch('/beds/:bed', options, async (request) => registry.update(allowed(request, 'engineer').name, bedOf(request), body(updated, request)));
    routes.post('/beds/:bed/pairing', options, async (request) => registry.pairingCode(allowed(request, 'clinician').name, bedOf(request)));
    routes.delete('/beds/:bed/token', async (request, reply) => {
      registry.revoke(allowed(request, 'engineer').name, bedOf(request));
      return reply.code(204).send();
    });
    routes.post('/feeds/pair', options, async (request) => registry.pair(body(pairing, request).code));
  });
}
