/** The reading side of the history over HTTP: waveforms at any zoom, trends, events, strips, exports. docs/history.md lists the queries. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { EcgError, isEcgError } from '../../ecg/errors.ts';
import { EXPORT_FORMATS } from '../../stream/history/export.ts';
import type { SideWork } from '../../stream/history/side-work.ts';
import type { HistoryStore, Trend } from '../../stream/history/store.ts';
import { allowedPerson, PERSON_STATUSES, type PrincipalOf } from './person.ts';

/** What /health and /metrics say of the history. */
export interface HistoryFigures {
  readonly kind: string;
  readonly fault: string | null;
  readonly figures: Readonly<Record<string, number>>;
}

export interface HistoryQueryParts {
  readonly store: () => HistoryStore | undefined;
  readonly principalOf: PrincipalOf;
  readonly sideWork: SideWork;
}

/** Longest answer in samples: ten minutes; more is an overview or an export. */
const MAX_WAVEFORM_MS = 600_000;
/** Longest export: a day of twelve leads is about 500 MB in the making. */
const MAX_EXPORT_MS = 24 * 3_600_000;
/** Longest answer in scores: 1,800 of them, with all labels each. */
const MAX_SCORES_MS = 3_600_000;
/** Longest trend of findings: as long as waveforms are kept and a review reaches. */
const MAX_FINDINGS_MS = 72 * 3_600_000;
const MAX_COLUMNS = 10_000;
/** Of every label three numbers a point, so that an answer stays within a megabyte or two. */
const MAX_FINDING_POINTS = 1000;
/** Around a moment, as strips are printed: ten seconds before, twenty after. */
const STRIP_BEFORE_MS = 10_000;
const STRIP_AFTER_MS = 20_000;
const MAX_EVENTS = 10_000;

export const time = z.string().transform((text, context) => {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isFinite(value)) return value;
  context.addIssue({ code: 'custom', message: 'milliseconds since 1970 or an ISO 8601 time' });
  return z.NEVER;
});
const count = z.coerce.number().int().min(1).max(MAX_COLUMNS);
const interval = { bed: z.string().min(1), from: time, to: time };
const queries = {
  beds: z.strictObject({ from: time, to: time }),
  waveform: z.strictObject(interval),
  overview: z.strictObject({ ...interval, lead: z.string().min(1), columns: count }),
  trend: z.strictObject({ ...interval, name: z.string().min(1).default('heartRateBpm'), points: count }),
  findings: z.strictObject({ ...interval, points: z.coerce.number().int().min(1).max(MAX_FINDING_POINTS), label: z.string().min(1).optional() }),
  beats: z.strictObject(interval),
  scores: z.strictObject(interval),
  events: z.strictObject({ bed: z.string().optional(), from: time, to: time, kinds: z.string().optional(), limit: z.coerce.number().int().min(1).max(MAX_EVENTS).default(1000) }),
  strip: z.strictObject({ bed: z.string().min(1), at: time }),
  export: z.strictObject({ ...interval, format: z.enum(EXPORT_FORMATS) }),
};

