import { describe, expect, it } from 'vitest';
import { bandwidthText, DISPLAY_BAND_NAMES, DISPLAY_BANDS, type DisplayBand } from '../../../ecg/dsp/display-band.ts';
import { PatientSimulator } from '../../../ecg/simulator/simulator.ts';
import { hz } from '../../../ecg/units.ts';
import { DisplayFilter, shownFrequency, thinningOf } from '../../../stream/filter.ts';
import fc from '../../helpers/properties.ts';

const largest = (samples: Float32Array): number => samples.reduce((high, value) => Math.max(high, Math.abs(value)), 0);
const whole = (fs: number, samples: Float32Array, band: DisplayBand): Float32Array => new DisplayFilter(hz(fs), 1).push([samples], band).samplesUv[0]!;
const signal = (fs: number, seconds: number, uv: (t: number) => number): Float32Array => Float32Array.from({ length: fs * seconds }, (_, i) => uv(i / fs));

describe('the display filter', () => {
  it.each(DISPLAY_BAND_NAMES)('shows no transient in the %s band when a signal with an offset begins, also after a gap', (band) => {
    const filter = new DisplayFilter(hz(250), 1);
    const steady = new Float32Array(250).fill(4000);
    expect(largest(filter.push([steady], band).samplesUv[0]!)).toBeLessThan(1);
    filter.skip(500);
    const after = filter.push([steady], band);
    expect(after.startIndex).toBe(750);
    expect(largest(after.samplesUv[0]!)).toBeLessThan(1);
  });

  it.each(DISPLAY_BAND_NAMES)('keeps missing samples missing in the %s band', (band) => {
    expect([...whole(250, Float32Array.of(1, NaN, 1), band)].map(Number.isNaN)).toEqual([false, true, false]);
  });

  it('thins a fast feed to 500 Hz or more on one axis, however it is cut', () => {
    const samples = Float32Array.from({ length: 4000 }, (_, i) => 1000 * Math.sin(i / 50));
    const filter = new DisplayFilter(hz(2000), 1);
    const parts = [samples.subarray(0, 333), samples.subarray(333, 334), samples.subarray(334)].map((part) => filter.push([part], 'monitor'));
    expect(parts.map(({ startIndex }) => startIndex)).toEqual([0, 84, 84]);
    expect(parts.flatMap(({ samplesUv }) => [...samplesUv[0]!])).toEqual([...whole(2000, samples, 'monitor')]);
    expect([100, 500, 512, 999, 1000, 1024, 2000].map((fs) => shownFrequency(hz(fs)))).toEqual([100, 500, 512, 999, 500, 512, 500]);
  });

  it('leaves less than a hundredth of what thinning would fold into the band, wherever it lies', () => {
    for (const fs of [1000, 1499, 2000, 4000]) {
      for (const band of DISPLAY_BAND_NAMES) {
        const shown = shownFrequency(hz(fs));
        expect(thinningOf(hz(fs))).toBeGreaterThan(1);
        for (let f = shown - DISPLAY_BANDS[band].lowPassHz; f < fs / 2; f += 20) {
          const tone = whole(fs, signal(fs, 2, (t) => 1000 * Math.sin(2 * Math.PI * f * t)), band);
          expect(largest(tone.subarray(shown))).toBeLessThan(10);
        }
      }
    }
  });

  it('passes in the diagnostic band what the monitor band takes away, at both ends', () => {
    const gain = (band: DisplayBand, f: number): number => largest(whole(500, signal(500, 60, (t) => 1000 * Math.sin(2 * Math.PI * f * t)), band).subarray(30 * 500)) / 1000;
    expect(gain('monitor', 0.15)).toBeLessThan(0.15);
    expect(gain('diagnostic', 0.15)).toBeGreaterThan(0.95);
    expect(gain('monitor', 120)).toBeLessThan(0.15);
    expect(gain('diagnostic', 120)).toBeGreaterThan(0.8);
    for (const band of DISPLAY_BAND_NAMES) expect(gain(band, 10)).toBeCloseTo(1, 1);
  });

  it('shows an ST elevation in the diagnostic band that the monitor band takes away', () => {
    // Every second 300 uV for 300 ms after a QRS of 80 ms.
    const elevated = signal(500, 40, (t) => (t % 1 < 0.08 ? 1000 : t % 1 < 0.38 ? 300 : 0));
    const elevation = (band: DisplayBand, afterOnsetS: number): number => {
      const shown = whole(500, elevated, band);
      const before = shown[Math.round(29.98 * 500)]!;
      return shown[Math.round((30 + afterOnsetS) * 500)]! - before;
    };
    for (const afterOnsetS of [0.12, 0.2, 0.36]) {
      expect(Math.abs(elevation('diagnostic', afterOnsetS) - 300)).toBeLessThan(50);
      expect(elevation('monitor', afterOnsetS)).toBeLessThan(0);
    }
  });
});

