/** What passes between the server and the process that embeds texts. */
import type { ErrorCode } from '../ecg/errors.ts';

/** Nearest first. */
export interface NearestSentences {
  /** `reports`: from the index that `leadwatch explain-index` built; `statements`: the project's own sentences of findings. */
  readonly source: 'reports' | 'statements';
  readonly sentences: readonly { readonly text: string; readonly similarity: number }[];
}

export type TextQuestion =
  | { readonly kind: 'open'; readonly manifestPath: string; readonly textEncoderDirectory: string }
  /** Answered with Float32Array [texts][dimension], rows of unit length: prototypes where the model ships a bank of reports, else projected sentences. */
  | { readonly kind: 'embed'; readonly texts: readonly string[] }
  /** Answered with NearestSentences. */
  | { readonly kind: 'nearest'; readonly embedding: Float32Array; readonly count: number };

export type ToTextProcess = { readonly id: number } & TextQuestion;

export type FromTextProcess =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: ErrorCode; readonly message: string };
