/**
 * Label sets: what is looked for, as files (models/label-sets/*.json, or one of your own). A label has its sentences written
 * out, or names PTB-XL statements and takes theirs from statements.json, so that every sentence stands in one place for
 * training, evaluation and serving alike.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { EcgError } from '../ecg/errors.ts';

const DIRECTORY = fileURLToPath(new URL('./label-sets/', import.meta.url));
const STATEMENTS = 'statements.json';

const sentence = z.string().trim().min(1).max(200);
const statements = z.record(z.string(), z.array(sentence).min(1));

const labelSchema = z.strictObject({
  /** Stable slug: `atrial-fibrillation`. A label that the model's bank knows by the same id takes its embedding from there. */
  id: z.string().regex(/^[a-z0-9-]{1,64}$/, 'a slug of a-z, 0-9 and "-", at most 64 characters'),
  name: z.string().min(1).max(80),
  kind: z.enum(['rhythm', 'diagnostic', 'form']),
  /** What the data set calls it: `NORM`, `LAFB/LPFB`. */
  code: z.string().min(1).optional(),
  prompts: z.array(sentence).min(1).optional(),
  /** PTB-XL statements that this label stands for; without `prompts` it is scored by theirs. */
  statements: z.array(z.string()).min(1).optional(),
  /** What it is not: docs/labels.md. */
  negatives: z.array(sentence).min(1).optional(),
  /** Raises an alarm where a threshold is known: here, or in the model's bank. */
  alarm: z.strictObject({
    priority: z.enum(['medium', 'low']),
    threshold: z.number().min(0).max(20).optional(),
    dwellMs: z.number().positive(),
  }).optional(),
});
const setSchema = z.strictObject({
  setVersion: z.literal(1),
  name: z.string().regex(/^[a-z0-9-]+$/),
  description: z.string(),
  labels: z.array(labelSchema).min(1).max(5000),
});

/** A label of a set, with all its sentences. */
export interface SetLabel extends Omit<z.output<typeof labelSchema>, 'prompts' | 'statements' | 'negatives'> {
  readonly prompts: readonly string[];
  readonly statements: readonly string[];
  readonly negatives: readonly string[];
}

export interface LabelSet {
  readonly name: string;
  readonly description: string;
  readonly labels: readonly SetLabel[];
}

/** Names of the sets that ship. */
export const labelSetNames = (): string[] =>
  readdirSync(DIRECTORY).filter((file) => file.endsWith('.json') && file !== STATEMENTS).map((file) => basename(file, '.json')).sort();

/** PTB-XL's SCP-ECG statements and their sentences. */
export function statementPrompts(): Readonly<Record<string, readonly string[]>> {
  return statements.parse(JSON.parse(readFileSync(`${DIRECTORY}${STATEMENTS}`, 'utf8')));
}

/**
 * @param nameOrPath `monitoring`, or the path of a file (with a "/" or ending in .json)
 * @throws EcgError CONFIG_INVALID where there is none, or it cannot be used
 */
export function loadLabelSet(nameOrPath: string): LabelSet {
  const path = /[/\\]|\.json$/.test(nameOrPath) ? resolve(nameOrPath) : `${DIRECTORY}${nameOrPath}.json`;
  if (!existsSync(path)) {
    throw new EcgError('CONFIG_INVALID', 'there is no such label set', { expected: `${labelSetNames().join(' | ')}, or the path of a JSON file`, received: nameOrPath.slice(0, 80) });
  }
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new EcgError('CONFIG_INVALID', 'the label set cannot be read', { expected: 'JSON', received: (cause as Error).message, from: path, cause });
  }
  return parseLabelSet(json, path);
}

/** @throws EcgError CONFIG_INVALID */
export function parseLabelSet(json: unknown, from: string): LabelSet {
  const parsed = setSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new EcgError('CONFIG_INVALID', `the label set's ${issue.path.join('.') || 'root'} cannot be used`, { expected: issue.message, from });
  }
  const known = statementPrompts();
  const seen = new Set<string>();
  const labels = parsed.data.labels.map((label): SetLabel => {
    const refuse = (what: string, expected: string, received: string): never => {
      throw new EcgError('CONFIG_INVALID', `the label ${label.id} ${what}`, { expected, received, from });
    };
    if (seen.has(label.id)) refuse('is there twice', 'an id of its own', label.id);
    seen.add(label.id);
    const codes = label.statements ?? [];
    const prompts = label.prompts ?? codes.flatMap((code) => known[code] ?? refuse('names an unknown statement', `a statement of ${STATEMENTS}`, code));
    if (prompts.length === 0) refuse('has nothing to be scored by', 'prompts or statements', 'neither');
    return { ...label, prompts: [...new Set(prompts)], statements: codes, negatives: label.negatives ?? [] };
  });
  return { name: parsed.data.name, description: parsed.data.description, labels };
}
