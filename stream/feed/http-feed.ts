/**
 * The same contract over HTTP, for devices that can only POST. The token is in the Authorization header of the hello.
 *
 *   POST /feeds/http/hello    JSON hello                                      200 {"ok": true, "bed", "epoch", "session"}
 *   POST /feeds/http/frame    packed frame, header `feed-session: <session>`  200 {"ack": {...}}  or  4xx {"fault": {...}}
 *   POST /feeds/http/end      header `feed-session`                           204
 *
 * There is no connection to lose: a session lives until it has been silent for SESSION_LIFETIME, so a device that
 * buffers sends on after a cut without a gap.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../ecg/clock.ts';
import { EcgError } from '../../ecg/errors.ts';
import { MAX_FRAME_BYTES } from '../../ecg/frame.ts';
import { ms, type EpochMs } from '../../ecg/units.ts';
import { bearerToken } from '../bearer-token.ts';
import type { AckMessage, FaultMessage } from './feed.ts';
import { asFault, type DeviceSession, type FeedDoor } from './feed-session.ts';

/** A silent session ends then; the bed itself says "no data" long before. */
export const SESSION_LIFETIME = ms(30_000);
const SWEEP_EVERY = ms(5_000);
/** A hello is a few hundred bytes. */
const MAX_HELLO_BYTES = 16_384;
const STATUS: Readonly<Record<string, number>> = { FEED_UNAUTHORISED: 401, FEED_BED_TAKEN: 409, FEED_NO_HELLO: 409 };
/** HTTP's "understood, and cannot be used". */
const UNUSABLE = 422;

interface HttpSession {
  readonly device: DeviceSession;
  lastMs: EpochMs;
  /** To what is being taken now. */
  readonly answers: ({ readonly ack: AckMessage } | { readonly fault: FaultMessage })[];
}

export interface HttpFeedParts {
  readonly clock: Clock;
  readonly isAllowedRequest: (request: IncomingMessage) => boolean;
}

/** Registers the routes; call before the server listens. @returns stops watching for silent sessions */
export function serveHttpFeed(app: FastifyInstance, door: FeedDoor, { clock, isAllowedRequest }: HttpFeedParts): () => void {
  const sessions = new Map<string, HttpSession>();

  const begin = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const id = randomBytes(18).toString('base64url');
    const session: HttpSession = {
      lastMs: clock.now(),
      answers: [],
      device: door.open({
        address: request.ip,
        token: bearerToken(request.headers.authorization),
        acknowledge: (ack) => void session.answers.push({ ack }),
        fault: (fault) => void session.answers.push({ fault }),
        cut: () => end(id),
      }),
    };
    const answer = session.device.hello(request.body);
    if (!answer.ok) {
      session.device.end();
      return reply.code(STATUS[answer.fault.code] ?? UNUSABLE).send(answer);
    }
    // A device that says hello again has forgotten its session, and one whose bed is fed by another has lost it.
    for (const [other, { device }] of sessions) if (device.bed === undefined) end(other);
    sessions.set(id, session);
    return reply.send({ ...answer, session: id });
  };

  const take = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const session = sessions.get(sessionOf(request));
    if (!session) return refuse(reply, new EcgError('FEED_NO_HELLO', 'the session is not known', { expected: 'feed-session of the newest hello of its bed, used within 30 s', from: request.ip }));
    session.lastMs = clock.now();
    session.device.frame(request.body);
    const answer = session.answers.splice(0)[0]!;
    return 'fault' in answer ? reply.code(STATUS[answer.fault.code] ?? UNUSABLE).send(answer) : reply.send(answer);
  };

  const end = (id: string): void => {
    sessions.get(id)?.device.end();
    sessions.delete(id);
  };

  void app.register(async (feeds) => {
    feeds.addContentTypeParser('application/octet-stream', { parseAs: 'buffer', bodyLimit: MAX_FRAME_BYTES }, (_request, body, done) => done(null, body));
    feeds.addHook('onRequest', async (request, reply) => (isAllowedRequest(request.raw) ? undefined : reply.code(403).send()));
    feeds.setErrorHandler((error: Error & { statusCode?: number }, request, reply) =>
      reply.code(error.statusCode ?? 500).send({ fault: asFault(new EcgError('FRAME_MALFORMED', 'the request cannot be read', {
        expected: `${request.url.endsWith('/hello') ? 'application/json' : 'application/octet-stream'}, at most ${request.routeOptions.bodyLimit} bytes`,
        received: `${request.headers['content-type'] ?? 'no content-type'}: ${error.message}`, from: request.ip })) }));
    feeds.post('/hello', { bodyLimit: MAX_HELLO_BYTES }, async (request, reply) => begin(request, reply));
    feeds.post('/frame', { bodyLimit: MAX_FRAME_BYTES }, async (request, reply) => take(request, reply));
    void feeds.register(async (ends) => {
      // Clients name some content type of their own where they send nothing.
      ends.removeAllContentTypeParsers();
      ends.addContentTypeParser('*', (_request, _payload, done) => done(null));
      ends.post('/end', async (request, reply) => {
        end(sessionOf(request));
        return reply.code(204).send();
      });
    });
  }, { prefix: '/feeds/http' });

  return clock.every(SWEEP_EVERY, () => {
    for (const [id, { lastMs }] of sessions) if (clock.now() - lastMs > SESSION_LIFETIME) end(id);
  });
}

const sessionOf = (request: FastifyRequest): string => String(request.headers['feed-session'] ?? '');

function refuse(reply: FastifyReply, error: EcgError): FastifyReply {
  return reply.code(STATUS[error.code] ?? UNUSABLE).send({ fault: asFault(error) });
}
