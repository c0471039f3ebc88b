import { describe, expect, it } from 'vitest';
import { durationOf, epochMs, hz } from '../../ecg/units.ts';
import { DeviceClock } from '../../stream/device-clock.ts';
import fc from '../helpers/properties.ts';

const BEGAN_MS = 1_000_000;
const frameMs = fc.constantFrom(40, 100, 250, 1000, 2000);
const rate = fc.constantFrom(50, 128.5, 250, 360, 500, 1000);

/** Feeds a minute of frames. @param clockOf the device's clock at the n-th frame, whose first sample was captured `atMs` after the first one */
function faultsOf(fs: number, lengthMs: number, clockOf: (atMs: number, n: number) => number, trueFs = fs): (string | undefined)[] {
  const clock = new DeviceClock(hz(fs));
  const sampleCount = Math.max(1, Math.round((fs * lengthMs) / 1000));
  return Array.from({ length: Math.ceil(60_000 / durationOf(sampleCount, hz(trueFs))) }, (_, n) => {
    const atMs = durationOf(n * sampleCount, hz(trueFs));
    return clock.push({ startIndex: n * sampleCount, sampleCount, deviceTimeMs: epochMs(BEGAN_MS + clockOf(atMs, n)), receivedAtMs: epochMs(BEGAN_MS + atMs + durationOf(sampleCount, hz(trueFs))) }).fault;
  });
}

describe('a device\'s clock', () => {
  it('that drifts by up to 1 % and reads up to 200 ms early or late says nothing of the sampling frequency', () => {
    fc.assert(fc.property(rate, frameMs, fc.double({ min: -0.01, max: 0.01, noNaN: true }), fc.array(fc.integer({ min: -200, max: 200 }), { minLength: 7, maxLength: 7 }), (fs, lengthMs, drift, jitter) => {
      expect(faultsOf(fs, lengthMs, (atMs, n) => 10_000 + atMs * (1 + drift) + jitter[n % 7]!).filter((fault) => fault?.startsWith('hello'))).toEqual([]);
    }));
  });

  it('that is set once, by however much, says nothing of the sampling frequency', () => {
    fc.assert(fc.property(rate, frameMs, fc.integer({ min: 1, max: 59_000 }), fc.integer({ min: -3_600_000, max: 3_600_000 }), (fs, lengthMs, setAtMs, byMs) => {
      expect(faultsOf(fs, lengthMs, (atMs) => 4_000_000 + atMs + (atMs >= setAtMs ? byMs : 0)).filter((fault) => fault?.startsWith('hello'))).toEqual([]);
    }));
  });

  it('that is right tells within half a minute of signal that the sampling frequency is a tenth or more off', () => {
    const factor = fc.oneof(fc.double({ min: 0.2, max: 0.9, noNaN: true }), fc.double({ min: 1.12, max: 5, noNaN: true }));
    fc.assert(fc.property(rate, frameMs, factor, (fs, lengthMs, times) => {
      const faults = faultsOf(fs, lengthMs, (atMs) => atMs, fs * times);
      const told = faults.slice(Math.ceil(faults.length / 2)).map((fault) => Number(/^hello said [\d.]+ Hz, .* come at (\d+) Hz$/.exec(fault ?? '')?.[1]));
      for (const measured of told) expect(Math.abs(measured - fs * times)).toBeLessThanOrEqual(0.501);
    }));
  });
});
