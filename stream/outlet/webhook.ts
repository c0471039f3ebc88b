/**
 * Webhooks after the Standard Webhooks specification: the alert's envelope is posted as JSON with `webhook-id`,
 * `webhook-timestamp` (seconds) and `webhook-signature`, `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
 * A receiver refuses timestamps more than five minutes off, and knows duplicates by the id.
 */
import { createHmac } from 'node:crypto';
import type { Priority } from '../../ecg/alarm.ts';
import type { Clock } from '../../ecg/clock.ts';
import type { DeliveredAlarm } from '../alarm/outbox.ts';
import type { Outcome, Outlet } from './outlet-queue.ts';

export interface WebhookOptions {
  readonly url: string;
  readonly secret: string;
  readonly priorities?: readonly Priority[] | undefined;
}

/** A receiver that has not answered by then has failed. */
const ANSWER_WITHIN_MS = 10_000;
const CONCURRENCY = 4;

/** @returns the value of `webhook-signature` */
export function signWebhook(secret: string, id: string, timestampSeconds: number, body: string): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`;
}

/** @param envelope the alert as `/alerts` sends it */
export function createWebhook({ url, secret, priorities }: WebhookOptions, clock: Clock, envelope: (alarm: DeliveredAlarm) => { readonly id: string }): Outlet {
  const closing = new AbortController();
  const { origin, pathname } = new URL(url); // a query may hold a secret
  return {
    name: `webhook ${origin}${pathname}`,
    priorities,
    concurrency: CONCURRENCY,
    async send(alarm): Promise<Outcome> {
      const event = envelope(alarm);
      const body = JSON.stringify(event);
      const seconds = Math.floor(clock.now() / 1000);
      try {
        const response = await fetch(url, {
          method: 'POST',
          redirect: 'error',
          headers: {
            'content-type': 'application/cloudevents+json', 'webhook-id': event.id, 'webhook-timestamp': String(seconds),
            'webhook-signature': signWebhook(secret, event.id, seconds, body),
          },
          body,
          signal: AbortSignal.any([closing.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
        });
        await response.body?.cancel();
        return outcomeOf(response.status);
      } catch (error) {
        const { name, message, cause } = error as Error;
        return { kind: 'failed', why: name === 'TimeoutError' ? `no answer within ${ANSWER_WITHIN_MS / 1000} s` : cause instanceof Error ? cause.message : message };
      }
    },
    close: () => closing.abort(),
  };
}

/** A client's error will be the same next time, but for two that say "later". */
function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return { kind: 'taken' };
  const later = status >= 500 || status === 408 || status === 429;
  return { kind: later ? 'failed' : 'refused', why: `status ${status}` };
}
