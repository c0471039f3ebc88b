/** One thread of the embedded store, seen from the server: calls in order, each answered or failed, also where the thread ends. */
import { Worker } from 'node:worker_threads';
import { EcgError } from '../../../ecg/errors.ts';
import type { ThreadCall, ThreadData, ThreadReply } from './protocol.ts';

interface Waiting {
  readonly resolve: (reply: { value: unknown; tookMs: number }) => void;
  readonly reject: (error: EcgError) => void;
}

export class StoreThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #ended: EcgError | undefined;

  constructor(data: ThreadData) {
    this.#worker = new Worker(new URL('./thread-start.mjs', import.meta.url), { workerData: data, execArgv: [] });
    this.#worker.on('message', (reply: ThreadReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (reply.ok) waiting?.resolve(reply);
      else waiting?.reject(new EcgError(reply.code, reply.message));
    });
    const end = (why: string): void => {
      this.#ended ??= new EcgError(data.role === 'writer' ? 'HISTORY_WRITE' : 'HISTORY_READ', `the history's ${data.role} has ended`, { received: why, from: data.options.directory });
      for (const { reject } of this.#waiting.values()) reject(this.#ended);
      this.#waiting.clear();
    };
    this.#worker.on('error', (error) => end(error.message));
    this.#worker.on('exit', (code) => end(`exit ${code}`));
  }

  /** @throws EcgError as the method does, or HISTORY_WRITE | HISTORY_READ where the thread has ended */
  call(method: string, argument?: unknown): Promise<{ value: unknown; tookMs: number }> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(this.#ended);
        return;
      }
      const call: ThreadCall = { id: this.#nextId++, method, argument };
      this.#waiting.set(call.id, { resolve, reject });
      this.#worker.postMessage(call);
    });
  }

  async end(): Promise<void> {
    await this.call('close').catch(() => undefined); // what is not closed is recovered at the next start
    await this.#worker.terminate();
  }
}
