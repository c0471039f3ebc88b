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
  /** `name@sha8` of the encoder that made the embedding. */
  readonly modelId: string;
  /** Of the manifest whose labels it was scored against. */
  readonly manifestSha256: string;
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
  #encoder: EcgEncoder;
  /** Of each encoder, so that a segment under way while the model is swapped meets the labels of its own. */
  readonly #banks = new WeakMap<EcgEncoder, LabelBank>();
  readonly #clock: Clock;
  readonly #batcher: Batcher;
  readonly #latenciesMs = new Float64Array(LATENCY_WINDOW);
  #answers = 0;

  /** @throws EcgError MODEL_MISMATCH where labels and encoder have different dimensions */
  constructor({ encoder, bank, clock, batching }: ScorerParts) {
    requireSameDimension(encoder, bank);
    this.#encoder = encoder;
    this.#banks.set(encoder, bank);
    this.#clock = clock;
    this.#batcher = new Batcher(encoder, clock, batching);
  }

  /**
   * @throws EcgError INFERENCE_STALE | INFERENCE_OVERLOAD | ENCODER_CRASHED | ENCODER_UNAVAILABLE | MODEL_MISMATCH;
   *   RangeError where the segment has another shape than the model's
   */
  async score(segment: SegmentToScore): Promise<ScoredSegment> {
    const startMs = this.#clock.now();
    const { embedding, encoder } = await this.#batcher.submit(segment);
    const { modelId } = encoder;
    const bank = this.#banks.get(encoder)!;
    const length = Math.hypot(...embedding);
    if (!(Math.abs(length - 1) <= UNIT_LENGTH_TOLERANCE)) {
      throw new EcgError('MODEL_MISMATCH', 'the encoder gave an embedding that is not of unit length', {
        expected: '1', received: `${length}`, from: `${modelId}, bed ${segment.bed}` });
    }
    const findings = rankFindings(scoreEmbeddings(embedding, 1, bank), bank);
    this.#latenciesMs[this.#answers++ % LATENCY_WINDOW] = this.#clock.now() - startMs;
    return { embedding, findings, modelId, manifestSha256: bank.manifestSha256 };
  }

  /** Scores against other labels from the next answer on. @throws EcgError MODEL_MISMATCH where they do not fit the encoder */
  replaceBank(bank: LabelBank): void {
    requireSameDimension(this.#encoder, bank);
    this.#banks.set(this.#encoder, bank);
  }

  /**
   * Puts another model into service between two batches; nothing queued or under way is lost.
   * @returns settles once the replaced encoder may be closed
   * @throws EcgError MODEL_MISMATCH where the labels do not fit the encoder; RangeError where it takes other segments
   */
  replaceModel(encoder: EcgEncoder, bank: LabelBank): Promise<void> {
    requireSameDimension(encoder, bank);
    const retired = this.#batcher.replaceEncoder(encoder);
    this.#encoder = encoder;
    this.#banks.set(encoder, bank);
    return retired;
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

function requireSameDimension(encoder: EcgEncoder, bank: LabelBank): void {
  if (bank.dimension === encoder.manifest.embeddingDimension) return;
  throw new EcgError('MODEL_MISMATCH', 'the label bank is of another dimension than the encoder', {
    expected: `${encoder.manifest.embeddingDimension}`, received: `${bank.dimension}`, from: encoder.modelId });
}
