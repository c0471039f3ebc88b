/** One encoder process, seen from the server: starts it, hands it batches through the shared file, notices its end. */
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Clock } from '../ecg/clock.ts';
import { EcgError } from '../ecg/errors.ts';
import { ms } from '../ecg/units.ts';
import type { EncoderBatch } from './encoder.ts';
import { SLOTS, slotOffsets, type FromEncoderProcess, type LoadMessage, type ToEncoderProcess } from './encoder-protocol.ts';

/** A first CUDA start compiles kernels and can take half a minute. */
const LOAD_TIMEOUT = ms(90_000);
/**
 * A process that answers no batch for so long hangs. Counted from its last answer, for it computes one batch after another: on a
 * machine with hardly any time left (3.7 segments/s were seen under a load of 13, 8 s for a batch of 32) a second batch waited
 * beyond it behind the first, and a sound process was ended with all that it had.
 */
const HANG_TIMEOUT = ms(10_000);
/** Batches waiting for a slot. The batcher never needs one; other callers get this much and then INFERENCE_OVERLOAD. */
const MAX_WAITING = 32;
/** Of what the process wrote to stderr, the end is kept for the error message. */
const STDERR_TAIL = 600;

interface Job {
  readonly batch: EncoderBatch;
  readonly resolve: (embeddings: Float32Array) => void;
  readonly reject: (error: EcgError) => void;
}
interface RunningJob extends Job {
  readonly slot: number;
}

export class EncoderChild {
  /** Resolves, never rejects, when the process ends, whatever the reason. */
  readonly ended: Promise<EcgError>;
  readonly #process: ChildProcess;
  readonly #load: LoadMessage;
  readonly #clock: Clock;
  readonly #sharedFile: number;
  readonly #freeSlots = Array.from({ length: SLOTS }, (_, slot) => slot);
  readonly #waiting: Job[] = [];
  readonly #running = new Map<number, RunningJob>();
  #nextId = 0;
  #cancelHangTimer: () => void = () => undefined;
  #end: EcgError | undefined;
  #onLoaded: (result: number | EcgError) => void = () => undefined;

  /**
   * Starts a process and lets it load and warm the graph.
   * @throws EcgError MODEL_MISMATCH | ENCODER_UNAVAILABLE as the process refused, ENCODER_CRASHED where it ended
   */
  static async start(load: LoadMessage, clock: Clock): Promise<{ child: EncoderChild; largestBatchMs: number }> {
    const child = new EncoderChild(load, clock);
    const result = await child.#loaded();
    if (typeof result === 'number') return { child, largestBatchMs: result };
    child.#process.kill('SIGKILL');
    throw result;
  }

