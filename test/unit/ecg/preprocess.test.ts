import { describe, expect, it } from 'vitest';
import { BiquadCascade, filtfilt, highPass, lowPass } from '../../../ecg/dsp/biquad.ts';
import { Preprocessor, type Preprocessing } from '../../../ecg/dsp/preprocess.ts';
import { hz } from '../../../ecg/units.ts';

const CHAIN: Preprocessing = { highPassHz: 0.5, lowPassHz: 40, clipUv: 20_000, normalise: 'record-zscore', scaleUv: 10 };
const LENGTH = 1000;
const run = (leads: Float32Array[], chain: Partial<Preprocessing> = {}, presence = leads.map(() => 1)): Float32Array[] => {
  const input = new Float32Array(leads.length * LENGTH);
  leads.forEach((lead, i) => input.set(lead, i * LENGTH));
  const out = new Float32Array(input.length);
  new Preprocessor({ ...CHAIN, ...chain }, hz(100), leads.length, LENGTH).run(input, Uint8Array.from(presence), out);
  return leads.map((_, i) => out.subarray(i * LENGTH, (i + 1) * LENGTH));
};
const tone = (frequency: number, amplitude: number, offset = 0): Float32Array =>
  Float32Array.from({ length: LENGTH }, (_, i) => offset + amplitude * Math.sin((2 * Math.PI * frequency * i) / 100));
const rms = (samples: ArrayLike<number>): number => Math.sqrt(Array.from(samples).reduce((sum, value) => sum + value * value, 0) / samples.length);

describe('the encoder\'s preprocessing', () => {
  it('removes offset and baseline wander and keeps the ECG band', () => {
    const wander = tone(0.1, 2000, 5000);
    const [out] = run([tone(10, 1000).map((value, i) => value + wander[i]!)], { normalise: 'fixed', scaleUv: 1 });
    expect(rms(out!.subarray(200, 800).map((value, i) => value - tone(10, 1000)[200 + i]!))).toBeLessThan(60);
  });
  it('shifts nothing in time: a peak stays on its sample', () => {
    const pulse = Float32Array.from({ length: LENGTH }, (_, i) => 1000 * Math.exp(-(((i - 500) / 3) ** 2)));
    const [out] = run([pulse]);
    expect(out!.indexOf(Math.max(...out!))).toBe(500);
  });
  it('leaves a slow ST-like plateau level where a causal 0.5 Hz high-pass would tilt it', () => {
    const plateau = Float32Array.from({ length: LENGTH }, (_, i) => (i % 100 >= 40 && i % 100 < 55 ? 200 : 0));
    const [out] = run([plateau], { normalise: 'fixed', scaleUv: 1 });
    expect(Math.abs(out![543]! - out![551]!)).toBeLessThan(20);
    const causal = new BiquadCascade([highPass(hz(0.5), hz(100))]);
    const tilted = plateau.slice();
    causal.forward(tilted);
    expect(Math.abs(tilted[543]! - tilted[551]!)).toBeGreaterThan(Math.abs(out![543]! - out![551]!));
  });
  it('scales all leads together, so that their ratio stays', () => {
    const [a, b] = run([tone(10, 1000), tone(10, 250)]);
    expect(rms(a!) / rms(b!)).toBeCloseTo(4, 3);
    expect(rms([...a!, ...b!])).toBeCloseTo(1, 3);
  });
  it('gives zeros for an absent lead and does not let it count', () => {
    const alone = run([tone(10, 1000)])[0]!;
    const [a, absent] = run([tone(10, 1000), new Float32Array(LENGTH).fill(NaN)], {}, [1, 0]);
    expect([...absent!]).toEqual(Array(LENGTH).fill(0));
    expect([...a!]).toEqual([...alone]);
  });
  it('does not blow a flat lead up into noise', () => {
    expect(rms(run([tone(10, 0.5)])[0]!)).toBeLessThan(0.1);
  });
  it('refuses a present lead with a missing sample, and a wrong shape', () => {
    const lead = tone(10, 1000);
    lead[7] = NaN;
    expect(() => run([lead])).toThrow(/lead 0 is marked present but misses samples/);
    expect(() => new Preprocessor(CHAIN, hz(100), 2, LENGTH).run(lead, Uint8Array.of(1, 1), new Float32Array(LENGTH))).toThrow(/2 x 1000/);
  });
});

describe('filters', () => {
  it.each([[0.05, 0.01, 0.03], [0.5, 0.70, 0.72], [5, 0.97, 1.01]])('pass %d Hz of a 0.5 Hz high-pass with the gain Butterworth gives', (frequency, low, high) => {
    const cascade = new BiquadCascade([highPass(hz(0.5), hz(250))]);
    const samples = Float64Array.from({ length: 250 * 60 }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / 250));
    cascade.forward(samples);
    const gain = rms(samples.subarray(250 * 20)) * Math.SQRT2;
    expect(gain).toBeGreaterThan(low - 0.02);
    expect(gain).toBeLessThan(high + 0.02);
  });
  it('start in the settled state without a step', () => {
    const cascade = new BiquadCascade([highPass(hz(0.5), hz(250)), lowPass(hz(40), hz(250))]);
    cascade.settle(1234);
    for (let i = 0; i < 100; i++) expect(Math.abs(cascade.next(1234))).toBeLessThan(1e-6);
  });
  it('forwards and backwards leave a constant at zero and a centred pulse symmetric', () => {
    const pulse = Float64Array.from({ length: 401 }, (_, i) => Math.exp(-(((i - 200) / 5) ** 2)) + 3);
    filtfilt(pulse, new BiquadCascade([highPass(hz(0.5), hz(100))]), 100);
    for (let i = 0; i < 150; i++) expect(pulse[200 - i]!).toBeCloseTo(pulse[200 + i]!, 2);
  });
  it('refuse a cutoff at or beyond half the sampling frequency', () => expect(() => lowPass(hz(40), hz(80))).toThrow(RangeError));
});
