/** A thread of the history, seen from the server: calls in order, each answered or failed, also where the thread ends. */
import { Worker } from 'node:worker_threads';
import { EcgError, type ErrorCode } from '../../../ecg/errors.ts';
import { buffersOf, type ThreadCall, type ThreadReply, type ThreadStart } from './calls.ts';

interface Waiting {
  readonly resolve: (reply: { value: unknown; tookMs: number }) => void;
  readonly reject: (error: EcgError) => void;
}

export interface ThreadOptions {
  /** Of the module that answers. */
  readonly module: URL;
  /** What it finds as its data. */
  readonly data: unknown;
  /** How calls fail once it has ended, and whose it was. */
  readonly code: ErrorCode;
  readonly from: string;
}

export class HistoryThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #ended: EcgError | undefined;

  constructor({ module, data, code, from }: ThreadOptions) {
    this.#worker = new Worker(new URL('./start.mjs', import.meta.url), { workerData: { module: module.href, data } satisfies ThreadStart, execArgv: [] });
    this.#worker.on('message', (reply: ThreadReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (reply.ok) waiting?.resolve(reply);
      else waiting?.reject(new EcgError(reply.code, reply.message));
    });
    const end = (why: string): void => {
      this.#ended ??= new EcgError(code, 'a thread of the history has ended', { received: why, from });
      for (const { reject } of this.#waiting.values()) reject(this.#ended);
      this.#waiting.clear();
    };
    this.#worker.on('error', (error) => end(error.message));
    this.#worker.on('exit', (status) => end(`exit ${status}`));
  }

  /**
   * @param handOver the memory of the argument's arrays goes with it instead of being copied
   * @throws EcgError as the method does, or of the thread's own code where it has ended
   */
  call(method: string, argument?: unknown, handOver = false): Promise<{ value: unknown; tookMs: number }> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(this.#ended);
        return;
      }
      const call: ThreadCall = { id: this.#nextId++, method, argument };
      this.#worker.postMessage(call, handOver ? buffersOf(argument) : []);
      this.#waiting.set(call.id, { resolve, reject });
    });
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  async end(): Promise<void> {
    await this.call('close').catch(() => undefined); // what is not closed is recovered at the next start
    await this.#worker.terminate();
  }
}
