/** The served model: encoder, labels and scorer together, or none with the reason in the log. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../ecg/clock.ts';
import type { EncoderInputSpec } from '../ecg/encoder-input.ts';
import { isEcgError } from '../ecg/errors.ts';
import type { ExecutionProvider } from '../models/encoder.ts';
import { loadLabelBank, type LabelBank } from '../models/label-bank.ts';
import { loadManifest, specOf } from '../models/manifest.ts';
import { createOnnxEncoder, type EncoderEvent } from '../models/onnx-encoder.ts';
import { Scorer, type ScorerStats } from '../models/scorer.ts';

export interface ServedModel {
  /** `name@sha8` */
  readonly id: string;
  readonly manifestSha256: string;
  readonly manifestPath: string;
  /** False where typed sentences cannot be scored. */
  readonly hasTextHead: boolean;
  readonly spec: EncoderInputSpec;
  readonly bank: LabelBank;
  readonly scorer: Scorer;
  executionProvider(): ExecutionProvider;
  stats(): ScorerStats;
  /** The same as flat numbers, for metrics. */
  figures(): Record<string, number>;
  close(): Promise<void>;
}

export interface ModelOptions {
  readonly model: string | null;
  readonly executionProvider: 'auto' | 'cuda' | 'webgpu' | 'cpu';
  readonly encoderThreads: number;
}

/** A model that cannot be loaded costs the findings, never the server: the alarms that matter do not need it. */
export async function loadModel(options: ModelOptions, root: string, clock: Clock, log: Logger): Promise<ServedModel | undefined> {
  if (options.model === null) {
    log.warn('no model is configured: the ward runs without findings');
    return undefined;
  }
  try {
    const loaded = loadManifest(resolve(root, options.model));
    const bank = loadLabelBank(loaded);
    const encoder = await createOnnxEncoder(loaded, {
      provider: options.executionProvider,
      intraOpThreads: options.encoderThreads,
      clock,
      onEvent: (event) => logEvent(event, log),
    });
    const scorer = new Scorer({ encoder, bank, clock });
    return {
      id: loaded.id,
      manifestSha256: createHash('sha256').update(readFileSync(resolve(root, options.model))).digest('hex'),
      manifestPath: resolve(root, options.model),
      hasTextHead: loaded.manifest.textHead !== undefined,
      spec: specOf(loaded.manifest),
      bank,
      scorer,
      executionProvider: () => encoder.executionProvider,
      stats: () => scorer.stats(),
      figures: () => figuresOf(scorer.stats()),
      async close() {
        scorer.close();
        await encoder.close();
      },
    };
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

function figuresOf({ queueDepth, inFlight, batches, segments, dropped, encoderRestarts, meanBatchSize, latency }: ScorerStats): Record<string, number> {
  return {
    queue_depth: queueDepth, in_flight: inFlight, batches, segments, encoder_restarts: encoderRestarts, mean_batch_size: meanBatchSize,
    dropped_overload: dropped.overload, dropped_stale: dropped.stale, dropped_failed: dropped.failed,
    latency_p50_ms: latency.p50Ms, latency_p99_ms: latency.p99Ms,
  };
}
