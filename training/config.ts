/** A training run's settings: one JSON file per arm in training/config, every field named here with its reason. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { EcgError } from '../ecg/errors.ts';

export const modelConfigSchema = z.strictObject({
  /** Channels of the first stage; each further stage doubles them (16 -> 16-32-64-128). The paper has 64. */
  width: z.int().positive(),
  stemKernel: z.int().positive(),
  kernel: z.int().positive(),
  /** Channels that GroupNorm normalises together; BatchNorm mixes records with different leads and does badly on few. */
  groupSize: z.int().positive(),
  embeddingDimension: z.int().positive(),
});
export type ModelConfig = z.output<typeof modelConfigSchema>;

export const trainConfigSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  seed: z.int(),
  model: modelConfigSchema,
  epochs: z.int().positive(),
  batchSize: z.int().positive(),
  /** Peak of a one-cycle schedule: linear warm-up, then a cosine to zero. */
  learningRate: z.number().positive(),
  warmUpSteps: z.int().nonnegative(),
  /** Decoupled (AdamW); the small text set is memorised without it. */
  weightDecay: z.number().nonnegative(),
  /** Start of the learned temperature; the paper's 0.07. */
  temperature: z.number().positive(),
  /** Soft targets: softmax of the text similarity over this; 0 = only the same text is a positive. */
  targetTemperature: z.number().nonnegative(),
  /**
   * Texts of other training reports that each ECG of the batch is compared with besides the batch's own: the text side is two
   * small matrix products, so many cost little.
   */
  extraTexts: z.int().nonnegative(),
  /** Says of every statement mined from the reports whether this ECG's report makes it (data/statements.ts); weight 0: not at all. */
  statements: z.strictObject({
    weight: z.number().nonnegative(),
    /** Records that must share a run of words for it to be a statement. */
    minimumRecords: z.int().positive(),
  }),
  augmentation: z.strictObject({
    /** Share of records that lose leads, as most beds have one to three. */
    leadDropout: z.number().min(0).max(1),
    /** Spread of the log of a common gain, and of each lead's own. */
    gainSd: z.number().nonnegative(),
    leadGainSd: z.number().nonnegative(),
    /** White noise, in units of the normalised input. */
    noiseSd: z.number().nonnegative(),
    /** Circular shift: where in the beat a segment begins tells nothing. */
    shift: z.boolean(),
    /** Root mean square of baseline wander, in units of the normalised input; its size varies from lead to lead. */
    wanderSd: z.number().nonnegative(),
    /** Electrodes beside their places (electrode-placement.ts). */
    placement: z.strictObject({ axisSdDegrees: z.number().nonnegative(), chestSd: z.number().nonnegative() }),
    /** Spread of the log of a stretch in time: rates and intervals vary, and so do the clocks of devices. */
    stretchSd: z.number().nonnegative(),
  }),
});
export type TrainConfig = z.output<typeof trainConfigSchema>;

/**
 * A file may say `"extends": "quick"` and then only what is different: an arm is then one change, for everybody to see.
 * @param nameOrPath `quick` for training/config/quick.json, or a path @throws EcgError CONFIG_INVALID
 */
export function loadTrainConfig(nameOrPath: string): TrainConfig {
  const path = pathOf(nameOrPath);
  const json = readWithBases(path, []);
  const parsed = trainConfigSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new EcgError('CONFIG_INVALID', `the training configuration's ${issue.path.join('.') || 'root'} cannot be used`, { expected: issue.message, from: path });
}

type Json = { readonly [key: string]: unknown };

const pathOf = (nameOrPath: string): string => (nameOrPath.endsWith('.json') ? nameOrPath : fileURLToPath(new URL(`./config/${nameOrPath}.json`, import.meta.url)));

function readWithBases(path: string, below: readonly string[]): Json {
  if (below.includes(path)) throw new EcgError('CONFIG_INVALID', 'training configurations extend each other in a circle', { received: [...below, path].join(' -> '), from: path });
  let json: Json;
  try {
    json = JSON.parse(readFileSync(path, 'utf8')) as Json;
  } catch (cause) {
    throw new EcgError('CONFIG_INVALID', 'the training configuration cannot be read', { expected: 'a JSON file', received: (cause as Error).message, from: path, cause });
  }
  const { extends: base, ...own } = json;
  return typeof base === 'string' ? overlaid(readWithBases(pathOf(base), [...below, path]), own) : own;
}

/** Objects are merged, everything else is replaced. */
const overlaid = (base: Json, own: Json): Json => ({
  ...base,
  ...Object.fromEntries(Object.entries(own).map(([key, value]) => [key, isObject(value) && isObject(base[key]) ? overlaid(base[key], value) : value])),
});

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
