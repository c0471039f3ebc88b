/** The encoder contract on ONNX Runtime: chooses the execution provider by trying, and starts a crashed encoder again. */
import { systemClock, type Clock } from '../ecg/clock.ts';
import { EcgError } from '../ecg/errors.ts';
import { ms } from '../ecg/units.ts';
import { EncoderChild } from './encoder-child.ts';
import type { LoadMessage } from './encoder-protocol.ts';
import type { EcgEncoder, EncoderBatch, ExecutionProvider } from './encoder.ts';
import type { LoadedManifest, Manifest } from './manifest.ts';

type Provider = LoadMessage['provider'];

/** For logs and technical alarms. */
export type EncoderEvent =
  /** A provider that was tried and cannot run here, with the reason. */
  | { readonly kind: 'refused'; readonly provider: Provider; readonly reason: string }
  | { readonly kind: 'ready'; readonly provider: Provider; readonly pid: number | undefined; readonly largestBatchMs: number }
  | { readonly kind: 'crashed'; readonly reason: string; readonly retryInMs: number };

export interface OnnxEncoderOptions {
  /** `auto` tries cuda, webgpu, cpu and keeps the fastest that runs; a named one runs or fails. Default `auto`. */
  readonly provider?: 'auto' | Provider;
  /** Threads inside one run. Default 1, so that two cores serve ingest and inference each. */
  readonly intraOpThreads?: number;
  /** Ascending. Default 1, 2, 4, 8, 16, 32: fixed, because every new shape costs a GPU a search and memory. */
  readonly batchSizes?: readonly number[];
  readonly clock?: Clock;
  readonly onEvent?: (event: EncoderEvent) => void;
}

const DEFAULT_BATCH_SIZES = [1, 2, 4, 8, 16, 32] as const;
/** A crashed encoder starts again after this, doubled at every further crash... */
const FIRST_RETRY_MS = 250;
/** ...up to this, for ever: a monitor never gives up on its model. */
const LONGEST_RETRY_MS = 30_000;
/** An encoder that ran this long is sound again, and the delay starts over. */
const SOUND_AFTER_MS = 60_000;

/**
 * Loads a model into an encoder process and warms every batch size.
 * @throws EcgError MODEL_MISMATCH where graph and manifest differ, ENCODER_UNAVAILABLE where no provider can load it;
 *   RangeError where the options cannot be used
 */
export async function createOnnxEncoder(model: LoadedManifest, options: OnnxEncoderOptions = {}): Promise<EcgEncoder> {
  const encoder = new OnnxEncoder(model, options);
  await encoder.start();
  return encoder;
}

class OnnxEncoder implements EcgEncoder {
  readonly manifest: Manifest;
  readonly modelId: string;
  readonly batchSizes: readonly number[];
  readonly #model: LoadedManifest;
  readonly #wanted: 'auto' | Provider;
  readonly #intraOpThreads: number;
  readonly #clock: Clock;
  readonly #onEvent: (event: EncoderEvent) => void;
  #child: EncoderChild | undefined;
  #provider: Provider | undefined;
  #restarts = 0;
  #retryMs = FIRST_RETRY_MS;
  #startedAt = 0;
  #starting: Promise<void> | undefined;
  #cancelRetry: () => void = () => undefined;
  #closed = false;

