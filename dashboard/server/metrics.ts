/** Prometheus metrics, read from the counters of the line when somebody asks. */
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { AlarmDesk } from '../../stream/alarm/desk.ts';
import type { ConnectionCounters } from '../../stream/feed/connection-guard.ts';
import type { OpenFeeds } from '../../stream/feed/open-feeds.ts';
import type { OutletFigures } from '../../stream/outlet/outlets.ts';
import type { SegmentSearch } from '../../stream/search/segment-search.ts';
import type { Ward } from '../../stream/ward.ts';
import type { AlertCounters } from './alert-socket.ts';
import type { HistoryFigures } from './history-query.ts';
import type { WardSocketCounters } from './ward-socket.ts';

export interface MetricsParts {
  /** By port: `http`, `hl7`, ... */
  readonly connections: () => ReadonlyMap<string, ConnectionCounters>;
  readonly feeds: OpenFeeds['counters'];
  readonly ward: Ward;
  readonly desk: AlarmDesk;
  readonly alerts: () => AlertCounters;
  readonly pages: () => WardSocketCounters;
  readonly outlets: () => readonly OutletFigures[];
  /** Name and value of each figure of the model's serving. */
  readonly inference: () => Readonly<Record<string, number>>;
  readonly history: () => HistoryFigures | undefined;
  readonly search: Pick<SegmentSearch, 'counters'> | undefined;
}

export function createMetrics({ connections, feeds, ward, desk, alerts, pages, outlets, inference, history, search }: MetricsParts): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void): void => {
    new Gauge({ name, help, labelNames, registers: [registry], collect() {
      this.reset();
      collect(this);
    } });
  };
  gauge('leadwatch_bed_live', '1 while samples arrive', ['bed', 'source'], (out) => {
    for (const bed of ward.beds()) out.set({ bed: bed.bed, source: bed.hello.source }, bed.live ? 1 : 0);
  });
  gauge('leadwatch_bed_heart_rate_bpm', 'Averaged heart rate, absent while unknown', ['bed'], (out) => {
    for (const bed of ward.beds()) if (bed.heartRateBpm !== undefined) out.set({ bed: bed.bed }, bed.heartRateBpm);
  });
  gauge('leadwatch_bed_total', 'What a bed\'s line counted since the server started', ['bed', 'what'], (out) => {
    for (const { bed, counters } of ward.beds()) {
      const { unscored, ...rest } = counters;
      for (const [what, count] of Object.entries(rest)) out.set({ bed, what }, count);
      for (const [reason, count] of Object.entries(unscored)) out.set({ bed, what: `unscored_${reason}` }, count);
    }
  });
  gauge('leadwatch_alarms', 'Alarms signalled now', ['bed', 'priority', 'state'], (out) => {
    for (const bed of ward.beds()) for (const { priority, state } of desk.alarmsOf(bed.bed)) out.inc({ bed: bed.bed, priority, state });
  });
  gauge('leadwatch_ledger_total', 'Alarm changes that went out before they were stored, or were never stored', ['what'], (out) => {
    for (const [what, count] of Object.entries(desk.counters)) out.set({ what }, count);
  });
  gauge('leadwatch_alerts_total', 'Messages on /alerts', ['what'], (out) => {
    for (const [what, count] of Object.entries(alerts())) out.set({ what }, count);
  });
  gauge('leadwatch_outlet_total', 'Alerts a webhook or HL7 receiver took, attempts that failed, alerts given up, alerts waiting', ['outlet', 'what'], (out) => {
    for (const { name, ...counts } of outlets()) for (const [what, count] of Object.entries(counts)) out.set({ outlet: name, what }, count);
  });
  gauge('leadwatch_connections', 'Connections open, and closed unheard because one address or all had as many as they may', ['port', 'what'], (out) => {
    for (const [port, counts] of connections()) for (const [what, count] of Object.entries(counts)) out.set({ port, what }, count);
  });
  gauge('leadwatch_feed_total', 'What the feeds behind an MQTT broker and of Vital Recorder took no part of, and why', ['feed', 'what'], (out) => {
    for (const [feed, counts] of Object.entries(feeds())) for (const [what, count] of Object.entries(counts)) out.set({ feed, what }, count);
  });
  gauge('leadwatch_pages_total', 'Waveform messages dropped for slow pages, and pages cut off', ['what'], (out) => {
    for (const [what, count] of Object.entries(pages())) out.set({ what }, count);
  });
  gauge('leadwatch_inference', 'Serving of the model', ['what'], (out) => {
    for (const [what, value] of Object.entries(inference())) out.set({ what }, value);
  });
  gauge('leadwatch_history', 'What the history stored, dropped and waits to store; fault is 1 while it fails', ['what'], (out) => {
    const stats = history();
    if (!stats) return;
    for (const [what, value] of Object.entries(stats.figures)) out.set({ what }, value);
    out.set({ what: 'fault' }, stats.fault === null ? 0 : 1);
  });
  gauge('leadwatch_search', 'Segments of the search: held now; added, left out, loaded and evicted since the start; how often it was begun anew', ['what'], (out) => {
    for (const [what, count] of Object.entries(search?.counters ?? {})) out.set({ what }, count);
  });
  return registry;
}
