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
  /** The provider that really runs, found by trying; `none` while no encoder process runs. */
  readonly executionProvider: ExecutionProvider;
  /** How often the encoder process ended unexpectedly and was started again. */
  readonly restarts: number;
  /** Ascending: the sizes the encoder runs without padding. The last is the largest batch it takes. */
  readonly batchSizes: readonly number[];
  /**
   * Batches are answered in the order of the calls. The arrays may be reused once the promise has settled.
   * @returns [size][embeddingDimension], rows of unit length.
   * @throws EcgError ENCODER_CRASHED | ENCODER_UNAVAILABLE | INFERENCE_OVERLOAD; RangeError where the batch has another shape
   */
  embed(batch: EncoderBatch): Promise<Float32Array>;
  close(): Promise<void>;
}
