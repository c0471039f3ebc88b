/** The thread's side: calls in the order they come, each answered with a value or an error. */
import { parentPort, workerData } from 'node:worker_threads';
import { isEcgError } from '../../../ecg/errors.ts';
import { buffersOf, type ThreadCall, type ThreadReply, type ThreadStart } from './calls.ts';

export type Methods = Readonly<Record<string, (argument: never) => unknown>>;

export const threadData = (): unknown => (workerData as ThreadStart).data;

export interface AnswerOptions {
  /** Methods whose arrays are made for the answer alone, and are handed over. */
  readonly handsOver?: readonly string[];
  /** Called after each answer, before the next call. */
  readonly after?: (method: string, methods: Methods) => void;
}

/** @param open called with the first call, so that what stands in the way reaches whoever asked; `open` as a method does no more */
export function answerCalls(open: () => Methods, { handsOver = [], after }: AnswerOptions = {}): void {
  let methods: Methods | undefined;
  parentPort!.on('message', ({ id, method, argument }: ThreadCall) => {
    const startedMs = performance.now();
    let reply: ThreadReply;
    try {
      methods ??= open();
      const value = method === 'open' ? undefined : methods[method]!(argument as never);
      reply = { id, ok: true, value, tookMs: performance.now() - startedMs };
    } catch (error) {
      const { code, message } = isEcgError(error) ? error : { code: 'HISTORY_READ' as const, message: (error as Error).message };
      reply = { id, ok: false, code, message };
    }
    parentPort!.postMessage(reply, reply.ok && handsOver.includes(method) ? buffersOf(reply.value) : []);
    if (reply.ok && methods && after) setImmediate(after, method, methods);
  });
}
