/**
 * A model's manifest: everything a server must know to feed the encoder what it was trained on, checked at load.
 * Written by training's export, read here; nothing about the model is guessed from the .onnx file.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { EncoderInputSpec } from '../ecg/encoder-input.ts';
import { EcgError } from '../ecg/errors.ts';
import { hz } from '../ecg/units.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a lower-case SHA-256 in hex');
const file = z.strictObject({ path: z.string().min(1), sha256 });

export const manifestSchema = z.strictObject({
  manifestVersion: z.literal(1),
  name: z.string().min(1),
  /** Order of the leads in the encoder's input. */
  leads: z.array(z.string()).min(1),
  samplingFrequencyHz: z.number().positive(),
  /** Samples of one lead in a segment. */
  length: z.int().positive(),
  preprocessing: z.strictObject({
    highPassHz: z.number().positive(),
    lowPassHz: z.number().positive(),
    clipUv: z.number().positive(),
    normalise: z.enum(['record-zscore', 'lead-zscore', 'fixed']),
    scaleUv: z.number().positive(),
  }),
  embeddingDimension: z.int().positive(),
  /** Learned temperature of the contrastive loss: probabilities are softmax(cosine / temperature). */
  temperature: z.number().positive(),
  opset: z.int().positive(),
  precision: z.enum(['fp32', 'fp16', 'int8']),
  /** Names of the graph's inputs and output: `ecg` [n, leads, length] float32, `presence` [n, leads] float32, `embedding` [n, dimension] of unit length. */
  inputs: z.strictObject({ ecg: z.string(), presence: z.string() }),
  output: z.string(),
  encoder: file,
  labelBank: file,
  /** Projection of a centred frozen text embedding into the common space; lets a typed sentence be scored. */
  textHead: file.extend({ inputDimension: z.int().positive() }).optional(),
  /** Embeddings of the training reports (report-bank.ts); a typed label becomes the mean of the `neighbours` nearest, less `contrast` of the mean of all. */
  reportBank: file.extend({ count: z.int().positive(), neighbours: z.int().positive(), contrast: z.number().min(0).max(1) }).optional(),
  textEncoder: z.strictObject({
    name: z.string(),
    /** Of the .onnx file; a label typed at run time must be embedded by the same one. */
    sha256,
    pooling: z.enum(['cls', 'mean']),
    template: z.string(),
  }),
  training: z.strictObject({
    commit: z.string(),
    config: z.string(),
    /** Configurations of other runs whose parameters were averaged with this one's. */
    averagedWith: z.array(z.string()).optional(),
    data: z.string(),
    /** Whether statement codes entered the loss, its own or that of a run it began with or of a teacher; absent: none did. */
    labelsMet: z.boolean().optional(),
    epochs: z.number(),
    date: z.string(),
  }),
});
export type Manifest = z.output<typeof manifestSchema>;

/** How segments are cut and prepared for this model. */
export const specOf = ({ leads, samplingFrequencyHz, length, preprocessing }: Manifest): EncoderInputSpec => (
  { leads, samplingFrequency: hz(samplingFrequencyHz), length, preprocessing });

/** In what one specification of the encoder's input differs from another, if in anything: the first difference, in words. */
export function inputDifference(expected: EncoderInputSpec, received: EncoderInputSpec): { readonly what: string; readonly expected: string; readonly received: string } | undefined {
  const said = ({ leads, samplingFrequency, length, preprocessing }: EncoderInputSpec): Readonly<Record<string, string>> => ({
    'leads': leads.join(', '),
    'sampling frequency': `${samplingFrequency} Hz`,
    'segment length': `${length} samples`,
    'preprocessing': Object.entries(preprocessing).map(([name, value]) => `${name} ${value}`).sort().join(', '),
  });
  const [one, other] = [said(expected), said(received)];
  const what = Object.keys(one).find((name) => one[name] !== other[name]);
  return what === undefined ? undefined : { what, expected: one[what]!, received: other[what]! };
}

/**
 * A model may take another's place while the ward runs only where it takes the segments that are cut and prepared already.
 * @throws EcgError MODEL_MISMATCH naming the first difference
 */
export function requireSameInput(served: LoadedManifest, candidate: LoadedManifest): void {
  const difference = inputDifference(specOf(served.manifest), specOf(candidate.manifest));
  if (!difference) return;
  const { what, expected, received } = difference;
  throw new EcgError('MODEL_MISMATCH', `the model does not take the segments of the one in service; its ${what} differs`, { expected, received, from: candidate.directory });
}

export interface LoadedManifest {
  readonly manifest: Manifest;
  /** `name@sha8`, sha8 = the first eight digits of the encoder's checksum. */
  readonly id: string;
  /** Of the manifest itself: it names every other file by checksum, so this one stands for the whole model. */
  readonly sha256: string;
  /** Of the manifest. */
  readonly path: string;
  readonly directory: string;
  /** Absolute path of the encoder's .onnx. */
  readonly encoderPath: string;
}

/**
 * Reads `DIR/manifest.json` and checks every file it names against its checksum.
 * @throws EcgError MODEL_MANIFEST | MODEL_CHECKSUM
 */
export function loadManifest(path: string): LoadedManifest {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new EcgError('MODEL_MANIFEST', 'no model manifest could be read', { expected: 'a readable manifest.json', from: path, cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new EcgError('MODEL_MANIFEST', 'the model manifest is no JSON', { received: (cause as Error).message, from: path, cause });
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new EcgError('MODEL_MANIFEST', `the model manifest's ${issue.path.join('.') || 'root'} cannot be used`, { expected: issue.message, from: path });
  }
  const manifest = parsed.data;
  const directory = dirname(path);
  for (const part of [manifest.encoder, manifest.labelBank, manifest.textHead, manifest.reportBank]) {
    if (part) readChecked(directory, part);
  }
  return {
    manifest,
    id: `${manifest.name}@${manifest.encoder.sha256.slice(0, 8)}`,
    sha256: createHash('sha256').update(text).digest('hex'),
    path,
    directory,
    encoderPath: join(directory, manifest.encoder.path),
  };
}

/** Reads a file that a manifest names. @throws EcgError MODEL_CHECKSUM where it is missing or another one */
export function readChecked(directory: string, part: { path: string; sha256: string }): Buffer {
  const path = join(directory, part.path);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new EcgError('MODEL_CHECKSUM', 'a file of the model is missing', { expected: part.path, from: directory, cause });
  }
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== part.sha256) {
    throw new EcgError('MODEL_CHECKSUM', `${part.path} is not the file the manifest names`, { expected: part.sha256, received: actual, from: directory });
  }
  return bytes;
}
