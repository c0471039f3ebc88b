/** A training run's settings: one JSON file per arm in training/config, every field named here with its reason. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { EcgError } from '../ecg/errors.ts';

export const modelConfigSchema = z.strictObject({
  /** Channels of the first stage; each further stage doubles them (16 -> 16-32-64-128). The paper has 64. */
  width: z.int().positive(),
  stemKernel: z.int().positive(),
  kernel: z.int().positive(),
  /** `batch` is the paper's ResNet; it mixes records with different leads and does badly on few. */
  norm: z.enum(['group', 'batch']).default('group'),
  /** Channels that GroupNorm normalises together. */
  groupSize: z.int().positive(),
  /** Whether the network is told which leads there are and how large; without it an absent lead is just a flat one. */
  leadDescription: z.boolean().default(true),
  /** Over time, before the head: the mean (the paper's), or the mean and the maximum: one odd beat is a finding, too. */
  pooling: z.enum(['mean', 'mean+max']).default('mean+max'),
  embeddingDimension: z.int().positive(),
});
export type ModelConfig = z.output<typeof modelConfigSchema>;

/** What is learnt from (objectives/). All but reports and views use labels: baselines and one declared arm. */
const objectiveSchema = z.discriminatedUnion('kind', [
  /** Reports alone: the zero-label models. */
  z.strictObject({ kind: z.literal('reports') }),
  /** Statement codes alone, of this share of the training folds' patients. */
  z.strictObject({ kind: z.literal('labels'), share: z.number().positive().max(1) }),
  /** Neither: two views of one record belong together (SimCLR), at the configured temperature. */
  z.strictObject({ kind: z.literal('views') }),
  z.strictObject({ kind: z.literal('reports+labels') }),
]);

export const trainConfigSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  seed: z.int(),
  objective: objectiveSchema.default({ kind: 'reports' }),
  model: modelConfigSchema,
  /** Directory of a run of the same network whose last epoch is the start, with a new optimiser; without it a random one. As `teachers.models` from the working directory; a run's config.json has both in full. */
  startFrom: z.string().optional(),
  epochs: z.int().positive(),
  batchSize: z.int().positive(),
  /** Peak of the schedule. */
  learningRate: z.number().positive(),
  /** Linear. */
  warmUpSteps: z.int().nonnegative(),
  /** Further, gentler cosines after the first has come to rest: out of a minimum that was merely near (SGDR, Loshchilov and Hutter 2017). */
  restarts: z.array(z.strictObject({ epochs: z.int().positive(), learningRate: z.number().positive() })).default([]),
  /** After the warm-up: a cosine to zero, or the paper's one rate throughout. */
  schedule: z.enum(['cosine', 'constant']).default('cosine'),
  /** The small text set is memorised without it. */
  weightDecay: z.number().nonnegative(),
  /** `decoupled`: AdamW, of weights only; `coupled`: Adam with the decay in the gradient of every parameter, as the paper has it. */
  decay: z.enum(['decoupled', 'coupled']).default('decoupled'),
  /** InfoNCE both ways, or every pair its own yes-or-no question (SigLIP), which knows no soft targets. */
  loss: z.enum(['info-nce', 'sigmoid']).default('info-nce'),
  /** Start of the learned temperature; the paper's 0.07. */
  temperature: z.number().positive(),
  /** What counts as right: the ECG's own report alone (the paper's diagonal), or every report that reads the same. */
  positives: z.enum(['pair', 'text']).default('text'),
  /** Soft targets instead: softmax of the text similarity over this; 0: none. */
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
  /** Of what the loss calls right, `share` is said by exported models (directories) together, from the end of epoch `afterEpochs` on (teachers.ts). */
  teachers: z.strictObject({
    models: z.array(z.string()),
    share: z.number().min(0).max(1),
    afterEpochs: z.int().nonnegative(),
  }).default({ models: [], share: 0, afterEpochs: 0 }),
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
    /** Share of records with noise of people who move (ambulatory-noise.ts), and its signal-to-noise ratio, uniform between these. */
    ambulatoryNoise: z.strictObject({ share: z.number().min(0).max(1), lowestDb: z.number(), highestDb: z.number() }).default({ share: 0, lowestDb: 0, highestDb: 0 }),
    /** Electrodes beside their places (electrode-placement.ts). */
    placement: z.strictObject({ axisSdDegrees: z.number().nonnegative(), chestSd: z.number().nonnegative() }),
    /** Share of records of which only a part remains, of uniform length from `shortest` (of the whole) up, the rest flat: a finding need not last. */
    crop: z.strictObject({ share: z.number().min(0).max(1), shortest: z.number().positive().max(1) }).default({ share: 0, shortest: 1 }),
    /** Spread of the log of a stretch in time: rates and intervals vary, and so do the clocks of devices. */
    stretchSd: z.number().nonnegative(),
  }),
}).refine(({ loss, targetTemperature, teachers }) => loss === 'info-nce' || (targetTemperature === 0 && teachers.share === 0), {
  path: ['loss'], message: 'the sigmoid loss knows no soft targets: targetTemperature 0 and no share of teachers',
}).refine(({ teachers: { models, share } }) => (models.length > 0) === (share > 0), {
  path: ['teachers'], message: 'models with a share, or neither',
});
export type TrainConfig = z.output<typeof trainConfigSchema>;