  constructor(model: LoadedManifest, options: OnnxEncoderOptions) {
    const { provider = 'auto', intraOpThreads = 1, batchSizes = DEFAULT_BATCH_SIZES, clock = systemClock, onEvent = () => undefined } = options;
    const ascending = batchSizes.length > 0 && batchSizes.every((size, i) => Number.isInteger(size) && size > (batchSizes[i - 1] ?? 0));
    if (!ascending) throw new RangeError(`batch sizes are whole numbers from 1 up, ascending; received ${batchSizes.join(', ')}`);
    if (!Number.isInteger(intraOpThreads) || intraOpThreads < 1) throw new RangeError(`an encoder has 1 or more threads, received ${intraOpThreads}`);
    this.#model = model;
    this.manifest = model.manifest;
    this.modelId = model.id;
    this.batchSizes = [...batchSizes];
    this.#wanted = provider;
    this.#intraOpThreads = intraOpThreads;
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  get executionProvider(): ExecutionProvider {
    return this.#child && this.#provider ? this.#provider : 'none';
  }

  get restarts(): number {
    return this.#restarts;
  }

  async embed(batch: EncoderBatch): Promise<Float32Array> {
    this.#requireShape(batch);
    if (!this.#child) {
      throw new EcgError('ENCODER_UNAVAILABLE', this.#closed ? 'the encoder is closed' : 'the encoder process is being started again', { from: this.modelId });
    }
    return this.#child.embed(batch);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry();
    await this.#starting?.catch(() => undefined);
    const child = this.#child;
    this.#child = undefined;
    await child?.close();
  }

  /** Tries the providers; with `auto`, a GPU that runs is kept only where it beats the processor. */
  async start(): Promise<void> {
    const reasons: EcgError[] = [];
    let best: { child: EncoderChild; provider: Provider; largestBatchMs: number } | undefined;
    for (const provider of this.#candidates()) {
      // A second GPU interface would only reach the same device.
      if (best && provider === 'webgpu') continue;
      try {
        const started = { provider, ...await EncoderChild.start(this.#loadMessage(provider), this.#clock) };
        const [faster, slower] = best && best.largestBatchMs <= started.largestBatchMs ? [best, started] : [started, best];
        best = faster;
        await slower?.child.close();
      } catch (error) {
        const reason = error as EcgError;
        reasons.push(reason);
        this.#onEvent({ kind: 'refused', provider, reason: reason.message });
        // Another provider would find the same graph.
        if (reason.code === 'MODEL_MISMATCH') break;
      }
    }
    if (!best) throw this.#unavailable(reasons);
    const { child, provider, largestBatchMs } = best;
    if (this.#provider !== undefined) this.#restarts++;
    this.#child = child;
    this.#provider = provider;
    this.#startedAt = this.#clock.now();
    this.#onEvent({ kind: 'ready', provider, pid: child.pid, largestBatchMs });
    void child.ended.then((reason) => this.#childEnded(child, reason));
  }

  /** At boot all that may be had; after a crash what ran before, and with `auto` the processor as well. */
  #candidates(): readonly Provider[] {
    if (this.#wanted !== 'auto') return [this.#wanted];
    if (this.#provider === undefined) return ['cuda', 'webgpu', 'cpu'];
    return this.#provider === 'cpu' ? ['cpu'] : [this.#provider, 'cpu'];
  }

  #unavailable(reasons: readonly EcgError[]): EcgError {
    const mismatch = reasons.find((reason) => reason.code === 'MODEL_MISMATCH');
    return mismatch ?? new EcgError('ENCODER_UNAVAILABLE', `no execution provider could load ${this.modelId}`, {
      expected: this.#candidates().join(' or '),
      received: reasons.map((reason) => reason.message).join('; '),
      from: this.#model.encoderPath,
      cause: reasons.at(-1),
    });
  }

  #childEnded(child: EncoderChild, reason: EcgError): void {
    // A child that was closed ends without anybody missing it.
    if (child !== this.#child) return;
    this.#child = undefined;
    if (this.#clock.now() - this.#startedAt >= SOUND_AFTER_MS) this.#retryMs = FIRST_RETRY_MS;
    this.#retry(reason);
  }

  #retry(reason: EcgError): void {
    const delay = ms(this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
    this.#onEvent({ kind: 'crashed', reason: reason.message, retryInMs: delay });
    this.#cancelRetry = this.#clock.after(delay, () => {
      this.#starting = this.start();
      this.#starting.catch((error: EcgError) => {
        if (!this.#closed) this.#retry(error);
      });
    });
  }

  #loadMessage(provider: Provider): LoadMessage {
    const { leads, length, embeddingDimension, inputs, output } = this.manifest;
    return {
      kind: 'load', provider, inputs, output,
      encoderPath: this.#model.encoderPath,
      intraOpThreads: this.#intraOpThreads,
      shape: { leads: leads.length, length, dimension: embeddingDimension, batchSizes: this.batchSizes },
    };
  }

  #requireShape({ size, ecg, presence }: EncoderBatch): void {
    const leads = this.manifest.leads.length;
    const largest = this.batchSizes.at(-1)!;
    if (!Number.isInteger(size) || size < 1 || size > largest || ecg.length !== size * leads * this.manifest.length || presence.length !== size * leads) {
      throw new RangeError(`a batch of 1 to ${largest} segments has ${leads} x ${this.manifest.length} samples and ${leads} presences each, `
        + `received ${size} segments, ${ecg.length} samples, ${presence.length} presences`);
    }
  }
}
