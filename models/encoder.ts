/** The encoder contract: segments in, embeddings out, off the thread that serves sockets. */
import type { Manifest } from './manifest.ts';

export type ExecutionProvider = 'cpu' | 'cuda' | 'webgpu' | 'none';

/** A batch of preprocessed segments. */
export interface EncoderBatch {
  readonly size: number;
  /** [size][leads][length], after preprocessing. */
  readonly ecg: Float32Array;
  /** [size][leads], 1 = present. */
  readonly presence: Float32Array;
}

export interface EcgEncoder {
  readonly manifest: Manifest;
  /** `name@sha8`. */
  readonly modelId: string;
  /** The provider that really runs, found by trying. */
  readonly executionProvider: ExecutionProvider;
  /** How often the encoder process ended and was started again. */
  readonly restarts: number;
  /** @returns [size][embeddingDimension], rows of unit length. @throws EcgError ENCODER_CRASHED | ENCODER_UNAVAILABLE */
  embed(batch: EncoderBatch): Promise<Float32Array>;
  close(): Promise<void>;
}
