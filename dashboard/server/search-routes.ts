/** Questions about segments: `GET /search` ranks past ones by any sentence, `GET /explain` says why one scored as it did. docs/labels.md */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { EcgError, isEcgError, type ErrorCode } from '../../ecg/errors.ts';
import type { HistoryReader } from '../../stream/history/store.ts';
import type { SentenceEmbedder } from '../../stream/labels/base-labels.ts';
import type { Explainer } from '../../stream/labels/explain.ts';
import type { FoundSegment } from '../../stream/search/segment-index.ts';
import type { SegmentSearch } from '../../stream/search/segment-search.ts';
import { time } from './history-query.ts';
import { allowedPerson, PERSON_STATUSES, type PrincipalOf } from './person.ts';

export interface SearchRoutesParts {
  /** Undefined without a model. */
  readonly search: SegmentSearch | undefined;
  readonly text: SentenceEmbedder | undefined;
  readonly explainer: Explainer | undefined;
  readonly history: () => HistoryReader | undefined;
  readonly principalOf: PrincipalOf;
}

const bed = z.string().min(1).max(32);
const searchQuery = z.strictObject({
  text: z.string().trim().min(1, 'a sentence').max(200, 'at most 200 characters').regex(/[\p{L}\p{N}]/u, 'a sentence with at least one word'),
  bed: bed.optional(),
  from: time.optional(),
  to: time.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
const explainQuery = z.strictObject({ bed, label: z.string().min(1).max(80).optional(), at: time.optional() });

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = { ...PERSON_STATUSES, COMMAND_INVALID: 400, HISTORY_QUERY: 404, LABEL_UNKNOWN: 404 };

export function serveSearch(app: FastifyInstance, { search, text, explainer, history, principalOf }: SearchRoutesParts): void {
  void app.register(async (routes) => {
    routes.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      allowedPerson(request, 'viewer', principalOf);
    });
    routes.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      if (!isEcgError(error)) throw error;
      return reply.code(STATUS[error.code] ?? 503).send({ code: error.code, message: error.message });
    });
    routes.get('/search', async (request) => {
      const { text: sentence, bed, from = -Infinity, to = Infinity, limit } = parse(searchQuery, request.query, '/search');
      if (!search || !text) throw new EcgError('ENCODER_UNAVAILABLE', 'there is nothing to search by', { expected: 'a server with a model', received: 'one without' });
      const [embedding] = await text.embed([sentence]);
      const { segments, tookMs, results } = await search.search({ embedding: embedding!, bed, fromMs: from, toMs: to, limit });
      return { segments, tookMs, results: await withEpochs(results, history()) };
    });
    routes.get('/explain', async (request) => {
      const { bed, label, at } = parse(explainQuery, request.query, '/explain');
      if (!explainer) throw new EcgError('ENCODER_UNAVAILABLE', 'there is nothing to explain', { expected: 'a server with a model', received: 'one without' });
      return explainer.explain(bed, label, at);
    });
  });
}

/** A segment from before the server's start has lost its feed's epoch; its waveform knows it. */
async function withEpochs(results: readonly FoundSegment[], store: HistoryReader | undefined): Promise<readonly FoundSegment[]> {
  const found: FoundSegment[] = [];
  for (const result of results) {
    const { bed, atMs, epoch } = result;
    const runs = epoch === 0 ? await store?.waveform({ bed, fromMs: atMs - 1000, toMs: atMs }) : undefined;
    found.push({ ...result, epoch: runs?.at(-1)?.epoch ?? epoch });
  }
  return found;
}

function parse<T extends z.ZodType>(schema: T, query: unknown, from: string): z.output<T> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new EcgError('COMMAND_INVALID', `${issue.path.join('.') || 'the query'} cannot be used`, { expected: issue.message, from });
}
