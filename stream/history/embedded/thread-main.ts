/** A thread of the embedded store: SQLite's calls are synchronous and may wait for a disk, so they happen here. */
import type { EventQuery, HistoryBatch, Interval, TrendQuery } from '../store.ts';
import { answerCalls, threadData, type Methods } from '../thread/answer.ts';
import type { EmbeddedOptions } from './options.ts';
import { EmbeddedReader } from './reader.ts';
import { EmbeddedWriter } from './writer.ts';

export interface StoreThreadData {
  readonly role: 'writer' | 'reader';
  readonly options: EmbeddedOptions;
}

const { role, options } = threadData() as StoreThreadData;

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
    findingTrends: (query: TrendQuery) => open.findingTrends(query),
    numerics: (query: Interval) => open.numerics(query),
    scores: (query: Interval) => open.scores(query),
    embeddings: (query: Interval) => open.embeddings(query),
    beats: (query: Interval) => open.beats(query),
    events: (query: EventQuery) => open.events(query),
    close: () => open.close(),
  };
}

answerCalls(role === 'writer' ? writer : reader, {
  handsOver: ['waveform', 'overview', 'trend', 'findingTrends'],
  after: (method, methods) => void (method === 'append' && methods['pause']?.(undefined as never)),
});
