/** What `GET /health` says: enough to know at a glance whether every bed is watched, and by what. */
import type { Clock } from '../../ecg/clock.ts';
import type { AlarmDesk } from '../../stream/alarm/desk.ts';
import type { ConnectionCounters } from '../../stream/feed/connection-guard.ts';
import type { OpenFeeds } from '../../stream/feed/open-feeds.ts';
import type { ServedModel } from '../../stream/model.ts';
import type { Outlets } from '../../stream/outlet/outlets.ts';
import type { SegmentSearch } from '../../stream/search/segment-search.ts';
import type { Ward } from '../../stream/ward.ts';
import type { AlertCounters } from './alert-socket.ts';
import type { HistoryFigures } from './history-query.ts';
import type { WardSocketCounters } from './ward-socket.ts';

/** Newest last; the file has the rest. */
const SHOWN_DEAD_LETTERS = 20;

export interface HealthParts {
  /** By port: `http`, `hl7`, ... */
  readonly connections: () => ReadonlyMap<string, ConnectionCounters>;
  readonly feeds: OpenFeeds['counters'];
  readonly ward: Ward;
  readonly desk: AlarmDesk;
  readonly clock: Clock;
  readonly model: ServedModel | undefined;
  readonly pages: () => WardSocketCounters;
  readonly alerts: () => AlertCounters;
  readonly outlets: () => Outlets;
  readonly history: () => HistoryFigures | undefined;
  /** Undefined without a model. */
  readonly search: Pick<SegmentSearch, 'counters'> | undefined;
}

/** All of it is for whoever may look at the ward. */
export interface Health {
  readonly status: 'ok' | 'degraded';
  readonly uptimeMs: number;
  readonly [what: string]: unknown;
}

export function createHealth({ connections, feeds, ward, desk, clock, model, pages, alerts, outlets, history, search }: HealthParts): () => Health {
  const startedMs = clock.now();
  return () => {
    const beds = ward.beds();
    const notLive = beds.filter((bed) => !bed.live).map((bed) => bed.bed);
    const stats = model?.stats();
    return {
      // Degraded: the server works, but a bed is not watched or findings are missing.
      status: notLive.length === 0 && model && model.executionProvider() !== 'none' ? 'ok' : 'degraded',
      uptimeMs: clock.now() - startedMs,
      executionProvider: model?.executionProvider() ?? 'none',
      model: model?.id ?? null,
      manifestSha256: model?.loaded.sha256 ?? null,
      notLive,
      beds: beds.map((bed) => ({
        id: bed.bed,
        live: bed.live,
        source: bed.hello.source,
        device: bed.hello.device,
        heartRateBpm: bed.heartRateBpm ?? null,
        lastSampleAgeMs: bed.lastSampleMs === undefined ? null : clock.now() - bed.lastSampleMs,
        clockOffsetMs: bed.clockOffsetMs ?? null,
        leads: bed.hello.leads.map((lead, i) => ({ lead, state: bed.leadStates[i] ?? 'missing' })),
        alarms: desk.alarmsOf(bed.bed).map(({ condition, priority, state }) => ({ condition, priority, state })),
        counters: bed.counters,
      })),
      inference: stats ? {
        queueDepth: stats.queueDepth,
        inFlight: stats.inFlight,
        meanBatchSize: stats.meanBatchSize,
        latencyMs: { p50: finite(stats.latency.p50Ms), p99: finite(stats.latency.p99Ms) },
        dropped: stats.dropped,
        droppedByBed: Object.fromEntries(stats.droppedByBed),
        encoderRestarts: stats.encoderRestarts,
        swaps: stats.swaps,
      } : null,
      ledger: desk.counters,
      pages: pages(),
      alerts: alerts(),
      connections: Object.fromEntries(connections()),
      feeds: feeds(),
      outlets: outlets().figures(),
      deadLetters: outlets().deadLetters.list().slice(-SHOWN_DEAD_LETTERS).map(({ outlet, atMs, attempts, why, alarm: { bed, epoch, seq, condition, state } }) => (
        { outlet, atMs, attempts, why, alarm: { bed, epoch, seq, condition, state } })),
      history: history() ?? null,
      search: search?.counters ?? null,
    };
  };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
