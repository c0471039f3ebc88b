import { describe, expect, it } from 'vitest';
import { hz, ms } from '../../ecg/units.ts';
import { Aligner, DEFAULT_ALIGN_OPTIONS } from '../../stream/align.ts';
import type { Aligned, ReceivedFrame } from '../../stream/line.ts';
import { rampFrame } from '../helpers/frames.ts';
import fc from '../helpers/properties.ts';

const FS = 250;
const COUNT = 25;
const START_SEQUENCE = 0xfffffff0; // so that every case passes the 32-bit wrap

const frameOf = (n: number): ReceivedFrame => rampFrame({ sequence: START_SEQUENCE + n, sampleIndex: n * COUNT, count: COUNT, fs: FS });
const newAligner = (): Aligner => new Aligner(hz(FS), 'bed-1');
const runAll = (frames: readonly ReceivedFrame[]): Aligned[] => {
  const aligner = newAligner();
  return [...frames.flatMap((frame) => aligner.push(frame)), ...aligner.flush()];
};
/** The sample axis as it comes out: values, with null for every missing sample. */
const axis = (items: readonly Aligned[]): (number | null)[] => items.flatMap((item) => {
  if (item.kind === 'block') return [...item.samplesUv[0]!];
  return item.kind === 'gap' ? Array<null>(item.sampleCount).fill(null) : [];
});

describe('alignment', () => {
  it('undoes any reordering within its bound and drops every duplicate', () => {
    const swaps = fc.array(fc.nat({ max: 28 }), { maxLength: 12 });
    const repeats = fc.array(fc.nat({ max: 29 }), { maxLength: 10 });
    fc.assert(fc.property(swaps, repeats, (swapAt, repeatAt) => {
      const order = Array.from({ length: 30 }, (_, n) => n);
      // Neighbours change places at most once each, so no frame is ever more than one behind; frame 0 sets the origin.
      const swapped = new Set<number>([0]);
      for (const at of swapAt) {
        if (at === 0 || swapped.has(at) || swapped.has(at + 1)) continue;
        [order[at], order[at + 1]] = [order[at + 1]!, order[at]!];
        swapped.add(at).add(at + 1);
      }
      for (const at of repeatAt) order.splice(at + 1, 0, order[at]!);
      expect(axis(runAll(order.map(frameOf)))).toEqual(Array.from({ length: 30 * COUNT }, (_, i) => i));
    }), { numRuns: 300 });
  });

  it('shows every lost frame as a gap of just its samples, and nothing else as a gap', () => {
    fc.assert(fc.property(fc.subarray(Array.from({ length: 38 }, (_, n) => n + 1), { maxLength: 30 }), (lost) => {
      const kept = Array.from({ length: 40 }, (_, n) => n).filter((n) => !lost.includes(n));
      const expected = Array.from({ length: 40 * COUNT }, (_, i) => (lost.includes(Math.floor(i / COUNT)) ? null : i));
      expect(axis(runAll(kept.map(frameOf)))).toEqual(expected);
    }), { numRuns: 300 });
  });

  it('keeps one axis, without hole or overlap, whatever arrives', () => {
    fc.assert(fc.property(fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 80 }), (order) => {
      let next = 0;
      for (const item of runAll(order.map(frameOf))) {
        if (item.kind !== 'block' && item.kind !== 'gap') continue;
        expect(item.startIndex).toBe(next);
        next += item.sampleCount;
      }
    }), { numRuns: 500 });
  });

  it('holds no frame back longer than its bound', () => {
    const aligner = newAligner();
    aligner.push(frameOf(0));
    const held: number[] = [];
    for (let n = 2; n < 20; n++) {
      const out = aligner.push(frameOf(n));
      if (out.length > 0) {
        expect(out[0]).toMatchObject({ kind: 'gap', startIndex: COUNT, sampleCount: COUNT });
        break;
      }
      held.push(n);
    }
    expect(held.length * ((COUNT * 1000) / FS)).toBeLessThanOrEqual(DEFAULT_ALIGN_OPTIONS.reorderMs);
  });
});

describe('alignment refuses, and goes on after', () => {
  const cases: [string, ReceivedFrame][] = [
    ['a sequence that goes backwards while samples go on', rampFrame({ sequence: START_SEQUENCE - 5, sampleIndex: COUNT, count: COUNT, fs: FS })],
    ['samples that overlap those received', rampFrame({ sequence: START_SEQUENCE, sampleIndex: COUNT - 5, count: COUNT, fs: FS })],
    ['a jump further than an epoch allows', rampFrame({ sequence: START_SEQUENCE + 1, sampleIndex: FS * 3600, count: COUNT, fs: FS })],
  ];
  it.each(cases)('%s', (_, bad) => {
    const aligner = newAligner();
    aligner.push(frameOf(0));
    expect(() => aligner.push(bad)).toThrow(expect.objectContaining({ code: 'FRAME_SEQUENCE', from: 'bed-1' }));
    expect(axis(aligner.push(frameOf(1)))).toEqual(Array.from({ length: COUNT }, (_, i) => COUNT + i));
  });

  it('tells a frame that comes after its gap was declared from a repeated one', () => {
    const aligner = newAligner();
    for (const n of [0, 2, 3, 4, 5, 6, 7, 8]) aligner.push(frameOf(n));
    expect(aligner.push(frameOf(1))).toEqual([{ kind: 'discarded', reason: 'late' }]);
    expect(aligner.push(frameOf(2))).toEqual([{ kind: 'discarded', reason: 'duplicate' }]);
  });

  it('whatever a device that counts anew without a hello sends, but drops what is repeated as it was', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0, max: 60_000, noNaN: true }), (sent, pausedMs) => {
      const aligner = newAligner();
      for (let n = 0; n < sent; n++) aligner.push(frameOf(n));
      // The device counts from 0 again when it has sent all this and paused.
      const afterMs = (sent * COUNT * 1000) / FS + 250 + pausedMs;
      for (let n = 0; n < sent; n += 7) {
        const anew = rampFrame({ sequence: START_SEQUENCE + n, sampleIndex: n * COUNT, count: COUNT, fs: FS, clockOffsetMs: afterMs });
        expect(() => aligner.push(anew)).toThrow(expect.objectContaining({ code: 'FRAME_SEQUENCE', message: expect.stringContaining('say hello again') }));
        expect(aligner.push(frameOf(n))).toEqual([{ kind: 'discarded', reason: 'duplicate' }]);
      }
      expect(axis(aligner.push(frameOf(sent)))).toEqual(Array.from({ length: COUNT }, (_, i) => sent * COUNT + i));
    }), { numRuns: 50 });
  });

  it('reports a step of the device clock once, and lets a drift of 100 ppm pass', () => {
    const aligner = newAligner();
    const stepAt = (n: number): number => (n >= 10 ? 1500 : 0);
    const frames = Array.from({ length: 20 }, (_, n) => rampFrame({
      sequence: n, sampleIndex: n * COUNT, count: COUNT, fs: FS, clockOffsetMs: stepAt(n) + n * 100 * 1e-4 }));
    const steps = frames.flatMap((frame) => aligner.push(frame)).filter((item) => item.kind === 'clockStep');
    expect(steps).toHaveLength(1);
    expect(steps[0]!.byMs).toBeCloseTo(1500, 0);
    expect(ms(steps[0]!.byMs)).toBeGreaterThan(DEFAULT_ALIGN_OPTIONS.clockStepMs);
  });
});
