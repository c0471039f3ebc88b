/** Values of rows, packed: numerics, scores, beats, and the minutes that hold sixty seconds of trend or of extremes. */
import type { BeatClass } from '../../../ecg/beat.ts';
import type { HalfEmbedding } from '../embedding-runs.ts';
import { fromHalf, fromHalves, toHalf, toHalves } from '../float16.ts';
import type { BeatMark, ScorePoint } from '../store.ts';
import type { Catalogue } from './catalogue.ts';

const BEAT_CLASSES: readonly BeatClass[] = ['normal', 'ventricular', 'paced', 'unclassified'];

/** `u16 series, f32 value` for each. */
export function packNumerics(values: Readonly<Record<string, number>>, catalogue: Catalogue): Uint8Array {
  const entries = Object.entries(values);
  const view = new DataView(new ArrayBuffer(6 * entries.length));
  entries.forEach(([name, value], i) => {
    view.setUint16(6 * i, catalogue.numberFor('series', name), true);
    view.setFloat32(6 * i + 2, value, true);
  });
  return new Uint8Array(view.buffer);
}

export function unpackNumerics(bytes: Uint8Array): { series: number; value: number }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 6 }, (_, i) => ({ series: view.getUint16(6 * i, true), value: view.getFloat32(6 * i + 2, true) }));
}

/** `u16 model, f64 atMs, u16 labels, per label half cosine and half score, then the embedding as halves`. */
export function packScore(point: ScorePoint, catalogue: Catalogue): Uint8Array {
  // In one order whatever the ranking, so that a model's labels are one entry of the catalogue.
  const findings = [...point.findings].sort((a, b) => (a.label < b.label ? -1 : 1));
  const model = catalogue.modelFor({ modelId: point.modelId, labels: findings.map(({ label }) => label) });
  const halves = toHalves(point.embedding ?? []);
  const out = new Uint8Array(12 + 4 * findings.length + 2 * halves.length);
  const view = new DataView(out.buffer);
  view.setUint16(0, model, true);
  view.setFloat64(2, point.atMs, true);
  view.setUint16(10, findings.length, true);
  findings.forEach(({ cosine, score }, i) => {
    view.setUint16(12 + 4 * i, toHalf(cosine), true);
    view.setUint16(14 + 4 * i, toHalf(score), true);
  });
  halves.forEach((half, i) => view.setUint16(12 + 4 * findings.length + 2 * i, half, true));
  return out;
}

export function unpackScore(bytes: Uint8Array, bed: string, catalogue: Catalogue): ScorePoint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const model = catalogue.modelOf(view.getUint16(0, true));
  const count = view.getUint16(10, true);
  const rest = 12 + 4 * count;
  const findings = Array.from({ length: count }, (_, i) => ({
    label: model?.labels[i] ?? `label ${i}`,
    cosine: fromHalf(view.getUint16(12 + 4 * i, true)),
    score: fromHalf(view.getUint16(14 + 4 * i, true)),
  })).sort((a, b) => b.score - a.score);
  const halves = Uint16Array.from({ length: (bytes.length - rest) / 2 }, (_, i) => view.getUint16(rest + 2 * i, true));
  return { bed, atMs: view.getFloat64(2, true), modelId: model?.modelId ?? 'unknown', findings, ...(halves.length ? { embedding: fromHalves(halves) } : {}) };
}

/** The scores of a packed score, by the number of the model and the place among its labels; the rest is passed over. */
export function eachScore(bytes: Uint8Array, visit: (model: number, label: number, score: number) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const model = view.getUint16(0, true);
  const count = view.getUint16(10, true);
  for (let i = 0; i < count; i++) visit(model, i, fromHalf(view.getUint16(14 + 4 * i, true)));
}

/** When a packed score was. */
export const scoreTime = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(2, true);

/** Of a packed score, when it was and its embedding; the rest is passed over. */
export function unpackEmbedding(bytes: Uint8Array, catalogue: Catalogue): HalfEmbedding {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rest = 12 + 4 * view.getUint16(10, true);
  const halves = new Uint16Array(bytes.slice(rest).buffer);
  return { modelId: catalogue.modelOf(view.getUint16(0, true))?.modelId ?? 'unknown', atMs: view.getFloat64(2, true), halves };
}

/** `f64 atMs, u8 class, f32 rr` (NaN: none). */
export function packBeat({ atMs, class: kind, rrMs }: BeatMark): Uint8Array {
  const view = new DataView(new ArrayBuffer(13));
  view.setFloat64(0, atMs, true);
  view.setUint8(8, BEAT_CLASSES.indexOf(kind));
  view.setFloat32(9, rrMs ?? NaN, true);
  return new Uint8Array(view.buffer);
}

export function unpackBeat(bytes: Uint8Array, bed: string): BeatMark {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rrMs = view.getFloat32(9, true);
  return { bed, atMs: view.getFloat64(0, true), class: BEAT_CLASSES[view.getUint8(8)] ?? 'unclassified', rrMs: Number.isNaN(rrMs) ? undefined : rrMs };
}

/** Sixty values of some width for each series: `u16 series, f32[60 * width]`. */
export type Minute = Map<number, Float32Array>;

export function packMinute(minute: Minute): Uint8Array {
  const parts = [...minute].map(([series, values]) => {
    const part = new Uint8Array(4 + values.byteLength);
    new DataView(part.buffer).setUint16(0, series, true);
    new DataView(part.buffer).setUint16(2, values.length, true);
    part.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 4);
    return part;
  });
  return Buffer.concat(parts);
}

export function unpackMinute(bytes: Uint8Array): Minute {
  const minute: Minute = new Map();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint16(at + 2, true);
    // Copied, because a view of floats must begin at a multiple of four.
    minute.set(view.getUint16(at, true), new Float32Array(bytes.slice(at + 4, at + 4 + 4 * length).buffer));
    at += 4 + 4 * length;
  }
  return minute;
}
