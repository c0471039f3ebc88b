/** HTTP routes for people and programs with a token: origin and role are checked, bodies validated, errors told as {code, message}. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EcgError, isEcgError, type ErrorCode } from '../../ecg/errors.ts';
import type { Principal, Role } from '../../stream/access.ts';
import { allowedPerson, PERSON_STATUSES, type PrincipalOf } from './person.ts';

export interface PersonRoutesParts {
  readonly principalOf: PrincipalOf;
  readonly isAllowedRequest: (request: IncomingMessage) => boolean;
}

/** How refusals are answered, where it is not with COMMAND_INVALID and 422. */
export interface Refusals {
  /** Of what cannot be read at all: no JSON, too long. */
  readonly unreadable?: ErrorCode;
  readonly statuses?: Readonly<Partial<Record<ErrorCode, number>>>;
}

export interface Guard {
  /** Who asks. @throws EcgError FEED_UNAUTHORISED where the token is of nobody, NOT_ALLOWED where it is of a lesser role */
  allowed(request: FastifyRequest, least: Role): Principal;
  /** @throws EcgError COMMAND_INVALID */
  body<T>(schema: z.ZodType<T>, request: FastifyRequest): T;
}

/** @param add registers the routes; an EcgError that one throws is answered with 401, 403, or its status, 422 by default */
export function personRoutes(app: FastifyInstance, { principalOf, isAllowedRequest }: PersonRoutesParts, add: (routes: FastifyInstance, guard: Guard) => void, { unreadable = 'COMMAND_INVALID', statuses = {} }: Refusals = {}): void {
  const guard: Guard = {
    allowed: (request, least) => allowedPerson(request, least, principalOf),
    body(schema, request) {
      const parsed = schema.safeParse(request.body);
      if (parsed.success) return parsed.data;
      const issue = parsed.error.issues[0]!;
      throw new EcgError('COMMAND_INVALID', `the request cannot be used at ${issue.path.join('.') || 'its root'}`, { expected: issue.message });
    },
  };
  const statusOf: Readonly<Partial<Record<ErrorCode, number>>> = { ...PERSON_STATUSES, ...statuses };
  void app.register(async (routes) => {
    routes.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      if (!isAllowedRequest(request.raw)) return reply.code(403).send({ code: 'NOT_ALLOWED', message: 'expected a request of this server\'s own page, received one of another' });
      return undefined;
    });
    routes.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      if (!isEcgError(error)) return reply.code(error.statusCode ?? 500).send({ code: unreadable, message: error.message });
      return reply.code(statusOf[error.code] ?? 422).send({ code: error.code, message: error.message });
    });
    add(routes, guard);
  });
}
