/** The served model: encoder, labels and scorer together, or none with the reason in the log. */
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../ecg/clock.ts';
import type { EncoderInputSpec } from '../ecg/encoder-input.ts';
import { isEcgError } from '../ecg/errors.ts';
import type { EcgEncoder, ExecutionProvider } from '../models/encoder.ts';
import { loadLabelBank, type LabelBank } from '../models/label-bank.ts';
import { loadManifest, specOf, type LoadedManifest } from '../models/manifest.ts';
import { createOnnxEncoder, type EncoderEvent } from '../models/onnx-encoder.ts';
import { Scorer, type ScorerStats } from '../models/scorer.ts';

export interface ModelOptions {
  readonly model: string | null;
  readonly executionProvider: 'auto' | 'cuda' | 'webgpu' | 'cpu';
  readonly encoderThreads: number;
}

/** A model as it is on disk, and the labels it is served with. */
export interface ModelFiles {
  readonly loaded: LoadedManifest;
  readonly bank: LabelBank;
}

/** The model in service. It may be replaced by another that takes the same segments: stream/model-swap.ts. */
export class ServedModel {
  /** How segments are cut and prepared, the same for every model that may take this one's place. */
  readonly spec: EncoderInputSpec;
  readonly scorer: Scorer;
  readonly startEncoder: (model: LoadedManifest) => Promise<EcgEncoder>;
  #files: ModelFiles;
  #encoder: EcgEncoder;
  #swaps = 0;
  #closed = false;

  constructor(files: ModelFiles, encoder: EcgEncoder, startEncoder: ServedModel['startEncoder'], clock: Clock) {
    this.#files = files;
    this.#encoder = encoder;
    this.startEncoder = startEncoder;
    this.spec = specOf(files.loaded.manifest);
    this.scorer = new Scorer({ encoder, bank: files.bank, clock });
  }

  /** `name@sha8` */
  get id(): string {
    return this.#files.loaded.id;
  }

  get loaded(): LoadedManifest {
    return this.#files.loaded;
  }

  get bank(): LabelBank {
    return this.#files.bank;
  }

  get closed(): boolean {
    return this.#closed;
  }

  executionProvider(): ExecutionProvider {
    return this.#encoder.executionProvider;
  }

  stats(): ScorerStats & { readonly swaps: number } {
    return { ...this.scorer.stats(), swaps: this.#swaps };
  }

  /** The same as flat numbers, for metrics. */
  figures(): Record<string, number> {
    const { queueDepth, inFlight, batches, segments, dropped, encoderRestarts, meanBatchSize, latency, swaps } = this.stats();
    return {
      queue_depth: queueDepth, in_flight: inFlight, batches, segments, encoder_restarts: encoderRestarts, mean_batch_size: meanBatchSize,
      dropped_overload: dropped.overload, dropped_stale: dropped.stale, dropped_failed: dropped.failed,
      latency_p50_ms: latency.p50Ms, latency_p99_ms: latency.p99Ms, swaps,
    };
  }

  /**
   * Takes over from here; the files have been checked and the encoder is warm.
   * @param encoder undefined: the one in service stays, with other labels
   * @returns settles once the replaced encoder has answered its last batch and is closed
   */
  async replace(files: ModelFiles, encoder?: EcgEncoder): Promise<void> {
    const replaced = this.#encoder;
    const retired = encoder && this.scorer.replaceModel(encoder, files.bank);
    if (!encoder) this.scorer.replaceBank(files.bank);
    this.#encoder = encoder ?? replaced;
    this.#files = files;
    this.#swaps++;
    if (!retired) return;
    await retired;
    await replaced.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.scorer.close();
    await this.#encoder.close();
  }
}

/** @throws EcgError MODEL_MANIFEST | MODEL_CHECKSUM | MODEL_MISMATCH */
export function readModel(manifestPath: string): ModelFiles {
  const loaded = loadManifest(manifestPath);
  return { loaded, bank: loadLabelBank(loaded) };
}

/** A model that cannot be loaded costs the findings, never the server: the alarms that matter do not need it. */
export async function loadModel(options: ModelOptions, root: string, clock: Clock, log: Logger): Promise<ServedModel | undefined> {
  if (options.model === null) {
    log.warn('no model is configured: the ward runs without findings');
    return undefined;
  }
  const startEncoder = (model: LoadedManifest): Promise<EcgEncoder> => createOnnxEncoder(model, {
    provider: options.executionProvider,
    intraOpThreads: options.encoderThreads,
    clock,
    onEvent: (event) => logEvent(event, log),
  });
  try {
    const files = readModel(resolve(root, options.model));
    return new ServedModel(files, await startEncoder(files.loaded), startEncoder, clock);
  } catch (error) {
    if (!isEcgError(error)) throw error;
    log.error(`${error.message}: the ward runs without findings`);
    return undefined;
  }
}

function logEvent(event: EncoderEvent, log: Logger): void {
  if (event.kind === 'refused') log.info(`execution provider ${event.provider} cannot be used here: ${event.reason}`);
  else if (event.kind === 'ready') log.info(`encoder runs on ${event.provider}, largest batch in ${event.largestBatchMs.toFixed(0)} ms`);
  else log.error(`encoder process ended (${event.reason}), starting again in ${event.retryInMs} ms`);
}
