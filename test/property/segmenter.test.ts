import { describe, expect, it } from 'vitest';
import { resample, Resampler } from '../../ecg/dsp/resample.ts';
import { Segmenter } from '../../ecg/segmenter.ts';
import { hz } from '../../ecg/units.ts';
import fc from '../helpers/properties.ts';

/** Cuts 0..total into blocks of the given sizes, in turn. */
function blocks(total: number, sizes: readonly number[]): [number, number][] {
  const cuts: [number, number][] = [];
  for (let at = 0, i = 0; at < total; i++) {
    const end = Math.min(total, at + sizes[i % sizes.length]!);
    cuts.push([at, end]);
    at = end;
  }
  return cuts;
}
const sizesArbitrary = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 });
const tone = (fs: number, seconds: number, frequency: number): Float32Array =>
  Float32Array.from({ length: fs * seconds }, (_, i) => 1000 * Math.sin((2 * Math.PI * frequency * i) / fs));

describe('the segmenter', () => {
  it('puts every sample into exactly the segments it belongs to, however the stream is cut', () => {
    fc.assert(fc.property(sizesArbitrary, fc.integer({ min: 1, max: 400 }), fc.integer({ min: 50, max: 400 }), fc.integer({ min: 1, max: 2500 }), (sizes, hop, length, total) => {
      const segmenter = new Segmenter({ leadCount: 1, from: hz(100), to: hz(100), length, hop });
      const windows = blocks(total, sizes).flatMap(([from, to]) => segmenter.push([Float32Array.from({ length: to - from }, (_, i) => from + i)]));
      const count = total < length ? 0 : Math.floor((total - length) / hop) + 1;
      expect(windows.map((window) => window.startIndex)).toEqual(Array.from({ length: count }, (_, i) => i * hop));
      for (const { startIndex, samplesUv } of windows) {
        expect(samplesUv[0]!.every((value, i) => value === startIndex + i)).toBe(true);
        expect(samplesUv[0]!).toHaveLength(length);
      }
    }), { numRuns: 200 });
  });

  it('never shows a missing sample as anything but missing', () => {
    fc.assert(fc.property(sizesArbitrary, fc.integer({ min: 0, max: 1400 }), fc.integer({ min: 1, max: 300 }), (sizes, gapAt, gapLength) => {
      const segmenter = new Segmenter({ leadCount: 1, from: hz(250), to: hz(100), length: 200, hop: 50 });
      const signal = tone(250, 6, 3).map((value, i) => (i >= gapAt && i < gapAt + gapLength ? NaN : value));
      for (const { startIndex, samplesUv } of blocks(signal.length, sizes).flatMap(([from, to]) => segmenter.push([signal.subarray(from, to)]))) {
        samplesUv[0]!.forEach((value, i) => {
          const at = Math.floor((startIndex + i) * 2.5);
          if (at >= gapAt && at < gapAt + gapLength) expect(value).toBeNaN();
        });
      }
    }), { numRuns: 60 });
  });
});

describe('the resampler', () => {
  it('gives the same samples however the signal is cut, at any two sampling frequencies', () => {
    fc.assert(fc.property(sizesArbitrary, fc.constantFrom(50, 128, 250, 257.3, 360, 500, 1000), fc.constantFrom(100, 250), (sizes, from, to) => {
      const signal = tone(Math.ceil(from), 5, 4);
      const whole = resample(signal, hz(from), hz(to));
      const resampler = new Resampler(hz(from), hz(to));
      const parts = blocks(signal.length, sizes).map(([a, b]) => resampler.push(signal.subarray(a, b)));
      expect([...parts.flatMap((part) => [...part]), ...resampler.flush()]).toEqual([...whole]);
    }), { numRuns: 60 });
  });

  it.each([[360, 100, 5], [250, 100, 12], [500, 100, 30], [1000, 100, 20], [50, 100, 8], [128, 250, 20]])(
    'keeps a tone of the pass band in place and size, from %d to %d Hz', (from, to, frequency) => {
      const out = resample(tone(from, 10, frequency), hz(from), hz(to));
      const expected = tone(to, 10, frequency);
      for (let i = to; i < to * 9; i++) expect(Math.abs(out[i]! - expected[i]!)).toBeLessThan(3); // of 1000
    });

  it.each([[360, 100, 80], [500, 100, 60], [1000, 100, 150]])('lets no tone beyond the new Nyquist frequency through, from %d to %d Hz', (from, to, frequency) => {
    const out = resample(tone(from, 10, frequency), hz(from), hz(to));
    expect(Math.max(...out.subarray(to, to * 9).map(Math.abs))).toBeLessThan(3);
  });
});
