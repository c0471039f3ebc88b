/** Labels over HTTP: a viewer may look, a clinician or engineer may type, change, arm, disarm and delete. docs/labels.md */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EcgError, isEcgError, type ErrorCode } from '../../ecg/errors.ts';
import type { Principal } from '../../stream/access.ts';
import { bearerToken } from '../../stream/bearer-token.ts';
import type { LabelRegistry } from '../../stream/labels/label-registry.ts';
import { parseLabelRequest, requests } from '../../stream/labels/label-request.ts';

export interface LabelRoutesParts {
  /** Undefined where no model is served. */
  readonly registry: LabelRegistry | undefined;
  readonly textEncoder: () => boolean;
  readonly principalOf: (token: string | undefined) => Principal | undefined;
  readonly isAllowedRequest: (request: IncomingMessage) => boolean;
  readonly audit: (who: Principal, what: string) => void;
}

/** Sixteen synonyms and as many negatives of 200 characters, in the longest encoding. */
const MAX_BODY_BYTES = 65_536;
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  FEED_UNAUTHORISED: 403, LABEL_INVALID: 422, LABEL_UNKNOWN: 404, TEXT_ENCODER_MISSING: 503, MODEL_MISMATCH: 503, INFERENCE_OVERLOAD: 503 };

export function serveLabels(app: FastifyInstance, { registry, textEncoder, principalOf, isAllowedRequest, audit }: LabelRoutesParts): void {
  const person = (request: FastifyRequest): Principal | undefined => principalOf(bearerToken(request.headers.authorization));
  const mayAct = (request: FastifyRequest): { by: Principal; labels: LabelRegistry } => {
    const by = person(request);
    if (!by || by.role === 'viewer') {
      throw new EcgError('FEED_UNAUTHORISED', 'labels may not be changed', { expected: 'a token of a clinician or engineer', received: by?.role ?? 'no valid token' });
    }
    if (!registry) throw new EcgError('LABEL_INVALID', 'there is nothing to score labels with', { expected: 'a server with a model', received: 'one without' });
    return { by, labels: registry };
  };
  const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;

  void app.register(async (routes) => {
    routes.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      if (!isAllowedRequest(request.raw)) return reply.code(403).send({ code: 'FEED_UNAUTHORISED', message: 'expected a request of this server\'s own page, received one of another' });
      return undefined;
    });
    routes.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      if (isEcgError(error)) return reply.code(STATUS[error.code] ?? 500).send({ code: error.code, message: error.message });
      // Of fastify itself: no JSON, too long.
      return reply.code(error.statusCode ?? 500).send({ code: 'LABEL_INVALID', message: error.message });
    });
    const options = { bodyLimit: MAX_BODY_BYTES };
    routes.get('/labels', async (request) => {
      if (!person(request)) throw new EcgError('FEED_UNAUTHORISED', 'labels may not be seen', { expected: 'a page token as Authorization: Bearer', received: 'no valid token' });
      return { textEncoder: registry !== undefined && textEncoder(), labels: registry?.labels() ?? [] };
    });
    routes.post('/labels', options, async (request, reply) => {
      const { by, labels } = mayAct(request);
      const label = await labels.create(by, parseLabelRequest(requests.create, request.body));
      audit(by, `label ${label.id} created: ${label.name}`);
      return reply.code(201).send(label);
    });
    routes.put('/labels/:id', options, async (request) => {
      const { by, labels } = mayAct(request);
      const label = await labels.change(by, idOf(request), parseLabelRequest(requests.change, request.body));
      audit(by, `label ${label.id} changed`);
      return label;
    });
    routes.delete('/labels/:id', options, async (request, reply) => {
      const { by, labels } = mayAct(request);
      const { reason } = parseLabelRequest(requests.end, request.body);
      await labels.remove(by, idOf(request), reason);
      audit(by, `label ${idOf(request)} deleted: ${reason}`);
      return reply.code(204).send();
    });
    routes.post('/labels/:id/arm', options, async (request) => {
      const { by, labels } = mayAct(request);
      const terms = parseLabelRequest(requests.arm, request.body);
      const armed = await labels.arm(by, idOf(request), terms);
      if (!terms.dryRun) audit(by, `label ${idOf(request)} armed at ${terms.threshold}: ${terms.reason}`);
      return armed;
    });
    routes.post('/labels/:id/disarm', options, async (request) => {
      const { by, labels } = mayAct(request);
      const { reason } = parseLabelRequest(requests.end, request.body);
      const label = await labels.disarm(by, idOf(request), reason);
      audit(by, `label ${idOf(request)} disarmed: ${reason}`);
      return label;
    });
  });
}
