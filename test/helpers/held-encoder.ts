/**
 * An encoder that answers when the test says so: for the scheduling rules of the batcher, which the real one
 * settles at moments of its own. A segment's embedding is its first sample, repeated, so that pairing shows.
 */
import type { EcgEncoder, EncoderBatch, ExecutionProvider } from '../../models/encoder.ts';
import type { Manifest } from '../../models/manifest.ts';

export const HELD_LEADS = 2;
export const HELD_LENGTH = 3;
export const HELD_DIMENSION = 4;

export interface HeldBatch {
  readonly modelId: string;
  /** First sample of each segment, in the batch's order, as they were when the batch came. */
  readonly firstSamples: readonly number[];
  succeed(): void;
  fail(error: Error): void;
  answer(embeddings: Float32Array): void;
}

export class HeldEncoder implements EcgEncoder {
  readonly manifest = { leads: ['I', 'II'], length: HELD_LENGTH, embeddingDimension: HELD_DIMENSION } as unknown as Manifest;
  readonly modelId: string;
  readonly restarts = 0;
  readonly batchSizes: readonly number[];
  executionProvider: ExecutionProvider = 'cpu';
  /** Every batch that came, oldest first. */
  readonly batches: HeldBatch[];

  /** @param batches several encoders may keep theirs in one array, in the order they came */
  constructor(batchSizes: readonly number[] = [1, 2, 4], modelId = 'held@00000000', batches: HeldBatch[] = []) {
    this.batchSizes = batchSizes;
    this.modelId = modelId;
    this.batches = batches;
  }

  embed({ size, ecg }: EncoderBatch): Promise<Float32Array> {
    const firstSamples = Array.from({ length: size }, (_, row) => ecg[row * HELD_LEADS * HELD_LENGTH]!);
    return new Promise((resolve, reject) => {
      this.batches.push({
        modelId: this.modelId,
        firstSamples,
        succeed: () => resolve(Float32Array.from(firstSamples.flatMap((value) => Array.from({ length: HELD_DIMENSION }, () => value)))),
        fail: reject,
        answer: resolve,
      });
    });
  }

  async close(): Promise<void> {}
}

/** Lets every promise that can settle do so. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