/**
 * A file may say `"extends": "quick"` (or a path from its own folder) and then only what is different: an arm is then one change, for everybody to see.
 * @param nameOrPath `quick` for training/config/quick.json, or a path @throws EcgError CONFIG_INVALID
 */
export function loadTrainConfig(nameOrPath: string): TrainConfig {
  const path = pathOf(nameOrPath);
  return parseTrainConfig(readWithBases(path, []), path);
}

/** @param from path it was read from @throws EcgError CONFIG_INVALID */
export function parseTrainConfig(json: unknown, from: string): TrainConfig {
  const parsed = trainConfigSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new EcgError('CONFIG_INVALID', `the training configuration's ${issue.path.join('.') || 'root'} cannot be used`, { expected: issue.message, from });
}

export const learnsFromReports = ({ objective: { kind } }: TrainConfig): boolean => kind === 'reports' || kind === 'reports+labels';
export const learnsFromLabels = ({ objective: { kind } }: TrainConfig): boolean => kind === 'labels' || kind === 'reports+labels';

export const epochsOf = ({ epochs, restarts }: TrainConfig): number => restarts.reduce((sum, cycle) => sum + cycle.epochs, epochs);

type Json = { readonly [key: string]: unknown };

/** @param from folder that a path is relative to */
const pathOf = (nameOrPath: string, from = ''): string => (nameOrPath.endsWith('.json') ? resolve(from, nameOrPath) : fileURLToPath(new URL(`./config/${nameOrPath}.json`, import.meta.url)));

function readWithBases(path: string, below: readonly string[]): Json {
  if (below.includes(path)) throw new EcgError('CONFIG_INVALID', 'training configurations extend each other in a circle', { received: [...below, path].join(' -> '), from: path });
  const { extends: base, ...own } = readJson(path);
  return typeof base === 'string' ? overlaid(readWithBases(pathOf(base, dirname(path)), [...below, path]), own) : own;
}

/** @throws EcgError CONFIG_INVALID */
export function readJson(path: string): Json {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Json;
  } catch (cause) {
    throw new EcgError('CONFIG_INVALID', 'the training configuration cannot be read', { expected: 'a JSON file', received: (cause as Error).message, from: path, cause });
  }
}

/** Objects are merged, everything else is replaced. */
const overlaid = (base: Json, own: Json): Json => ({
  ...base,
  ...Object.fromEntries(Object.entries(own).map(([key, value]) => [key, isObject(value) && isObject(base[key]) ? overlaid(base[key], value) : value])),
});

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
