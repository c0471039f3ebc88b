import { expect, it } from 'vitest';
import { decodeFrame, encodeFrame, MISSING_ADU } from '../../ecg/frame.ts';
import { MISSING_SAMPLE } from '../../ecg/formats/wfdb-signal.ts';
import { epochMs, hz } from '../../ecg/units.ts';
import type { Hello } from '../../stream/feed/feed.ts';
import { encode, EpochAssembler } from '../../stream/history/assembler.ts';
import type { Block } from '../../stream/line.ts';
import fc from '../helpers/properties.ts';

const gain = fc.oneof(fc.constantFrom(100, 200, 204.8, 1000, 65_536), fc.double({ min: 1, max: 100_000, noNaN: true }));
const int16 = fc.integer({ min: -32_768, max: 32_767 });

it('finds the very adu that a device sent, through the microvolts of the line', () => {
  fc.assert(fc.property(gain, int16, fc.array(int16, { minLength: 1, maxLength: 50 }), (adcGain, baseline, sent) => {
    // Beyond half a volt a frame is refused, whatever it holds.
    fc.pre(sent.every((adu) => adu === MISSING_ADU || Math.abs(((adu - baseline) * 1000) / adcGain) <= 500_000));
    const scale = { leadCount: 1, adcGain: [adcGain], baseline: [baseline] };
    const frame = decodeFrame(encodeFrame({ sequence: 0, sampleIndex: 0, deviceTimeMs: 0, samples: [Int16Array.from(sent)] }), scale, 'test');
    const { signal, samples } = encode(frame.samplesUv, { samplingFrequencyHz: 250, leads: ['II'], encoding: 'adu', adcGain: [adcGain], baseline: [baseline] });
    expect(signal.encoding).toBe('adu');
    expect([...samples]).toEqual(sent.map((adu) => (adu === MISSING_ADU ? MISSING_SAMPLE : adu)));
  }), { numRuns: 1000 });
});

it('keeps microvolts that come of no adu bit for bit', () => {
  fc.assert(fc.property(fc.array(fc.float({ min: -5000, max: 5000, noNaN: true }), { minLength: 1, maxLength: 50 }), (values) => {
    const sent = Float32Array.from([...values, 0.123456]);
    const { signal, samples } = encode([sent], { samplingFrequencyHz: 250, leads: ['II'], encoding: 'adu', adcGain: [200], baseline: [0] });
    expect(signal.encoding).toBe('float32');
    expect(new Float32Array(samples.buffer)).toEqual(sent);
  }));
});

const hello = (fs: number): Hello => ({
  bed: 'b', source: 'device', device: 'd', samplingFrequency: hz(fs), leads: ['II'], scale: { leadCount: 1, adcGain: [1000], baseline: [0] }, railUv: undefined });

it('cuts any blocks into seconds that hold every sample once and in order', () => {
  const fs = fc.constantFrom(50, 128, 250, 360, 499.5, 1000);
  fc.assert(fc.property(fs, fc.integer({ min: 0, max: 5000 }), fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 }), (f, startMs, sizes) => {
    const assembler = new EpochAssembler(hello(f), 1);
    const stored = [];
    let index = 0;
    for (const size of sizes) {
      const samplesUv = [Float32Array.from({ length: size }, (_, i) => index + i)];
      const block: Block = { kind: 'block', startIndex: index, sampleCount: size, samplesUv, leadOffMask: 0, pacerMarks: new Uint16Array(0),
        deviceTimeMs: epochMs(0), receivedAtMs: epochMs(1_000_000 + startMs + ((index + size) * 1000) / f) };
      stored.push(...assembler.push(block));
      index += size;
    }
    stored.push(...assembler.flush());
    expect(stored.flatMap(({ samples }) => [...samples])).toEqual(Array.from({ length: index }, (_, i) => i));
    let next = 0;
    const seconds = new Set<number>();
    for (const { startIndex, startMs: at, samples } of stored) {
      expect(startIndex).toBe(next);
      next += samples.length;
      const second = Math.floor(at / 1000 + 1e-6);
      expect(seconds.has(second)).toBe(false);
      seconds.add(second);
      expect(at + ((samples.length - 1) * 1000) / f).toBeLessThan((second + 1) * 1000);
    }
  }));
});
