/**
 * The writing side of the history over HTTP: a person marks a moment, an engineer brings a record of another system in.
 * Both are named in what is stored and in the log.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../../ecg/clock.ts';
import { EcgError } from '../../ecg/errors.ts';
import { SYMBOLS } from '../../ecg/formats/wfdb-annotation.ts';
import type { Principal, Role } from '../../stream/access.ts';
import { BED_SLUG } from '../../stream/feed/feed.ts';
import { importPast } from '../../stream/history/import.ts';
import type { SideWork } from '../../stream/history/side-work.ts';
import { EMPTY_BATCH, type HistoryEvent, type HistoryStore } from '../../stream/history/store.ts';
import { opened, parse, refuse, time } from './history-query.ts';
import { allowedPerson, type PrincipalOf } from './person.ts';

export interface HistoryEntryParts {
  readonly store: () => HistoryStore | undefined;
  readonly principalOf: PrincipalOf;
  readonly isAllowedRequest: (request: IncomingMessage) => boolean;
  readonly sideWork: SideWork;
  readonly clock: Pick<Clock, 'now'>;
  /** How long waveforms are kept: an older record would be forgotten at once. */
  readonly waveformsMs: number;
  readonly audit: (by: Principal, what: string) => void;
}

/** Three hours of twelve leads at 500 Hz. Longer ones are imported in parts, or while the server is stopped. */
const MAX_RECORD_BYTES = 128 * 2 ** 20;
const MAX_NOTE_BYTES = 4096;
const MAX_TEXT = 500;
/** WFDB's symbol of a note. */
const NOTE = '"';
/** A page's clock may be ahead by so much. */
const CLOCK_TOLERANCE_MS = 60_000;

const bed = z.string().regex(BED_SLUG, 'a bed: lower-case letters, digits and hyphens');
const annotation = z.strictObject({
  bed,
  at: z.number(),
  text: z.string().trim().min(1).max(MAX_TEXT),
  /** Of WFDB, such as V or +; a note where none is given. */
  symbol: z.string().refine((symbol) => symbol.length === 1 && SYMBOLS.includes(symbol), 'an annotation symbol of WFDB').default(NOTE),
});
const record = z.strictObject({ bed, at: time.optional(), name: z.string().min(1).max(100).default('record') });

export function serveHistoryEntry(app: FastifyInstance, { store, principalOf, isAllowedRequest, sideWork, clock, waveformsMs, audit }: HistoryEntryParts): void {
  const taking = (least: Role, run: (request: FastifyRequest, by: Principal) => Promise<object>) => async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    try {
      return await reply.code(201).send(await run(request, allowedPerson(request, least, principalOf)));
    } catch (error) {
      return refuse(reply, error);
    }
  };

  const annotate = async (request: FastifyRequest, by: Principal): Promise<HistoryEvent> => {
    const { bed: at, at: atMs, text, symbol } = parse(annotation, request.body);
    if (atMs > clock.now() + CLOCK_TOLERANCE_MS) throw new EcgError('HISTORY_QUERY', 'a moment to come cannot be marked', { expected: 'a time that has been', received: `${atMs}`, from: by.name });
    const event: HistoryEvent = { bed: at, atMs, kind: 'annotation', name: symbol, id: randomUUID(), detail: { text, by: by.name, role: by.role, enteredAtMs: clock.now() } };
    await opened(store).append({ ...EMPTY_BATCH, events: [event] });
    audit(by, `annotated ${at} at ${new Date(atMs).toISOString()}`);
    return event;
  };

  const takeRecord = async (request: FastifyRequest, by: Principal): Promise<object> => {
    const { bed: target, at, name } = parse(record, request.query);
    if (!(request.body instanceof Uint8Array)) throw new EcgError('HISTORY_QUERY', 'there is no record in the request', { expected: 'an EDF file, or a zip of a WFDB record', received: 'nothing', from: by.name });
    const open = opened(store);
    const past = await sideWork.readFile({ name, bytes: request.body, startMs: at });
    const oldestMs = clock.now() - waveformsMs;
    if (past.startMs < oldestMs) {
      throw new EcgError('HISTORY_QUERY', 'the record is older than waveforms are kept, and would be forgotten at once', {
        expected: `a time after ${new Date(oldestMs).toISOString()}, or a longer history.retention.waveformsMs`, received: new Date(past.startMs).toISOString(), from: name });
    }
    const imported = await importPast(open, target, past);
    audit(by, `imported ${name} as the past of ${target}`);
    return imported;
  };

  void app.register(async (routes) => {
    routes.addContentTypeParser(['application/octet-stream', 'application/zip', 'application/edf'], { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    routes.addHook('onRequest', async (request, reply) => (isAllowedRequest(request.raw) ? undefined : reply.code(403).send()));
    routes.post('/history/annotations', { bodyLimit: MAX_NOTE_BYTES }, taking('clinician', annotate));
    routes.post('/history/import', {
      bodyLimit: MAX_RECORD_BYTES,
      // Before the body is taken in: whoever may not import must not fill the memory.
      onRequest: async (request, reply) => {
        try {
          allowedPerson(request, 'engineer', principalOf);
          return undefined;
        } catch (error) {
          return refuse(reply, error);
        }
      },
    }, taking('engineer', takeRecord));
  });
}
