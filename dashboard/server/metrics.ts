/** Prometheus metrics, read from the counters of the line when somebody asks. */
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
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
  /** Of what only grows while the server runs. */
  const counter = (name: string, help: string, labelNames: string[], collect: (count: (labels: Readonly<Record<string, string>>, value: number) => void) => void): void => {
    new Counter({ name, help, labelNames, registers: [registry], collect() {
      this.reset();
      collect((labels, value) => this.inc(labels, value));
    } });
  };
  gauge('leadwatch_bed_live', '1 while samples arrive', ['bed', 'source'], (out) => {
    for (const bed of ward.beds()) out.set({ bed: bed.bed, source: bed.hello.source }, bed.live ? 1 : 0);
  });
  gauge('leadwatch_bed_heart_rate_bpm', 'Averaged heart rate, absent while unknown', ['bed'], (out) => {
    for (const bed of ward.beds()) if (bed.heartRateBpm !== undefined) out.set({ bed: bed.bed }, bed.heartRateBpm);
  });
  counter('leadwatch_bed_total', 'What a bed\'s line counted since the server started', ['bed', 'what'], (count) => {
    for (const { bed, counters } of ward.beds()) {
      const { unscored, ...rest } = counters;
      for (const [what, n] of Object.entries(rest)) count({ bed, what }, n);
      for (const [reason, n] of Object.entries(unscored)) count({ bed, what: `unscored_${reason}` }, n);
    }
  });
  gauge('leadwatch_alarms', 'Alarms signalled now', ['bed', 'priority', 'state'], (out) => {
    for (const bed of ward.beds()) for (const { priority, state } of desk.alarmsOf(bed.bed)) out.inc({ bed: bed.bed, priority, state });
  });
  counter('leadwatch_ledger_total', 'Alarm changes that went out before they were stored, and records that were never stored', ['what'], (count) => {
    const { waiting: _, ...counts } = desk.counters;
    for (const [what, n] of Object.entries(counts)) count({ what }, n);
  });
  gauge('leadwatch_ledger_waiting', 'Alarm records that the disk refused and that are tried again', [], (out) => out.set(desk.counters.waiting));
  counter('leadwatch_alerts_total', 'Messages on /alerts', ['what'], (count) => {
    const { subscribers: _, ...counts } = alerts();
    for (const [what, n] of Object.entries(counts)) count({ what }, n);
  });
  gauge('leadwatch_alerts_subscribers', 'Programs connected to /alerts', [], (out) => out.set(alerts().subscribers));
  counter('leadwatch_outlet_total', 'Alerts a webhook or HL7 receiver took, attempts that failed, alerts given up', ['outlet', 'what'], (count) => {
    for (const { name, waiting: _, ...counts } of outlets()) for (const [what, n] of Object.entries(counts)) count({ outlet: name, what }, n);
  });
  gauge('leadwatch_outlet_waiting', 'Alerts that wait for a webhook or HL7 receiver', ['outlet'], (out) => {
    for (const { name, waiting } of outlets()) out.set({ outlet: name }, waiting);
  });
  gauge('leadwatch_connections', 'Connections open, and closed unheard because one address or all had as many as they may', ['port', 'what'], (out) => {
    for (const [port, counts] of connections()) for (const [what, count] of Object.entries(counts)) out.set({ port, what }, count);
  });
  counter('leadwatch_feed_total', 'What the feeds behind an MQTT broker and of Vital Recorder took no part of, and why', ['feed', 'what'], (count) => {
    for (const [feed, counts] of Object.entries(feeds())) for (const [what, n] of Object.entries(counts)) count({ feed, what }, n);
  });
  counter('leadwatch_pages_total', 'Waveform messages dropped for slow pages, and pages cut off', ['what'], (count) => {
    for (const [what, n] of Object.entries(pages())) count({ what }, n);
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
