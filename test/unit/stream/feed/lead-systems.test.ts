/** Lead systems, rates, gains, pacer marks and lead-off flags, from hello and frame to the line of a bed. */
import { describe, expect, it } from 'vitest';
import { deriveFromEasi, EASI_WEIGHTS } from '../../../../ecg/easi.ts';
import { encodeFrame } from '../../../../ecg/frame.ts';
import { STANDARD_LEADS } from '../../../../ecg/leads.ts';
import { epochMs } from '../../../../ecg/units.ts';
import { Aligner } from '../../../../stream/align.ts';
import type { Block } from '../../../../stream/line.ts';
import { parseHello, readFrame, type Hello, type HelloMessage } from '../../../../stream/feed/feed.ts';

const hello = (leads: readonly string[], change: Partial<HelloMessage> = {}): Hello => parseHello({
  version: 1, bed: 'bed-1', source: 'device', device: 'x', samplingFrequencyHz: 250, leads: [...leads], adcGain: leads.map(() => 200), baseline: leads.map(() => 0), ...change }, 'test');

describe('EASI', () => {
  it('the published limb leads obey Einthoven and Goldberger in every coefficient', () => {
    const { I, II, III, aVR, aVL, aVF } = EASI_WEIGHTS;
    for (const i of [0, 1, 2]) {
      expect(III[i]).toBeCloseTo(II[i]! - I[i]!, 9);
      // Within the half of the third digit that rounding leaves.
      expect(Math.abs(aVR[i]! + (I[i]! + II[i]!) / 2)).toBeLessThan(0.00051);
      expect(Math.abs(aVL[i]! - (I[i]! - II[i]! / 2))).toBeLessThan(0.00051);
      expect(Math.abs(aVF[i]! - (II[i]! - I[i]! / 2))).toBeLessThan(0.00051);
    }
  });

  it('a feed of ES, AS and AI, in whatever order, is twelve leads to the line, and says that they are derived', () => {
    const feed = hello(['ai', 'ES', 'AS']);
    expect(feed.leads).toEqual(STANDARD_LEADS);
    expect(feed.device).toBe('x, 12 leads derived from EASI');
    const { samplesUv } = readFrame(encodeFrame({ sequence: 0, deviceTimeMs: 0, sampleIndex: 0, samples: [Int16Array.of(200, -32768), Int16Array.of(400, 0), Int16Array.of(-200, 0)] }), feed);
    expect(samplesUv).toHaveLength(12);
    // V2 = 1.229 ES - 1.050 AS + 1.021 AI of 2, -1 and 1 mV.
    expect(samplesUv[7]![0]).toBeCloseTo(1229 * 2 + 1050 + 1021, 2);
    // What one of the three misses all twelve miss.
    expect(samplesUv.map((lead) => lead[1])).toEqual(Array<number>(12).fill(NaN));
    expect(deriveFromEasi(Float32Array.of(0), Float32Array.of(0), Float32Array.of(0)).map((lead) => lead[0])).toEqual(Array<number>(12).fill(0));
  });

  it('an electrode that is off takes all twelve, and half an EASI system is refused', () => {
    const bytes = encodeFrame({ sequence: 0, deviceTimeMs: 0, sampleIndex: 0, leadOffMask: 2, samples: [0, 1, 2].map(() => new Int16Array(4)) });
    expect(readFrame(bytes, hello(['ES', 'AS', 'AI'])).leadOffMask).toBe(0xfff);
    expect(() => hello(['ES', 'AS'])).toThrow(/HELLO_INVALID|ES, AS and AI/);
    expect(() => hello(['ES', 'AS', 'AI', 'II'])).toThrow(/ES, AS and AI/);
  });
});

it('Mason-Likar electrodes are noted', () => expect(hello(['II'], { electrodes: 'mason-likar' }).device).toBe('x, Mason-Likar electrodes'));

it.each([[['II']], [['MLII', 'V1']], [['I', 'II', 'III']], [['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V']], [[...STANDARD_LEADS]]])('a cable of %j keeps its leads', (leads) =>
  expect(hello(leads).leads).toEqual(leads));

it.each([50, 128, 333.33, 1000, 4000])('%d Hz pass from frame to line with gains exact, pacer marks and lead-off flags in place', (fs) => {
  const feed = hello(['I', 'II'], { samplingFrequencyHz: fs, adcGain: [409.6, 1 / 0.0012207], baseline: [512, -7] });
  const aligner = new Aligner(feed.samplingFrequency, 'test');
  const frame = (n: number): Uint8Array => encodeFrame({
    sequence: n, deviceTimeMs: (n * 5000) / fs, sampleIndex: 5 * n, leadOffMask: n === 1 ? 2 : 0, pacerMarks: n === 1 ? [0, 4] : [], samples: [Int16Array.of(512, 922, 0, 1, 2), Int16Array.of(-7, 812, -32768, 3, 4)] });
  // Out of order, as a network may bring them: marks and flags stay with their samples.
  const aligned = [0, 2, 1].flatMap((n) => aligner.push({ frame: readFrame(frame(n), feed), receivedAtMs: epochMs(n) }));
  expect(aligned).toMatchObject([0, 1, 2].map((n) => ({ kind: 'block', startIndex: 5 * n, leadOffMask: n === 1 ? 2 : 0, pacerMarks: Uint16Array.from(n === 1 ? [0, 4] : []) })));
  const { samplesUv: [one, two] } = aligned[0] as Block;
  expect([one![0], one![1]]).toEqual([0, Math.fround((410 * 1000) / 409.6)]);
  expect([two![1], two![2]]).toEqual([Math.fround((819 * 1000) / (1 / 0.0012207)), NaN]);
});

it.each([49.9, 4001])('%d Hz are refused', (fs) => expect(() => hello(['II'], { samplingFrequencyHz: fs })).toThrow(/samplingFrequencyHz/));
