/** Labels over HTTP: a viewer may look, a clinician or engineer may type, change, arm, disarm, delete and choose the set. docs/labels.md */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EcgError } from '../../ecg/errors.ts';
import type { Principal } from '../../stream/access.ts';
import type { LabelRegistry } from '../../stream/labels/label-registry.ts';
import { parseLabelRequest, requests } from '../../stream/labels/label-request.ts';
import { personRoutes, type PersonRoutesParts } from './person-routes.ts';

export interface LabelRoutesParts extends PersonRoutesParts {
  /** Undefined where no model is served. */
  readonly registry: LabelRegistry | undefined;
  readonly textEncoder: () => boolean;
  readonly audit: (who: Principal, what: string) => void;
}

/** Sixteen synonyms and as many negatives of 200 characters, in the longest encoding. */
const MAX_BODY_BYTES = 65_536;
const REFUSALS = { unreadable: 'LABEL_INVALID', statuses: { LABEL_UNKNOWN: 404, TEXT_ENCODER_MISSING: 503, MODEL_MISMATCH: 503, INFERENCE_OVERLOAD: 503 } } as const;

export function serveLabels(app: FastifyInstance, { registry, textEncoder, audit, ...parts }: LabelRoutesParts): void {
  const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;
  personRoutes(app, parts, (routes, { allowed }) => {
    const mayAct = (request: FastifyRequest): { by: Principal; labels: LabelRegistry } => {
      const by = allowed(request, 'clinician');
      if (!registry) throw new EcgError('LABEL_INVALID', 'there is nothing to score labels with', { expected: 'a server with a model', received: 'one without' });
      return { by, labels: registry };
    };
    const options = { bodyLimit: MAX_BODY_BYTES };
    routes.get('/labels', async (request) => (allowed(request, 'viewer'), { textEncoder: registry !== undefined && textEncoder(), labels: registry?.labels() ?? [] }));
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
    routes.get('/label-sets', async (request) => (allowed(request, 'viewer'), registry?.sets() ?? { active: null, sets: [] }));
    routes.put('/label-sets/active', options, async (request) => {
      const { by, labels } = mayAct(request);
      const { set, reason } = parseLabelRequest(requests.chooseSet, request.body);
      const chosen = await labels.chooseSet(by, set, reason);
      audit(by, `label set ${set ?? 'of the model'} came into force: ${reason}`);
      return chosen;
    });
  }, REFUSALS);
}
