/**
 * What the server process and its encoder process say to each other.
 *
 * Segments do not travel in the messages: the two share one file in memory, whose descriptor the child inherits,
 * and a message only names a slot of it. A batch of 32 x 12 x 1000 samples then costs the server's thread a copy
 * of 1.5 MB (0.2 ms) where serialising it into the message channel takes 1 ms, up to 4 ms, of that thread.
 */
import type { ErrorCode } from '../ecg/errors.ts';

/** The shared file's descriptor in the child: the first after stdin, stdout, stderr and the message channel. */
export const SHARED_FILE_DESCRIPTOR = 4;
/** Two, so that the next batch lies ready while one runs. */
export const SLOTS = 2;

export interface EncoderShape {
  readonly leads: number;
  /** Samples of one lead. */
  readonly length: number;
  readonly dimension: number;
  /** Ascending; the last one is the size of a slot. */
  readonly batchSizes: readonly number[];
}

export interface LoadMessage {
  readonly kind: 'load';
  readonly encoderPath: string;
  readonly provider: 'cpu' | 'cuda' | 'webgpu';
  readonly intraOpThreads: number;
  readonly shape: EncoderShape;
  readonly inputs: { readonly ecg: string; readonly presence: string };
  readonly output: string;
}

export interface EmbedMessage {
  readonly kind: 'embed';
  readonly id: number;
  readonly slot: number;
  readonly size: number;
}

export type ToEncoderProcess = LoadMessage | EmbedMessage;

export type FromEncoderProcess =
  /** `largestBatchMs`: how long the largest batch takes once warm. */
  | { readonly kind: 'ready'; readonly largestBatchMs: number }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'embedded'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

/** Byte offsets of one slot in the shared file: samples, lead presence, embeddings, all float32 of this machine's order. */
export function slotOffsets(shape: EncoderShape, slot: number): { ecg: number; presence: number; embedding: number } {
  const rows = shape.batchSizes.at(-1)!;
  const ecgBytes = rows * shape.leads * shape.length * Float32Array.BYTES_PER_ELEMENT;
  const presenceBytes = rows * shape.leads * Float32Array.BYTES_PER_ELEMENT;
  const embeddingBytes = rows * shape.dimension * Float32Array.BYTES_PER_ELEMENT;
  const start = slot * (ecgBytes + presenceBytes + embeddingBytes);
  return { ecg: start, presence: start + ecgBytes, embedding: start + ecgBytes + presenceBytes };
}
