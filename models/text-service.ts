/** The process that embeds texts, seen from the server: started with the first question, started again after a fault. */
import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Clock } from '../ecg/clock.ts';
import { EcgError } from '../ecg/errors.ts';
import { ms } from '../ecg/units.ts';
import { findTextEncoder, textEncoderDirectory } from './text-encoder.ts';
import type { FromTextProcess, NearestSentences, TextQuestion, ToTextProcess } from './text-protocol.ts';

/** Texts are short and few: what has not been answered by then hangs. The first answer waits for the start. */
const ANSWER_TIMEOUT = ms(30_000);
/** Questions under way; people type slower. */
const MAX_WAITING = 64;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: EcgError) => void;
  readonly cancelTimeout: () => void;
}

/** Whose text head projects the sentences. */
export interface TextModel {
  readonly manifestPath: string;
  /** False where the model was exported without a text head. */
  readonly hasTextHead: boolean;
}

export interface TextServiceOptions extends TextModel {
  readonly clock: Clock;
  readonly directory?: string;
}

export class TextService {
  #options: TextServiceOptions;
  readonly #directory: string;
  readonly #waiting = new Map<number, Waiting>();
  #process: ChildProcess | undefined;
  #opening: Promise<unknown> | undefined;
  #nextId = 0;
  #closed = false;

  constructor(options: TextServiceOptions) {
    this.#options = options;
    this.#directory = options.directory ?? textEncoderDirectory();
  }

  /** Looked at anew every time: one may be installed while the server runs. */
  get available(): boolean {
    return this.#options.hasTextHead && findTextEncoder(this.#directory) !== undefined;
  }

  /** Another model: the next text is projected by its head; those under way are refused. */
  useModel(model: TextModel): void {
    this.#options = { ...this.#options, ...model };
    this.#end(new EcgError('TEXT_ENCODER_MISSING', 'the model changed while a sentence was embedded'));
  }

  /** Starts the process, so that the first text does not wait for it. @throws EcgError TEXT_ENCODER_MISSING | MODEL_MISMATCH */
  async warm(): Promise<void> {
    await this.#open();
  }

  /**
   * @returns one embedding a text, [dimension], of unit length
   * @throws EcgError TEXT_ENCODER_MISSING | MODEL_MISMATCH | INFERENCE_OVERLOAD
   */
  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    await this.#open();
    const rows = (await this.#ask({ kind: 'embed', texts })) as Float32Array;
    const dimension = rows.length / texts.length;
    return texts.map((_, row) => rows.slice(row * dimension, (row + 1) * dimension));
  }

  /** @throws EcgError as `embed` */
  async nearest(embedding: Float32Array, count: number): Promise<NearestSentences> {
    await this.#open();
    return (await this.#ask({ kind: 'nearest', embedding, count })) as NearestSentences;
  }

  close(): void {
    this.#closed = true;
    this.#end(new EcgError('TEXT_ENCODER_MISSING', 'the text encoder has been closed'));
  }

  #open(): Promise<unknown> {
    if (!this.#opening) {
      const opening = this.#start();
      this.#opening = opening;
      opening.catch(() => this.#end(undefined));
    }
    return this.#opening;
  }

  async #start(): Promise<unknown> {
    const { hasTextHead, manifestPath } = this.#options;
    if (this.#closed || !hasTextHead || !this.available) {
      throw new EcgError('TEXT_ENCODER_MISSING', 'a sentence cannot be embedded', hasTextHead
        ? { expected: 'a text encoder; `npm run text-encoder:fetch` installs one', received: 'none', from: this.#directory }
        : { expected: 'a model with a text head', received: 'one without', from: manifestPath });
    }
    const child = fork(fileURLToPath(new URL('./text-process.ts', import.meta.url)), [], {
      execArgv: ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#process = child;
    child.on('message', (message: FromTextProcess) => this.#receive(message));
    child.on('error', () => undefined); // a start that fails is told by 'exit' or the timeout
    child.once('exit', (code, signal) => {
      if (child === this.#process) this.#end(new EcgError('TEXT_ENCODER_MISSING', 'the text encoder\'s process ended', { received: signal ?? `exit code ${code}` }));
    });
    return this.#ask({ kind: 'open', manifestPath, textEncoderDirectory: this.#directory });
  }

  #ask(question: TextQuestion): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= MAX_WAITING) {
        reject(new EcgError('INFERENCE_OVERLOAD', 'too many texts wait to be embedded', { expected: `at most ${MAX_WAITING}` }));
        return;
      }
      const message: ToTextProcess = { id: this.#nextId++, ...question };
      const cancelTimeout = this.#options.clock.after(ANSWER_TIMEOUT, () => this.#end(new EcgError(
        'TEXT_ENCODER_MISSING', 'the text encoder does not answer', { expected: `an answer within ${ANSWER_TIMEOUT} ms` })));
      this.#waiting.set(message.id, { resolve, reject, cancelTimeout });
      this.#process?.send(message, () => undefined); // a channel that closed under it is told by 'exit'
    });
  }

  #receive(message: FromTextProcess): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    waiting?.cancelTimeout();
    if (message.ok) waiting?.resolve(message.value);
    else waiting?.reject(new EcgError(message.code, message.message));
  }

  /** Ends the process; the next question starts another. */
  #end(reason: EcgError | undefined): void {
    const child = this.#process;
    this.#process = undefined;
    this.#opening = undefined;
    child?.kill('SIGKILL');
    for (const { reject, cancelTimeout } of this.#waiting.values()) {
      cancelTimeout();
      reject(reason ?? new EcgError('TEXT_ENCODER_MISSING', 'the text encoder could not be opened'));
    }
    this.#waiting.clear();
  }
}
