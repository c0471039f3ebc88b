/**
 * `POST /feeds/fhir/BED` of a FHIR Observation with SampledData, with the bed's token as bearer: one after another they
 * are one feed. Answered as FHIR does, with an OperationOutcome.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../../ecg/clock.ts';
import { EcgError, isEcgError } from '../../../ecg/errors.ts';
import { ms, type EpochMs } from '../../../ecg/units.ts';
import { bearerToken } from '../../bearer-token.ts';
import { BedStream } from '../bed-stream.ts';
import { BED_SLUG, type FaultMessage } from '../feed.ts';
import { asFault, type FeedDoor } from '../feed-session.ts';
import { waveformOfObservation } from './observation.ts';

/** Observations of some seconds each are expected; a bed that sends none for so long has ended. */
const SILENT_AFTER = ms(60_000);
const SWEEP_EVERY = ms(5_000);
/** Twelve leads of ten seconds at 4,000 Hz as text, and room. */
const MAX_BODY_BYTES = 4_000_000;
/** Beds at once. */
const MAX_STREAMS = 1024;
const STATUS: Readonly<Record<string, number>> = { FEED_UNAUTHORISED: 401, FEED_BED_TAKEN: 409 };
const UNUSABLE = 422;

export interface FhirFeedParts {
  readonly clock: Clock;
  readonly isAllowedRequest: (request: IncomingMessage) => boolean;
}

/** Registers the route; call before the server listens. @returns stops watching for silent beds */
export function serveFhirFeed(app: FastifyInstance, door: FeedDoor, { clock, isAllowedRequest }: FhirFeedParts): () => void {
  const streams = new Map<string, { readonly stream: BedStream; lastMs: EpochMs }>();
  const end = (key: string): void => {
    streams.get(key)?.stream.end();
    streams.delete(key);
  };

  const take = (request: FastifyRequest): FaultMessage | undefined => {
    const { bed } = request.params as { bed: string };
    const from = `FHIR ${request.ip}`;
    if (!BED_SLUG.test(bed)) throw new EcgError('HELLO_INVALID', 'the address names no bed', { expected: '/feeds/fhir/BED', received: bed.slice(0, 40), from });
    const { unit } = request.query as { unit?: unknown };
    const waveform = waveformOfObservation(request.body, typeof unit === 'string' ? unit : undefined, from);
    if (!waveform) throw new EcgError('FHIR_INVALID', 'the Observation holds no ECG', { expected: 'valueSampledData coded as a lead, MDC_ECG_ELEC_POTL_II', from });
    const token = bearerToken(request.headers.authorization);
    // A sender with another token is another sender, and has to show that the bed is its own.
    const key = `${bed} ${token ?? ''}`;
    const known = streams.get(key);
    if (!known && streams.size >= MAX_STREAMS) throw new EcgError('FEED_BED_TAKEN', 'too many beds are fed', { expected: `at most ${MAX_STREAMS}`, from });
    const stream = known?.stream ?? new BedStream(door, { bed, device: 'FHIR Observation', address: from, token, cut: () => end(key) });
    const fault = stream.push(waveform, clock.now());
    if (known) known.lastMs = clock.now();
    else if (fault) stream.end();
    else streams.set(key, { stream, lastMs: clock.now() });
    return fault;
  };

  void app.register(async (feeds) => {
    feeds.addContentTypeParser('application/fhir+json', { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, feeds.getDefaultJsonParser('error', 'ignore'));
    feeds.addHook('onRequest', async (request, reply) => (isAllowedRequest(request.raw) ? undefined : reply.code(403).send()));
    feeds.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
      if (isEcgError(error)) return outcome(reply, STATUS[error.code] ?? UNUSABLE, asFault(error));
      return outcome(reply, error.statusCode ?? 500, asFault(new EcgError('FHIR_INVALID', 'the request cannot be read', { received: error.message, from: request.ip })));
    });
    feeds.post('/:bed', { bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
      const fault = take(request);
      return fault ? outcome(reply, STATUS[fault.code] ?? UNUSABLE, fault) : outcome(reply, 201);
    });
  }, { prefix: '/feeds/fhir' });

  return clock.every(SWEEP_EVERY, () => {
    for (const [key, { lastMs }] of streams) if (clock.now() - lastMs > SILENT_AFTER) end(key);
  });
}

const outcome = (reply: FastifyReply, status: number, fault?: FaultMessage): FastifyReply => reply.code(status).type('application/fhir+json').send(JSON.stringify({
  resourceType: 'OperationOutcome',
  issue: [fault
    ? { severity: 'error', code: fault.code === 'FEED_UNAUTHORISED' ? 'security' : fault.code === 'FEED_BED_TAKEN' ? 'conflict' : 'invalid', diagnostics: `${fault.code}: ${fault.message}` }
    : { severity: 'information', code: 'informational', diagnostics: 'taken' }],
}));
