/**
 * Sentences by which a segment is explained. `leadwatch explain-index` writes those of PTB-XL's reports into the cache, where
 * that database is present; no report text ships. Without them the project's own sentences of findings serve, and it is said.
 */
import { existsSync, readFileSync } from 'node:fs';
import { cacheDirectory } from './cache-directory.ts';
import { labelSetNames, loadLabelSet, statementPrompts } from './label-set.ts';
import type { TextHead } from './text-head.ts';
import type { NearestSentences } from './text-protocol.ts';
import { dot } from './vectors.ts';

/** Rows projected at one go; between two of them other questions are answered. */
const AT_ONCE = 64;

/** JSON array of the sentences; their frozen embeddings are in the cache of text embeddings. */
export const sentenceIndexPath = (textEncoderSha256: string): string => cacheDirectory(`explain/sentences-${textEncoderSha256.slice(0, 12)}.json`);

export function ownSentences(): string[] {
  const ofSets = labelSetNames().flatMap((name) => loadLabelSet(name).labels.flatMap(({ prompts }) => prompts));
  return [...new Set([...Object.values(statementPrompts()).flat(), ...ofSets])];
}

interface Loaded {
  readonly source: NearestSentences['source'];
  readonly texts: readonly string[];
  /** [texts][dimension], rows of unit length. */
  readonly embeddings: Float32Array;
}

export class SentenceIndex {
  readonly #path: string;
  readonly #head: TextHead;
  readonly #centred: (texts: readonly string[]) => Promise<Float32Array[]>;
  #loaded: Promise<Loaded> | undefined;

  /** @param centred frozen embeddings of texts, centred, of unit length */
  constructor(textEncoderSha256: string, head: TextHead, centred: (texts: readonly string[]) => Promise<Float32Array[]>) {
    this.#path = sentenceIndexPath(textEncoderSha256);
    this.#head = head;
    this.#centred = centred;
  }

  /** @param embedding [dimension], of unit length */
  async nearest(embedding: Float32Array, count: number): Promise<NearestSentences> {
    this.#loaded ??= this.#load();
    const { source, texts, embeddings } = await this.#loaded;
    const { dimension } = this.#head;
    const similarity = Float32Array.from(texts, (_, row) => dot(embeddings, row * dimension, embedding, 0, dimension));
    const order = Array.from(texts.keys()).sort((a, b) => similarity[b]! - similarity[a]!).slice(0, count);
    return { source, sentences: order.map((row) => ({ text: texts[row]!, similarity: similarity[row]! })) };
  }

  async #load(): Promise<Loaded> {
    const built = existsSync(this.#path);
    const texts = built ? (JSON.parse(readFileSync(this.#path, 'utf8')) as string[]) : ownSentences();
    const { dimension } = this.#head;
    const embeddings = new Float32Array(texts.length * dimension);
    for (let first = 0; first < texts.length; first += AT_ONCE) {
      const vectors = await this.#centred(texts.slice(first, first + AT_ONCE));
      vectors.forEach((vector, row) => embeddings.set(this.#head.project(vector), (first + row) * dimension));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { source: built ? 'reports' : 'statements', texts, embeddings };
  }
}