  private constructor(load: LoadMessage, clock: Clock) {
    this.#load = load;
    this.#clock = clock;
    this.#sharedFile = openSharedFile(slotOffsets(load.shape, SLOTS).ecg);
    this.#process = fork(fileURLToPath(new URL('./encoder-process.ts', import.meta.url)), [], {
      execArgv: ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', this.#sharedFile],
    });
    let stderr = '';
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_TAIL);
    });
    this.#process.on('message', (message: FromEncoderProcess) => this.#receive(message));
    this.ended = new Promise((resolve) => {
      const end = (reason: EcgError): void => {
        if (!this.#end) this.#settleAll(reason);
        resolve(reason);
      };
      this.#process.once('exit', (code, signal) => end(crash(code, signal, stderr, load)));
      // Not started at all. A failed kill or send reports here too, and changes nothing.
      this.#process.on('error', (cause) => {
        if (this.#process.pid === undefined) end(new EcgError('ENCODER_UNAVAILABLE', 'the encoder process could not be started', { cause }));
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  embed(batch: EncoderBatch): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      if (this.#end) return reject(this.#end);
      if (this.#waiting.length >= MAX_WAITING) {
        return reject(new EcgError('INFERENCE_OVERLOAD', 'too many batches wait for the encoder', { expected: `at most ${MAX_WAITING}` }));
      }
      this.#waiting.push({ batch, resolve, reject });
      this.#pump();
    });
  }

  /** Ends the process at once: it holds nothing to put in order. Batches it has not answered are rejected. */
  async close(): Promise<void> {
    if (!this.#end) this.#settleAll(new EcgError('ENCODER_UNAVAILABLE', 'the encoder was closed', { from: this.#load.encoderPath }));
    this.#process.kill('SIGKILL');
    await this.ended;
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#freeSlots.length > 0) {
      const job = this.#waiting.shift()!;
      const slot = this.#freeSlots.shift()!;
      const id = this.#nextId++;
      const offsets = slotOffsets(this.#load.shape, slot);
      writeSync(this.#sharedFile, job.batch.ecg, 0, job.batch.ecg.byteLength, offsets.ecg);
      writeSync(this.#sharedFile, job.batch.presence, 0, job.batch.presence.byteLength, offsets.presence);
      this.#running.set(id, { ...job, slot });
      if (this.#running.size === 1) this.#expectAnswer();
      send(this.#process, { kind: 'embed', id, slot, size: job.batch.size });
    }
  }

  #expectAnswer(): void {
    this.#cancelHangTimer();
    this.#cancelHangTimer = this.#clock.after(HANG_TIMEOUT, () => this.#process.kill('SIGKILL'));
  }

  #loaded(): Promise<number | EcgError> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(LOAD_TIMEOUT, () => this.#onLoaded(new EcgError(
        'ENCODER_UNAVAILABLE', `loading the encoder on ${this.#load.provider} took too long`, { expected: `${LOAD_TIMEOUT} ms`, from: this.#load.encoderPath })));
      this.#onLoaded = (result) => {
        cancel();
        resolve(result);
      };
      send(this.#process, this.#load);
    });
  }

  #receive(message: FromEncoderProcess): void {
    if (message.kind === 'ready') return this.#onLoaded(message.largestBatchMs);
    if (message.kind === 'refused') return this.#onLoaded(new EcgError(message.code, message.message));
    const job = this.#running.get(message.id);
    if (!job) return;
    this.#running.delete(message.id);
    if (this.#running.size > 0) this.#expectAnswer();
    else this.#cancelHangTimer();
    if (message.kind === 'embedded') {
      const embeddings = new Float32Array(job.batch.size * this.#load.shape.dimension);
      readSync(this.#sharedFile, embeddings, 0, embeddings.byteLength, slotOffsets(this.#load.shape, job.slot).embedding);
      job.resolve(embeddings);
    } else {
      job.reject(new EcgError('ENCODER_UNAVAILABLE', `the encoder failed on a batch: ${message.message}`, { from: this.#load.encoderPath }));
    }
    this.#freeSlots.push(job.slot);
    this.#pump();
  }

  #settleAll(reason: EcgError): void {
    this.#end = reason;
    closeSync(this.#sharedFile);
    this.#onLoaded(reason);
    this.#cancelHangTimer();
    for (const job of this.#running.values()) job.reject(reason);
    for (const job of this.#waiting) job.reject(reason);
    this.#running.clear();
    this.#waiting.length = 0;
  }
}

// A channel that closes under a message is told by 'exit'; there is nothing else to do with the error.
const send = (child: ChildProcess, message: ToEncoderProcess): void => void child.send(message, () => undefined);

function crash(code: number | null, signal: string | null, stderr: string, load: LoadMessage): EcgError {
  const said = stderr.trim();
  return new EcgError('ENCODER_CRASHED', `the encoder process on ${load.provider} ended`, {
    received: `${signal ?? `exit code ${code}`}${said === '' ? '' : `, saying "${said}"`}`,
    from: load.encoderPath,
  });
}

/**
 * A file without a name, in memory where the system has room for that (a container's /dev/shm may be small). Nobody
 * else can open it, and it goes when both sides end. Written full once, so that no later write finds the room gone.
 */
function openSharedFile(bytes: number): number {
  const zeros = new Uint8Array(bytes);
  for (const directory of ['/dev/shm', tmpdir()]) {
    if (!existsSync(directory)) continue;
    const path = join(directory, `leadwatch-encoder-${randomUUID()}`);
    const descriptor = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    if (isFilled(descriptor, zeros)) return descriptor;
    closeSync(descriptor);
  }
  throw new EcgError('ENCODER_UNAVAILABLE', 'there is no room for the memory shared with the encoder process', { expected: `${bytes} bytes`, from: tmpdir() });
}

function isFilled(descriptor: number, zeros: Uint8Array): boolean {
  try {
    return writeSync(descriptor, zeros) === zeros.length;
  } catch {
    return false;
  }
}
