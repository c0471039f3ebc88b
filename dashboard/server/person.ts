/** Who asks over HTTP, and whether they may. */
import type { FastifyRequest } from 'fastify';
import { EcgError, type ErrorCode } from '../../ecg/errors.ts';
import type { Principal, Role } from '../../stream/access.ts';
import { bearerToken } from '../../stream/bearer-token.ts';

const RANK: Readonly<Record<Role, number>> = { viewer: 0, clinician: 1, engineer: 2 };

export type PrincipalOf = (token: string | undefined) => Principal | undefined;

/** How the refusals below are answered. */
export const PERSON_STATUSES = { FEED_UNAUTHORISED: 401, NOT_ALLOWED: 403 } as const satisfies Partial<Record<ErrorCode, number>>;

/** @throws EcgError FEED_UNAUTHORISED where the token is missing or unknown, NOT_ALLOWED where it is of somebody who may not do as much */
export function allowedPerson(request: FastifyRequest, least: Role, principalOf: PrincipalOf): Principal {
  const person = principalOf(bearerToken(request.headers.authorization));
  // On a machine without page tokens whoever reaches the loopback address may do all.
  if (person && (RANK[person.role] >= RANK[least] || person.name === 'local')) return person;
  throw new EcgError(person ? 'NOT_ALLOWED' : 'FEED_UNAUTHORISED', 'this may not be done', { expected: `a token of a ${least} as Authorization: Bearer`, received: person?.role ?? 'no valid token' });
}
