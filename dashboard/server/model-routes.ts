/** `POST /model`: an engineer puts another model, or the same with other labels, into service while the ward runs. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ModelSwap } from '../../stream/model-swap.ts';
import { personRoutes, type PersonRoutesParts } from './person-routes.ts';

export interface ModelRoutesParts extends PersonRoutesParts {
  readonly swap: ModelSwap;
}

const wanted = z.strictObject({
  /** Path of a manifest below the models directory. */
  manifest: z.string().min(1).max(400),
  /** Labels whose alarms the new model does not raise may go. */
  acceptLostAlarms: z.boolean().default(false),
});
const MAX_BODY_BYTES = 2048;

export function serveModel(app: FastifyInstance, { swap, ...parts }: ModelRoutesParts): void {
  personRoutes(app, parts, (routes, { allowed, body }) => {
    routes.post('/model', { bodyLimit: MAX_BODY_BYTES }, async (request) => swap(allowed(request, 'engineer'), body(wanted, request)));
  });
}
