/** The hello of transports without headers (MQTT, lines): token and hello in one JSON message. */
import { z } from 'zod';
import { EcgError } from '../../ecg/errors.ts';

/** A hello is a few hundred bytes. */
export const MAX_GREETING_BYTES = 16_384;
const greeting = z.strictObject({ token: z.string().max(200).optional(), hello: z.unknown() });

/** The hello itself is the session's to check. @throws EcgError HELLO_INVALID */
export function parseGreeting(payload: Uint8Array, from: string): { readonly token: string | undefined; readonly hello: unknown } {
  const wrong = (received: string): EcgError => new EcgError('HELLO_INVALID', 'the message is no hello', { expected: '{"token": "...", "hello": {...}}', received: received.slice(0, 80), from });
  if (payload.byteLength > MAX_GREETING_BYTES) throw wrong(`${payload.byteLength} bytes`);
  let message: unknown;
  try {
    message = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    throw wrong('no JSON');
  }
  const parsed = greeting.safeParse(message);
  if (!parsed.success) throw wrong(parsed.error.issues[0]!.message);
  return { token: parsed.data.token, hello: parsed.data.hello };
}