export function serveHistory(app: FastifyInstance, { store, principalOf, sideWork }: HistoryQueryParts): void {
  const answer = <T extends z.ZodType<object>>(name: string, schema: T, run: (query: z.output<T>, open: HistoryStore, reply: FastifyReply) => Promise<unknown>): void => {
    app.get(`/history/${name}`, async (request, reply) => {
      reply.header('cache-control', 'no-store');
      try {
        allowedPerson(request, 'viewer', principalOf);
        return await run(parse(schema, request.query), opened(store), reply);
      } catch (error) {
        return refuse(reply, error);
      }
    });
  };

  answer('beds', queries.beds, async ({ from, to }, open) => ({ beds: await open.beds(from, to) }));
  answer('waveform', queries.waveform, async (query, open, reply) => {
    const asked = within(query, MAX_WAVEFORM_MS);
    return sendJson(reply, await sideWork.json(() => open.waveform(asked)));
  });
  answer('overview', queries.overview, async ({ lead, columns, ...query }, open) => {
    const { lowUv, highUv, ...rest } = await open.overview({ ...within(query), lead, columns });
    return { ...rest, lowUv: numbers(lowUv), highUv: numbers(highUv) };
  });
  answer('trend', queries.trend, async ({ name, points, ...query }, open) => {
    const { mean, low, high, ...rest } = await open.trend({ ...within(query), name, points });
    return { ...rest, mean: numbers(mean), low: numbers(low), high: numbers(high) };
  });
  answer('findings', queries.findings, async ({ points, label, ...query }, open) => {
    const span = within(query, MAX_FINDINGS_MS);
    const trends = await open.findingTrends({ ...span, points });
    const labels = label === undefined ? trends : [ofLabel(trends, label)];
    return { pointMs: (span.toMs - span.fromMs) / points, labels: Object.fromEntries(labels.map(({ name, mean, low, high }) => [name, { mean: scores(mean), low: scores(low), high: scores(high) }])) };
  });
  answer('beats', queries.beats, async (query, open) => ({ beats: await open.beats(within(query, MAX_EXPORT_MS)) }));
  answer('scores', queries.scores, async (query, open) => ({
    scores: (await open.scores(within(query, MAX_SCORES_MS))).map(({ embedding: _, ...point }) => point),
  }));
  answer('events', queries.events, async ({ bed, from, to, kinds, limit }, open) => ({
    events: await open.events({ bed, fromMs: from, toMs: to, limit, ...(kinds ? { kinds: eventKinds(kinds) } : {}) }),
  }));
  answer('strip', queries.strip, async ({ bed, at }, open, reply) => {
    const query = { bed, fromMs: at - STRIP_BEFORE_MS, toMs: at + STRIP_AFTER_MS };
    const [beats, events] = await Promise.all([open.beats(query), open.events(query)]);
    return sendJson(reply, await sideWork.json(() => open.waveform(query), { ...query, beats, events }));
  });
  answer('export', queries.export, async ({ format, ...query }, open, reply) => {
    const { name, type, bytes } = await sideWork.writeFile(open, within(query, MAX_EXPORT_MS), format);
    return reply.type(type).header('content-disposition', `attachment; filename="${name}"`).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
}

/** @throws EcgError HISTORY_OPEN */
export function opened(store: () => HistoryStore | undefined): HistoryStore {
  const open = store();
  if (!open) throw new EcgError('HISTORY_OPEN', 'no history is kept, or it cannot be opened: see /health');
  return open;
}

/** What is the asker's fault, what is not allowed, and what is ours. */
const STATUS: Readonly<Record<string, number>> = {
  ...PERSON_STATUSES, HISTORY_QUERY: 400, RECORDING_FORMAT: 400, WFDB_HEADER: 400, WFDB_FORMAT: 400, WFDB_TRUNCATED: 400, WFDB_ANNOTATION: 400 };

export function refuse(reply: FastifyReply, error: unknown): FastifyReply {
  if (!isEcgError(error)) throw error;
  return reply.code(STATUS[error.code] ?? 503).send({ code: error.code, message: error.message });
}

/** @throws EcgError HISTORY_QUERY */
export function parse<T extends z.ZodType>(schema: T, query: unknown): z.output<T> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new EcgError('HISTORY_QUERY', `${issue.path.join('.') || 'the query'} cannot be used`, { expected: issue.message, from: '/history' });
}

function within({ bed, from, to }: { bed: string; from: number; to: number }, longestMs = Infinity): { bed: string; fromMs: number; toMs: number } {
  if (to <= from) throw new EcgError('HISTORY_QUERY', 'the interval is empty', { expected: '`to` after `from`', received: `${from} to ${to}`, from: '/history' });
  if (to - from > longestMs) throw new EcgError('HISTORY_QUERY', 'the interval is too long', { expected: `at most ${longestMs / 1000} s`, received: `${(to - from) / 1000} s`, from: '/history' });
  return { bed, fromMs: from, toMs: to };
}

const EVENT_KINDS = ['alarm', 'annotation', 'feed'] as const;
function eventKinds(text: string): (typeof EVENT_KINDS)[number][] {
  return text.split(',').map((name) => {
    const kind = EVENT_KINDS.find((known) => known === name);
    if (!kind) throw new EcgError('HISTORY_QUERY', 'kinds names an unknown kind', { expected: EVENT_KINDS.join(), received: name.slice(0, 40), from: '/history' });
    return kind;
  });
}

/** JSON has no NaN: what is missing is null. */
const numbers = (values: Float32Array): (number | null)[] => Array.from(values, (value) => (Number.isNaN(value) ? null : value));

/** Scores are kept to three decimals or so: the digits that a float has beyond are a third of the answer. */
const scores = (values: Float32Array): (number | null)[] => Array.from(values, (value) => (Number.isNaN(value) ? null : Math.round(value * SCORE_DIGITS) / SCORE_DIGITS));
const SCORE_DIGITS = 10_000;

/** @throws EcgError HISTORY_QUERY where it was not scored */
function ofLabel(trends: readonly Trend[], label: string): Trend {
  const trend = trends.find(({ name }) => name === label);
  if (trend) return trend;
  const known = trends.map(({ name }) => name).join(', ');
  throw new EcgError('HISTORY_QUERY', 'no segment of the interval was scored for this label', { expected: known === '' ? 'an interval with scores' : `one of ${known}`, received: label.slice(0, 80), from: '/history' });
}

const sendJson = (reply: FastifyReply, json: Uint8Array): FastifyReply =>
  reply.type('application/json; charset=utf-8').send(Buffer.from(json.buffer, json.byteOffset, json.byteLength));
