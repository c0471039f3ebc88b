/** From a preprocessed segment to its findings: the one object through which the stream uses the model. */
import type { Clock } from '../ecg/clock.ts';
import { EcgError } from '../ecg/errors.ts';
import type { Finding } from '../ecg/finding.ts';
import { Batcher, type BatcherOptions, type BatcherStats } from './batcher.ts';
import type { EcgEncoder, ExecutionProvider } from './encoder.ts';
import type { LabelBank } from './label-bank.ts';
import type { EmbedRequest } from './segment-queue.ts';
import { rankFindings, scoreEmbeddings } from './zero-shot.ts';

export type SegmentToScore = EmbedRequest;

export interface ScoredSegment {
  /** [embeddingDimension], of unit length; kept, so that a later label can be scored without the encoder. */
  readonly embedding: Float32Array;
  /** Every label of the bank, highest score first. */
  readonly findings: readonly Finding[];
  /** `name@sha8` of the encoder. */
  readonly modelId: string;
}

export interface ScorerStats extends BatcherStats {
  readonly modelId: string;
  readonly executionProvider: ExecutionProvider;
  readonly encoderRestarts: number;
  /** 0 before the first batch. */
  readonly meanBatchSize: number;
  /** From `score` to its answer, over the last `count` answers; NaN before the first. */
  readonly latency: { readonly count: number; readonly p50Ms: number; readonly p99Ms: number };
}

export interface ScorerParts {
  readonly encoder: EcgEncoder;
  readonly bank: LabelBank;
  readonly clock: Clock;
  readonly batching?: BatcherOptions;
}

/** Answers over which the latency is told: half a minute of 64 beds at 2 s. */
const LATENCY_WINDOW = 1024;
/** Half precision keeps three digits. */
const UNIT_LENGTH_TOLERANCE = 1e-2;

export class Scorer {
  readonly #encoder: EcgEncoder;
  readonly #bank: LabelBank;
  readonly #clock: Clock;
  readonly #batcher: Batcher;
  readonly #latenciesMs = new Float64Array(LATENCY_WINDOW);
  #answers = 0;

  /** @throws EcgError MODEL_MISMATCH where labels and encoder have different dimensions */
  constructor({ encoder, bank, clock, batching }: ScorerParts) {
    if (bank.dimension !== encoder.manifest.embeddingDimension) {
      throw new EcgError('MODEL_MISMATCH', 'the label bank is of another dimension than the encoder', {
        expected: `${encoder.manifest.embeddingDimension}`, received: `${bank.dimension}`, from: encoder.modelId });
    }
    this.#encoder = encoder;
    this.#bank = bank;
    this.#clock = clock;
    this.#batcher = new Batcher(encoder, clock, batching);
  }

  /**
   * @throws EcgError INFERENCE_STALE | INFERENCE_OVERLOAD | ENCODER_CRASHED | ENCODER_UNAVAILABLE | MODEL_MISMATCH;
   *   RangeError where the segment has another shape than the model's
   */
  async score(segment: SegmentToScore): Promise<ScoredSegment> {
    const startMs = this.#clock.now();
    const embedding = await this.#batcher.submit(segment);
    const { modelId } = this.#encoder;
    const length = Math.hypot(...embedding);
    if (!(Math.abs(length - 1) <= UNIT_LENGTH_TOLERANCE)) {
      throw new EcgError('MODEL_MISMATCH', 'the encoder gave an embedding that is not of unit length', {
        expected: '1', received: `${length}`, from: `${modelId}, bed ${segment.bed}` });
    }
    const findings = rankFindings(scoreEmbeddings(embedding, 1, this.#bank), this.#bank);
    this.#latenciesMs[this.#answers++ % LATENCY_WINDOW] = this.#clock.now() - startMs;
    return { embedding, findings, modelId };
  }

  stats(): ScorerStats {
    const batching = this.#batcher.stats();
    const count = Math.min(this.#answers, LATENCY_WINDOW);
    const sorted = this.#latenciesMs.slice(0, count).sort();
    const quantile = (q: number): number => sorted[Math.min(count - 1, Math.floor(q * count))] ?? NaN;
    return {
      ...batching,
      modelId: this.#encoder.modelId,
      executionProvider: this.#encoder.executionProvider,
      encoderRestarts: this.#encoder.restarts,
      meanBatchSize: batching.batches === 0 ? 0 : batching.segments / batching.batches,
      latency: { count, p50Ms: quantile(0.5), p99Ms: quantile(0.99) },
    };
  }

  /** Rejects what is under way. The encoder belongs to whoever made it. */
  close(): void {
    this.#batcher.close();
  }
}
