/**
 * The frozen text encoder: any BERT-style ONNX graph with its tokenizer.json, as installed by `npm run text-encoder:fetch`
 * or exported by hand (docs/model-card.md). Nothing here is ever trained.
 *
 * `embed` runs on the calling thread (about 2.5 ms a text with bge-small): right for training and for commands; a server
 * calls it from a child process.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { EcgError } from '../ecg/errors.ts';
import { cacheDirectory } from './cache-directory.ts';

/** The encoder that `text-encoder-fetch` installs. */
export const DEFAULT_TEXT_ENCODER = 'bge-small-en-v1.5-q';
/** BERT's positional embeddings end here; a longer text is cut. */
const MAX_TOKENS = 512;

export type Pooling = 'cls' | 'mean';

export interface TextEncoder {
  readonly name: string;
  /** Of the .onnx file, lower-case hex. */
  readonly sha256: string;
  readonly pooling: Pooling;
  readonly dimension: number;
  /** @returns row-major [texts][dimension], rows of unit length */
  embed(texts: readonly string[], onProgress?: (done: number) => void): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Where the text encoder is looked for: `LEADWATCH_TEXT_ENCODER`, else the cache. */
export const textEncoderDirectory = (environment: NodeJS.ProcessEnv = process.env): string =>
  environment['LEADWATCH_TEXT_ENCODER'] ?? cacheDirectory(join('text-encoder', DEFAULT_TEXT_ENCODER), environment);

/** The .onnx and tokenizer.json of a text encoder's directory, or undefined where one of them is missing. */
export function findTextEncoder(directory: string = textEncoderDirectory()): { onnx: string; tokenizer: string } | undefined {
  if (!existsSync(directory)) return undefined;
  const files = readdirSync(directory);
  const onnx = files.find((file) => file.endsWith('.onnx'));
  const tokenizer = files.find((file) => file.endsWith('tokenizer.json'));
  return onnx && tokenizer ? { onnx: join(directory, onnx), tokenizer: join(directory, tokenizer) } : undefined;
}

/**
 * @param pooling `cls` for bge and MedCPT, `mean` for most other sentence encoders and ClinicalBERT
 * @param threads of the processor, for one text
 * @throws EcgError TEXT_ENCODER_MISSING where the directory holds no .onnx and tokenizer.json
 */
export async function openTextEncoder(directory: string = textEncoderDirectory(), pooling: Pooling = 'cls', threads = 2): Promise<TextEncoder> {
  const files = findTextEncoder(directory);
  if (!files) {
    throw new EcgError('TEXT_ENCODER_MISSING', 'no text encoder is installed; `npm run text-encoder:fetch` installs one', {
      expected: 'a .onnx file and a tokenizer.json, or LEADWATCH_TEXT_ENCODER set to their directory', from: directory });
  }
  const bytes = readFileSync(files.onnx);
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: threads, logSeverityLevel: 3 });
  const tokenizer = new Tokenizer(JSON.parse(readFileSync(files.tokenizer, 'utf8')) as object, {});
  const name = files.onnx.replace(/^.*\//, '').replace(/\.onnx$/, '');
  const embedOne = (text: string): Promise<Float32Array> => embedText(session, tokenizer, text, pooling);
  const { length: dimension } = await embedOne('ecg');
  return {
    name,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    pooling,
    dimension,
    async embed(texts, onProgress) {
      const out = new Float32Array(texts.length * dimension);
      // One text a run: a dynamically quantised graph takes its scales over the whole batch, so that in a batch a
      // text's embedding would depend on its neighbours and on their padding.
      for (const [row, text] of texts.entries()) {
        out.set(await embedOne(text), row * dimension);
        onProgress?.(row + 1);
      }
      return out;
    },
    close: () => session.release(),
  };
}

async function embedText(session: InferenceSession, tokenizer: Tokenizer, text: string, pooling: Pooling): Promise<Float32Array> {
  let ids = tokenizer.encode(text).ids;
  if (ids.length > MAX_TOKENS) ids = [...ids.slice(0, MAX_TOKENS - 1), ids.at(-1)!];
  const shape = [1, ids.length];
  const inputs: Record<string, Tensor> = {
    input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), shape),
    attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), shape),
    token_type_ids: new Tensor('int64', new BigInt64Array(ids.length), shape),
  };
  // Some exports have no token types.
  const feeds = Object.fromEntries(session.inputNames.map((input) => [input, inputs[input]!]));
  const result = (await session.run(feeds))[session.outputNames[0]!]!;
  const hidden = result.data as Float32Array;
  const dimension = result.dims.at(-1)!;
  return unitLength(pooling === 'cls' ? hidden.slice(0, dimension) : meanOfRows(hidden, dimension));
}

function meanOfRows(rows: Float32Array, dimension: number): Float32Array {
  const mean = new Float32Array(dimension);
  for (let i = 0; i < rows.length; i++) mean[i % dimension] = mean[i % dimension]! + rows[i]!;
  return mean;
}

function unitLength(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector) || 1;
  return vector.map((value) => value / norm);
}
