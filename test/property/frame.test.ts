import { describe, expect, it } from 'vitest';
import { isEcgError } from '../../ecg/errors.ts';
import { decodeFrame, encodeFrame, FRAME_HEADER_BYTES, MISSING_ADU, type FrameScale } from '../../ecg/frame.ts';
import fc from '../helpers/properties.ts';

const frameArbitrary = fc.record({
  sequence: fc.nat({ max: 0xffffffff }),
  deviceTimeMs: fc.double({ min: 0, max: 2 ** 42, noNaN: true }),
  sampleIndex: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  leadOffMask: fc.nat({ max: 0xffff }),
  leads: fc.integer({ min: 1, max: 12 }),
  count: fc.integer({ min: 1, max: 60 }),
  values: fc.array(fc.integer({ min: -32767, max: 32767 }), { minLength: 720, maxLength: 720 }),
  pacer: fc.boolean(),
});
const scaleOf = (leads: number): FrameScale => ({ leadCount: leads, adcGain: Array(leads).fill(200), baseline: Array(leads).fill(1024) });

describe('the packed frame', () => {
  it('gives back every field and sample it was made from', () => {
    fc.assert(fc.property(frameArbitrary, ({ leads, count, values, pacer, ...fields }) => {
      const samples = Array.from({ length: leads }, (_, lead) => Int16Array.from(values.slice(lead * count, (lead + 1) * count)));
      const decoded = decodeFrame(encodeFrame({ ...fields, samples, pacerMarks: pacer ? [count - 1] : [] }), scaleOf(leads), 'test');
      expect(decoded).toMatchObject({ ...fields, sampleCount: count });
      expect([...decoded.pacerMarks]).toEqual(pacer ? [count - 1] : []);
      samples.forEach((lead, i) => lead.forEach((adu, t) => expect(decoded.samplesUv[i]![t]).toBeCloseTo((adu - 1024) * 5, 1)));
    }), { numRuns: 200 });
  });

  it('answers any bytes with a frame or a coded error that says what was expected and who sent it', () => {
    const valid = encodeFrame({ sequence: 1, deviceTimeMs: 1e12, sampleIndex: 0, samples: [new Int16Array(36), new Int16Array(36)] });
    const damage = fc.array(fc.tuple(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 })), { maxLength: 6 });
    fc.assert(fc.property(damage, fc.nat({ max: valid.length + 8 }), (bytes, length) => {
      const frame = new Uint8Array(length);
      frame.set(valid.subarray(0, length));
      for (const [at, value] of bytes) if (at < length) frame[at] = value;
      try {
        decodeFrame(frame, scaleOf(2), 'bed-9');
      } catch (error) {
        if (!isEcgError(error)) throw error;
        expect(error.code).toMatch(/^FRAME_/);
        expect(error.message).toMatch(/expected .+ received .+ \(from bed-9\)/);
      }
    }), { numRuns: 5000 });
  });

  it('reads an unaligned view of a larger buffer', () => {
    const packed = encodeFrame({ sequence: 7, deviceTimeMs: 5, sampleIndex: 3, samples: [Float32Array.of(1.5, -2.5)] });
    const larger = new Uint8Array(packed.length + 3);
    larger.set(packed, 3);
    expect([...decodeFrame(larger.subarray(3), scaleOf(1), 'test').samplesUv[0]!]).toEqual([1.5, -2.5]);
  });

  it('turns the missing mark of int16 into NaN', () => {
    const packed = encodeFrame({ sequence: 0, deviceTimeMs: 0, sampleIndex: 0, samples: [Int16Array.of(1224, MISSING_ADU)] });
    expect([...decodeFrame(packed, scaleOf(1), 'test').samplesUv[0]!]).toEqual([1000, NaN]);
  });

  it.each([
    ['a NaN', Float32Array.of(NaN), 'FRAME_SAMPLES'],
    ['an infinite sample', Float32Array.of(Infinity), 'FRAME_SAMPLES'],
    ['two volts', Float32Array.of(2e6), 'FRAME_SAMPLES'],
  ])('refuses %s', (_, samples, code) => {
    const packed = encodeFrame({ sequence: 0, deviceTimeMs: 0, sampleIndex: 0, samples: [samples] });
    expect(() => decodeFrame(packed, scaleOf(1), 'bed-1')).toThrow(expect.objectContaining({ code }));
  });

  it.each<[string, (view: DataView) => void, string]>([
    ['another version', (view) => view.setUint8(2, 2), 'FRAME_VERSION'],
    ['a fractional sampleIndex', (view) => view.setFloat64(16, 1.5, true), 'FRAME_MALFORMED'],
    ['a NaN time', (view) => view.setFloat64(8, NaN, true), 'FRAME_MALFORMED'],
    ['another lead count', (view) => view.setUint8(26, 3), 'FRAME_MALFORMED'],
    ['a sample count beyond its bytes', (view) => view.setUint16(24, 50, true), 'FRAME_MALFORMED'],
  ])('refuses %s', (_, damage, code) => {
    const packed = encodeFrame({ sequence: 0, deviceTimeMs: 0, sampleIndex: 0, samples: [new Int16Array(4), new Int16Array(4)] });
    damage(new DataView(packed.buffer));
    expect(() => decodeFrame(packed, scaleOf(2), 'bed-1')).toThrow(expect.objectContaining({ code }));
  });

  it('has the header length that docs/feeds.md tells', () => {
    expect(encodeFrame({ sequence: 0, deviceTimeMs: 0, sampleIndex: 0, samples: [new Int16Array(1)] }).length).toBe(FRAME_HEADER_BYTES + 2);
  });
});
