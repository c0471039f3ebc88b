/** A thread of the embedded store: SQLite's calls are synchronous and may wait for a disk, so they happen here. */
import { parentPort, workerData } from 'node:worker_threads';
import { isEcgError } from '../../../ecg/errors.ts';
import type { EventQuery, HistoryBatch, Interval } from '../store.ts';
import type { ThreadCall, ThreadData, ThreadReply } from './protocol.ts';
import { EmbeddedReader } from './reader.ts';
import { EmbeddedWriter } from './writer.ts';

type Methods = Readonly<Record<string, (argument: never) => unknown>>;

const { role, options } = workerData as ThreadData;

function writer(): Methods {
  const open = new EmbeddedWriter(options);
  return {
    append: (batch: HistoryBatch) => open.append(batch),
    retain: (nowMs: number) => open.retain(nowMs),
    figures: () => open.figures(),
    pause: () => open.pause(),
    close: () => open.close(),
  };
}

function reader(): Methods {
  const open = new EmbeddedReader(options);
  return {
    beds: ([fromMs, toMs]: [number, number]) => open.beds(fromMs, toMs),
    waveform: (query: Interval) => open.waveform(query),
    overview: (query: Parameters<EmbeddedReader['overview']>[0]) => open.overview(query),
    trend: (query: Parameters<EmbeddedReader['trend']>[0]) => open.trend(query),
    numerics: (query: Interval) => open.numerics(query),
    scores: (query: Interval) => open.scores(query),
    beats: (query: Interval) => open.beats(query),
    events: (query: EventQuery) => open.events(query),
    close: () => open.close(),
  };
}

let methods: Methods | undefined;

parentPort!.on('message', ({ id, method, argument }: ThreadCall) => {
  const startedMs = performance.now();
  let reply: ThreadReply;
  try {
    // The first call opens, so that what stands in the way reaches whoever asked.
    methods ??= role === 'writer' ? writer() : reader();
    const value = method === 'open' ? undefined : methods[method]!(argument as never);
    reply = { id, ok: true, value, tookMs: performance.now() - startedMs };
  } catch (error) {
    const { code, message } = isEcgError(error) ? error : { code: 'HISTORY_READ' as const, message: (error as Error).message };
    reply = { id, ok: false, code, message };
  }
  parentPort!.postMessage(reply);
  if (method === 'append' && reply.ok) setImmediate(() => methods?.['pause']?.(undefined as never));
});
