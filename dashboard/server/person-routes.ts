/** HTTP routes for people and programs with a token: origin and role are checked, bodies validated, errors told as {code, message}. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EcgError, isEcgError } from '../../ecg/errors.ts';
import type { Principal, Role } from '../../stream/access.ts';
import { allowedPerson, type PrincipalOf } from './person.ts';

export interface PersonRoutesParts {
  readonly principalOf: PrincipalOf;
  readonly isAllowedRequest: (request: IncomingMessage) => boolean;
}

export interface Guard {
  /** Who asks. @throws EcgError FEED_UNAUTHORISED where the token is of nobody, or of a lesser role */
  allowed(request: FastifyRequest, least: Role): Principal;
  /** @throws EcgError COMMAND_INVALID */
  body<T>(schema: z.ZodType<T>, request: FastifyRequest): T;
}

/** @param add registers the routes; an EcgError that one throws is answered with 403 or 422 */
export function personRoutes(app: FastifyInstance, { principalOf, isAllowedRequest }: PersonRoutesParts, add: (routes: FastifyInstance, guard: Guard) => void): void {
  const guard: Guard = {
    allowed: (request, least) => allowedPerson(request, least, principalOf),
    body(schema, request) {
      const parsed = schema.safeParse(request.body);
      if (parsed.success) return parsed.data;
      const issue = parsed.error.issues[0]!;
      throw new EcgError('COMMAND_INVALID', `the request cannot be used at ${issue.path.join('.') || 'its root'}`, { expected: issue.message });
    },
  };
  void app.register(async (routes) => {
    routes.addHook('onRequest', async (request, reply) => (isAllowedRequest(request.raw) ? undefined : reply.code(403).send()));
    routes.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      if (!isEcgError(error)) return reply.code(error.statusCode ?? 500).send({ code: 'COMMAND_INVALID', message: error.message });
      return reply.code(error.code === 'FEED_UNAUTHORISED' ? 403 : 422).send({ code: error.code, message: error.message });
    });
    add(routes, guard);
  });
}