describe('a switch of the display band', () => {
  const FS = 500;
  it.each([['an offset', () => 4000], ['a slow drift', (t: number) => 4000 + 50 * t]])('draws no click and no transient on %s', (_, uv) => {
    const filter = new DisplayFilter(hz(FS), 1);
    const samples = signal(FS, 60, uv);
    // Half a minute first: the diagnostic band needs it to follow the drift.
    filter.push([samples.subarray(0, 30 * FS)], 'monitor');
    for (let at = 30 * FS, block = 0; at < samples.length; at += FS / 10, block++) {
      const band: DisplayBand = Math.floor(block / 30) % 2 === 0 ? 'diagnostic' : 'monitor';
      expect(largest(filter.push([samples.subarray(at, at + FS / 10)], band).samplesUv[0]!)).toBeLessThan(3);
    }
  });

  const { samplesUv } = new PatientSimulator({ samplingFrequency: hz(1000), seed: 5, course: [{ rhythm: 'sinus', seconds: 20 }] }).next(8000);
  const patient = samplesUv[1]!.map((value, i) => (i >= 3000 && i < 3200 ? NaN : value + 2500));
  it('shows each block as if its band had been on all along, however the signal is cut, at any block, around missing samples too', () => {
    const always = { monitor: whole(1000, patient, 'monitor'), diagnostic: whole(1000, patient, 'diagnostic') };
    const block = fc.record({ count: fc.integer({ min: 1, max: 900 }), band: fc.constantFrom(...DISPLAY_BAND_NAMES) });
    fc.assert(fc.property(fc.array(block, { minLength: 1, maxLength: 40 }), (blocks) => {
      const filter = new DisplayFilter(hz(1000), 1);
      let at = 0;
      for (const { count, band } of blocks) {
        const { startIndex, samplesUv: [shown] } = filter.push([patient.subarray(at, at + count)], band);
        expect(startIndex).toBe(Math.ceil(at / 2));
        expect([...shown!]).toEqual([...always[band].subarray(startIndex, startIndex + shown!.length)]);
        at = Math.min(patient.length, at + count);
      }
    }), { numRuns: 200 });
    expect(always.monitor).not.toEqual(always.diagnostic);
    for (const band of DISPLAY_BAND_NAMES) expect([...always[band]].map(Number.isNaN)).toEqual([...patient].map(Number.isNaN).filter((_, i) => i % 2 === 0));
  });
});

describe('the bandwidth that a page names', () => {
  it('is the band\'s, or as far as the feed reaches', () => {
    expect(bandwidthText(DISPLAY_BANDS.diagnostic, hz(500))).toBe('0.05-150 Hz');
    expect(bandwidthText(DISPLAY_BANDS.diagnostic, hz(250))).toBe('0.05-125 Hz');
    expect(bandwidthText(DISPLAY_BANDS.monitor, hz(250))).toBe('0.5-40 Hz');
    expect(bandwidthText(DISPLAY_BANDS.monitor, hz(80))).toBe('0.5-40 Hz');
    expect(bandwidthText(DISPLAY_BANDS.monitor, hz(50))).toBe('0.5-25 Hz');
  });
});
