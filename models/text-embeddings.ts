/**
 * Frozen embeddings of texts, each computed once: a cache by content hash, one per text encoder. A changed glossary or a new
 * prompt costs only the texts it changes, and an interrupted preparation keeps what it has.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { cacheDirectory } from './cache-directory.ts';
import type { TextEncoder } from './text-encoder.ts';

/** `{text}` stands for the report or prompt; the bare text keeps prompts and phrases of reports close. */
export const TEMPLATE = '{text}';

const HASH_BYTES = 32;
/** Texts between two saves. */
const SAVED_TOGETHER = 250;

/**
 * @param onProgress told how many of those that were missing are done, and of how many
 * @returns row-major [texts][encoder.dimension], rows of unit length
 */
export type EmbedTexts = (texts: readonly string[], onProgress?: (done: number, of: number) => void) => Promise<Float32Array>;

export const embedCached = (encoder: TextEncoder, ...texts: Parameters<EmbedTexts>): Promise<Float32Array> => cachedEmbedder(encoder)(...texts);

/** The same for many calls: the cache is read once. */
export function cachedEmbedder(encoder: TextEncoder): EmbedTexts {
  const cache = new EmbeddingCache(encoder);
  return (texts, onProgress = () => undefined) => embedMissing(encoder, cache, texts, onProgress);
}

async function embedMissing(encoder: TextEncoder, cache: EmbeddingCache, texts: readonly string[], onProgress: (done: number, of: number) => void): Promise<Float32Array> {
  const missing = [...new Set(texts)].filter((text) => !cache.has(text));
  for (let first = 0; first < missing.length; first += SAVED_TOGETHER) {
    const batch = missing.slice(first, first + SAVED_TOGETHER);
    cache.add(batch, await encoder.embed(batch.map((text) => TEMPLATE.replace('{text}', text)), (done) => onProgress(first + done, missing.length)));
  }
  const out = new Float32Array(texts.length * encoder.dimension);
  texts.forEach((text, row) => out.set(cache.get(text), row * encoder.dimension));
  return out;
}

/** A file of entries: SHA-256 of template and text, then the embedding as little-endian float32. */
class EmbeddingCache {
  readonly #path: string;
  readonly #dimension: number;
  readonly #embeddings = new Map<string, Float32Array>();

  constructor({ sha256, pooling, dimension }: TextEncoder) {
    this.#path = cacheDirectory(`training/texts-${sha256.slice(0, 12)}-${pooling}.bin`);
    this.#dimension = dimension;
    mkdirSync(dirname(this.#path), { recursive: true });
    if (existsSync(this.#path)) this.#read();
  }

  has(text: string): boolean {
    return this.#embeddings.has(keyOf(text));
  }

  get(text: string): Float32Array {
    const embedding = this.#embeddings.get(keyOf(text));
    if (!embedding) throw new RangeError(`no embedding is cached for "${text}"`);
    return embedding;
  }

  add(texts: readonly string[], embeddings: Float32Array): void {
    const entries = texts.map((text, row) => {
      const embedding = embeddings.slice(row * this.#dimension, (row + 1) * this.#dimension);
      this.#embeddings.set(keyOf(text), embedding);
      return Buffer.concat([Buffer.from(keyOf(text), 'hex'), new Uint8Array(embedding.buffer)]);
    });
    appendFileSync(this.#path, Buffer.concat(entries));
  }

  #read(): void {
    const bytes = readFileSync(this.#path);
    const entryBytes = HASH_BYTES + 4 * this.#dimension;
    const entries = Math.floor(bytes.length / entryBytes);
    // A process that was killed while it wrote leaves half an entry.
    if (entries * entryBytes !== bytes.length) truncateSync(this.#path, entries * entryBytes);
    for (let entry = 0; entry < entries; entry++) {
      const from = entry * entryBytes;
      const embedding = new Float32Array(Uint8Array.from(bytes.subarray(from + HASH_BYTES, from + entryBytes)).buffer);
      this.#embeddings.set(bytes.toString('hex', from, from + HASH_BYTES), embedding);
    }
  }
}

const keyOf = (text: string): string => createHash('sha256').update(`${TEMPLATE}\n${text}`).digest('hex');
