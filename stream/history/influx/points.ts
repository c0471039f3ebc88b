/**
 * The history as InfluxDB points. Tags are bounded: bed, label, class, kind, condition, priority. A bed's second of
 * waveform is one point with the packed block; what a chart wants of it (lowest and highest of each lead) stands beside.
 * A point that is written again has the same tags and time and replaces itself, so that back-filling may repeat.
 */
import { Point } from '@influxdata/influxdb-client';
import { blockToBytes, bytesToBlock, joinParts, splitParts } from '../block-bytes.ts';
import { fromHalves, toHalves } from '../float16.ts';
import type { HistoryBatch, HistoryEvent, ScorePoint, Signal, WaveformBlock } from '../store.ts';
import { extremesOf } from '../waveform.ts';
import type { BucketKind } from './options.ts';

const NS_PER_MS = 1_000_000n;

/** Nanoseconds as text: they are beyond what a number holds exactly. */
export function nanoseconds(timeMs: number, offsetNs = Math.round((timeMs - Math.floor(timeMs)) * 1e6)): string {
  return String(BigInt(Math.floor(timeMs)) * NS_PER_MS + BigInt(offsetNs));
}

/** Within the millisecond, so that two things of one time and the same tags stay two. */
function offsetOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) >>> 0;
  return hash % 1_000_000;
}

export function pointsOf(batch: HistoryBatch): Readonly<Record<BucketKind, Point[]>> {
  return {
    waveforms: batch.waveforms.map(waveformPoint),
    trends: [
      ...batch.numerics.map(({ bed, atMs, values }) => {
        const point = new Point('numerics').tag('bed', bed).timestamp(nanoseconds(atMs));
        for (const [name, value] of Object.entries(values)) point.floatField(name, value);
        return point;
      }),
      ...batch.scores.flatMap(scorePoints),
      ...batch.beats.map(({ bed, atMs, class: kind, rrMs }) => {
        const point = new Point('beat').tag('bed', bed).tag('class', kind).floatField('ms', atMs).timestamp(nanoseconds(atMs));
        return rrMs === undefined ? point : point.floatField('rrMs', rrMs);
      }),
    ],
    events: batch.events.map(eventPoint),
  };
}

function waveformPoint(block: WaveformBlock): Point {
  const { bed, epoch, startMs, startIndex, signal } = block;
  const { samplingFrequencyHz, leads, encoding, adcGain, baseline } = signal;
  // The signal first, and always alike, so that InfluxDB's compression finds it again.
  const head = Buffer.from(JSON.stringify({ samplingFrequencyHz, leads, encoding, adcGain, baseline }));
  const point = new Point('waveform').tag('bed', bed)
    .stringField('block', Buffer.from(joinParts([head, blockToBytes(block, 0)])).toString('base64'))
    .timestamp(nanoseconds(startMs, offsetOf(`${epoch}/${startIndex}`)));
  leads.forEach((lead, i) => {
    const { low, high } = extremesOf(block, i);
    if (!Number.isNaN(low)) point.floatField(`low_${lead}`, low).floatField(`high_${lead}`, high);
  });
  return point;
}

export function blockOf(bed: string, text: string): WaveformBlock {
  const [head, bytes] = splitParts(Buffer.from(text, 'base64')) as [Uint8Array, Uint8Array];
  const signal = JSON.parse(Buffer.from(head).toString()) as Signal;
  return bytesToBlock(bytes, bed, () => signal);
}

function scorePoints({ bed, atMs, modelId, findings, embedding }: ScorePoint): Point[] {
  const points = findings.map(({ label, score, cosine }) => new Point('score').tag('bed', bed).tag('label', label)
    .floatField('score', score).floatField('cosine', cosine).floatField('ms', atMs).stringField('model', modelId).timestamp(nanoseconds(atMs)));
  if (!embedding) return points;
  const halves = Buffer.from(toHalves(embedding).buffer).toString('base64');
  return [...points, new Point('embedding').tag('bed', bed).floatField('ms', atMs).stringField('halves', halves).timestamp(nanoseconds(atMs))];
}

export function embeddingOf(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return fromHalves(Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i)));
}

function eventPoint({ bed, atMs, kind, id, name, priority, detail }: HistoryEvent): Point {
  const point = new Point('event').tag('bed', bed).tag('kind', kind).tag('name', name)
    .stringField('entry', JSON.stringify({ id, detail })).floatField('ms', atMs).timestamp(nanoseconds(atMs, offsetOf(`${kind} ${id}`)));
  return priority === undefined ? point : point.tag('priority', priority);
}
