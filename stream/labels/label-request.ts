/** What a person may ask of a label, checked: every refusal says what was expected and what came. */
import { z } from 'zod';
import { EcgError } from '../../ecg/errors.ts';

export const MAX_NAME = 120;
const MAX_SENTENCE = 200;
const MAX_SENTENCES = 16;
const MAX_REASON = 200;
/** Standard deviations, as for a bed's own thresholds (stream/alarm/limits.ts). */
export const MAX_THRESHOLD = 20;
/** One segment to ten minutes. */
const DWELL_MS = [2000, 600_000] as const;

const hasWord = /[\p{L}\p{N}]/u;
const text = (longest: number): z.ZodType<string> => z.string().trim()
  .min(1, 'a sentence, not nothing')
  .max(longest, `at most ${longest} characters`)
  .regex(hasWord, 'a sentence with at least one word');
const sentences = z.array(text(MAX_SENTENCE)).max(MAX_SENTENCES, `at most ${MAX_SENTENCES} sentences`);
const threshold = z.number().min(0, `0 to ${MAX_THRESHOLD} standard deviations`).max(MAX_THRESHOLD, `0 to ${MAX_THRESHOLD} standard deviations`);
const dwellMs = z.number().min(DWELL_MS[0], `${DWELL_MS.join(' to ')} ms`).max(DWELL_MS[1], `${DWELL_MS.join(' to ')} ms`);
/** A finding of the model never is a high alarm: it may add to what the rules watch, not stand beside it. */
const priority = z.enum(['medium', 'low'], 'medium | low');
const reason = z.string().trim().max(MAX_REASON);

const fields = { synonyms: sentences, negatives: sentences, threshold, dwellMs, priority };
const optional = { synonyms: fields.synonyms.optional(), negatives: fields.negatives.optional(), threshold: threshold.optional(), dwellMs: dwellMs.optional(), priority: priority.optional() };

export const requests = {
  create: z.strictObject({ name: text(MAX_NAME), ...optional }),
  change: z.strictObject({ name: text(MAX_NAME).optional(), ...optional }),
  arm: z.strictObject({ threshold, dwellMs, priority, reason: reason.default(''), dryRun: z.boolean().default(false) }),
  end: z.strictObject({ reason: reason.min(1, 'a reason') }),
  chooseSet: z.strictObject({ set: z.string().max(400).nullable(), reason: reason.min(1, 'a reason') }),
};
export type CreateLabel = z.output<typeof requests.create>;
export type ChangeLabel = z.output<typeof requests.change>;
export type ArmLabel = z.output<typeof requests.arm>;

/** @throws EcgError LABEL_INVALID */
export function parseLabelRequest<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new EcgError('LABEL_INVALID', `${issue.path.join('.') || 'the request'} of a label cannot be used`, { expected: issue.message, received: received(body, issue.path) });
}

function received(body: unknown, path: readonly PropertyKey[]): string {
  const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], body);
  if (typeof value === 'string') return value.length > 40 ? `${value.length} characters` : JSON.stringify(value);
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60);
}
