/** From the sample that decides to the alert in a program's hands: beds that go flat, fed in real time over the real sockets. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import type { AlertEvent } from '../../dashboard/alert-wire.ts';
import type { DigitalRecord } from '../../ecg/formats/wfdb.ts';
import { createRhythmAnalyser } from '../../ecg/rhythm/analyser.ts';
import { FeedClient } from '../../stream/feed/feed-client.ts';
import { replay } from '../../stream/feed/replay.ts';
import { simulatedRecord } from '../helpers/feeding.ts';
import { startStormServer } from './alert-storm.ts';
import { quantile } from './report.ts';

/** Seconds of rhythm, then of a flat line, again and again. */
const RHYTHM_S = 8;
const FLAT_S = 7;
/** An alert belongs to the decision nearest to it; decisions lie fifteen seconds apart. */
const NEAREST_MS = 3000;

export interface LatencyResult {
  readonly beds: number;
  /** Asystoles the rules decide on in these records. */
  readonly expected: number;
  readonly alerts: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export async function alertLatency(beds: number, seconds: number): Promise<LatencyResult> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'leadwatch-latency-'));
  const server = await startStormServer({ stateDirectory, port: 0, beds: 0, rate: 1 });
  const alerts: { readonly event: AlertEvent; readonly atMs: number }[] = [];
  const socket = io(`${server.url}/alerts`, { transports: ['websocket'], forceNew: true });
  try {
    socket.on('alert', (event: AlertEvent) => {
      alerts.push({ event, atMs: Date.now() });
      socket.emit('ack', { bed: event.data.bed, epoch: event.data.epoch, seq: event.data.seq });
    });
    await new Promise<void>((resolve) => void socket.once('connect', resolve));
    await socket.emitWithAck('subscribe', { priorities: ['high'] });
    const decidedAtMs = new Map<string, number[]>();
    await Promise.all(Array.from({ length: beds }, (_, i) => feedBed(`bed-${i + 1}`, dyingRecord(seconds, i), server.url, (100 * i) / beds, decidedAtMs)));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const latencies = [...decidedAtMs].flatMap(([bed, times]) => times.flatMap((time) => {
      const of = alerts.filter(({ event: { data } }) => data.bed === bed && data.condition === 'asystole' && data.state === 'active');
      // An alarm that escalates is told again with the same time of detection: the first telling counts.
      const firsts = of.filter(({ event }, i) => of.findIndex((other) => other.event.data.detectedAtMs === event.data.detectedAtMs) === i);
      const nearest = firsts.map(({ atMs }) => atMs - time).sort((a, b) => Math.abs(a) - Math.abs(b))[0];
      return nearest !== undefined && Math.abs(nearest) < NEAREST_MS ? [nearest] : [];
    })).sort((a, b) => a - b);
    const expected = [...decidedAtMs.values()].reduce((sum, times) => sum + times.length, 0);
    return { beds, expected, alerts: latencies.length, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), max: latencies.at(-1) ?? NaN };
  } finally {
    socket.close();
    server.process.kill('SIGKILL');
    await rm(stateDirectory, { recursive: true });
  }
}

function dyingRecord(seconds: number, seed: number): DigitalRecord {
  const record = simulatedRecord([{ rhythm: 'sinus', seconds }], seconds, seed + 1);
  const fs = record.samplingFrequency;
  const level = (adu: Int32Array): Int32Array => {
    const flat = Int32Array.from(adu);
    for (let start = RHYTHM_S; start < seconds; start += RHYTHM_S + FLAT_S) flat.fill(adu[start * fs - 1]!, start * fs, (start + FLAT_S) * fs);
    return flat;
  };
  return { ...record, adu: record.adu.map(level) };
}

/** Sends the record; resolves at its end with the times noted at which its asystoles could first be known. */
async function feedBed(bed: string, record: DigitalRecord, url: string, delayMs: number, decidedAtMs: Map<string, number[]>): Promise<void> {
  const { samplingFrequency, leads, adu } = record;
  const analyser = createRhythmAnalyser({ samplingFrequency, leads });
  // The simulator's converter has a thousand steps a millivolt: its steps are microvolts.
  const { changes } = analyser.push(adu.map((lead) => Float32Array.from(lead)), 0, 0, new Uint16Array(0));
  const decided = changes.filter(({ condition, active }) => condition === 'asystole' && active).map(({ decidedIndex }) => decidedIndex);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  const client = new FeedClient({ url, token: '', onFault: () => undefined });
  let zeroMs: number | undefined;
  const sink = {
    begin: client.begin.bind(client),
    writable: client.writable.bind(client),
    close: client.close.bind(client),
    send(frame: Parameters<FeedClient['send']>[0]) {
      zeroMs ??= frame.deviceTimeMs;
      client.send(frame);
    },
  };
  await replay(record, sink, { bed, device: 'bench' }).done;
  decidedAtMs.set(bed, decided.map((index) => zeroMs! + (index * 1000) / samplingFrequency));
  await new Promise((resolve) => setTimeout(resolve, 500));
  client.close();
}
