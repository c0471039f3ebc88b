/**
 * The label bank: the cached embedding of every label the server watches for, so that no text encoder is needed
 * to serve. Written by training's export for one model; read here.
 */
import { z } from 'zod';
import { EcgError } from '../ecg/errors.ts';
import { readChecked, type LoadedManifest } from './manifest.ts';

const labelSchema = z.strictObject({
  /** Stable slug: `atrial-fibrillation`. */
  id: z.string().regex(/^[a-z0-9-]+$/),
  /** What a person reads: `Atrial fibrillation`. */
  name: z.string().min(1),
  kind: z.enum(['rhythm', 'diagnostic', 'form']),
  prompts: z.array(z.string().min(1)).min(1),
  /** How the embedding was made: from the prompts directly, or from the reports nearest to them. */
  method: z.enum(['prompt', 'prototype']),
  /** base64 of little-endian float32, unit length. */
  embedding: z.string(),
  /** Mean and spread of the cosine over unlabelled ECGs; `score` is the cosine standardised by them. */
  cosineMean: z.number(),
  cosineSd: z.number().positive(),
  /** Absent: shown only. Present: raises an alarm where `score` stays at or above `threshold` for `dwellMs`. */
  alarm: z.strictObject({
    priority: z.enum(['medium', 'low']),
    threshold: z.number(),
    dwellMs: z.number().positive(),
  }).optional(),
  /**
   * Probability of the finding from its score (platt.ts), fitted WITH labels and true where the finding is as frequent as it was
   * there; absent: too few ECGs had it. Alarms are raised by the score, not by this.
   */
  probability: z.strictObject({
    slope: z.number().positive(),
    offset: z.number(),
    /** Statements of the annotation that counted as the finding, of how many ECGs it was fitted on. */
    statements: z.array(z.string()).min(1),
    positives: z.int().positive(),
    records: z.int().positive(),
  }).optional(),
});
const abstentionSchema = z.strictObject({
  /** Where no label in force is as probable, the segment is like none of them. Labels without a probability have no say. */
  probability: z.number().gt(0).lt(1),
  /** On what it was chosen, and how. */
  chosenOn: z.string().min(1),
});
const bankSchema = z.strictObject({
  bankVersion: z.literal(1),
  embeddingDimension: z.int().positive(),
  /** Over which unlabelled ECGs the means and spreads were taken. */
  standardisedOver: z.string(),
  /** On which labelled ECGs the probabilities were fitted. */
  probabilitiesFittedOn: z.string().min(1).optional(),
  abstention: abstentionSchema.optional(),
  labels: z.array(labelSchema).min(1),
}).refine(({ labels, probabilitiesFittedOn }) => probabilitiesFittedOn !== undefined || !labels.some(({ probability }) => probability), {
  path: ['probabilitiesFittedOn'], error: 'the ECGs on which the probabilities of its labels were fitted' });
export type LabelBankFile = z.output<typeof bankSchema>;
export type LabelDefinition = Omit<z.output<typeof labelSchema>, 'embedding'>;

/** Labels with their embeddings in one matrix, ready to score. */
export interface LabelBank {
  /** Of the manifest that names the bank, for the record of what was found by it. */
  readonly manifestSha256: string;
  readonly labels: readonly LabelDefinition[];
  readonly dimension: number;
  /** Row-major [labels][dimension], rows of unit length. */
  readonly embeddings: Float32Array;
  readonly probabilitiesFittedOn?: string;
  readonly abstention?: z.output<typeof abstentionSchema>;
}

/** Reads the bank a manifest names. @throws EcgError MODEL_CHECKSUM | MODEL_MISMATCH */
export function loadLabelBank(model: LoadedManifest): LabelBank {
  const from = `${model.directory}/${model.manifest.labelBank.path}`;
  const parsed = bankSchema.safeParse(JSON.parse(readChecked(model.directory, model.manifest.labelBank).toString('utf8')));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new EcgError('MODEL_MISMATCH', `the label bank's ${issue.path.join('.')} cannot be used`, { expected: issue.message, from });
  }
  const { labels, embeddingDimension, probabilitiesFittedOn, abstention } = parsed.data;
  if (embeddingDimension !== model.manifest.embeddingDimension) {
    throw new EcgError('MODEL_MISMATCH', 'the label bank is of another dimension than the encoder', {
      expected: `${model.manifest.embeddingDimension}`, received: `${embeddingDimension}`, from });
  }
  const embeddings = new Float32Array(labels.length * embeddingDimension);
  labels.forEach((label, row) => embeddings.set(decodeFloats(label.embedding, embeddingDimension, `${from}, label ${label.id}`), row * embeddingDimension));
  return {
    manifestSha256: model.sha256,
    labels: labels.map(({ embedding: _, ...label }) => label),
    dimension: embeddingDimension,
    embeddings,
    ...(probabilitiesFittedOn !== undefined && { probabilitiesFittedOn }),
    ...(abstention && { abstention }),
  };
}

/** base64 of little-endian float32. */
export const encodeFloats = (embedding: Float32Array): string =>
  Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength).toString('base64');

/** @throws EcgError MODEL_MISMATCH where it is of another length */
export function decodeFloats(text: string, dimension: number, from: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== dimension * 4) {
    throw new EcgError('MODEL_MISMATCH', 'an embedding has the wrong length', { expected: `${dimension * 4} bytes`, received: `${bytes.length}`, from });
  }
  const embedding = new Float32Array(dimension);
  for (let i = 0; i < dimension; i++) embedding[i] = bytes.readFloatLE(4 * i);
  return embedding;
}
