/**
 * A waveform block as bytes, for every store: signal number, epoch, time, place, packed samples; and the layout of the
 * rows that hold several. Numbers little-endian.
 *
 *   u16 signal  u32 epoch  f64 startMs  f64 startIndex  u16 samples per lead  packed samples (block-codec.ts)
 */
import { packSamples, unpackSamples } from './block-codec.ts';
import type { Signal, WaveformBlock } from './store.ts';

const HEADER_BYTES = 24;

export function blockToBytes(block: WaveformBlock, signalNumber: number): Uint8Array {
  const leads = block.signal.leads.length;
  const packed = packSamples(block.samples, leads);
  const out = new Uint8Array(HEADER_BYTES + packed.length);
  const view = new DataView(out.buffer);
  view.setUint16(0, signalNumber, true);
  view.setUint32(2, block.epoch, true);
  view.setFloat64(6, block.startMs, true);
  view.setFloat64(14, block.startIndex, true);
  view.setUint16(22, block.samples.length / leads, true);
  out.set(packed, HEADER_BYTES);
  return out;
}

/** @throws RangeError where the bytes end early or name a signal that is not known */
export function bytesToBlock(bytes: Uint8Array, bed: string, signalOf: (number: number) => Signal | undefined): WaveformBlock {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = view.getUint16(0, true);
  const signal = signalOf(number);
  if (!signal) throw new RangeError(`expected a known signal, received number ${number}`);
  return {
    bed,
    epoch: view.getUint32(2, true),
    startMs: view.getFloat64(6, true),
    startIndex: view.getFloat64(14, true),
    signal,
    samples: unpackSamples(bytes.subarray(HEADER_BYTES), signal.leads.length, view.getUint16(22, true)),
  };
}

/** Parts one after the other, each behind its length (u32): the row of a second may hold several blocks. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    out.set(part, at + 4);
    at += 4 + part.length;
  }
  return out;
}

/** @throws RangeError where the last part is cut short */
export function splitParts(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at, true);
    if (at + 4 + length > bytes.length) throw new RangeError(`expected a part of ${length} bytes, received ${bytes.length - at - 4}`);
    parts.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return parts;
}
