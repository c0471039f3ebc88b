import { describe, expect, it } from 'vitest';
import { addNoise, regular, syntheticEcg } from '../../../helpers/synthetic-ecg.ts';
import { streamRhythm } from '../../../helpers/stream-rhythm.ts';

const FS = 250;
const LAST_QRS = 19.5;
const stopsAt20 = (): Float32Array => syntheticEcg(FS, 40, regular(0.75, 0.75, LAST_QRS + 0.1));

describe('asystole', () => {
  it.each([0, 10, 25])('is raised within 5 s of the last QRS over a baseline with %d microvolts of noise', (noise) => {
    const { changes } = streamRhythm([addNoise(stopsAt20(), noise, 7)], { fs: FS });
    const [first, ...rest] = changes.filter((change) => change.condition === 'asystole');
    expect(first).toMatchObject({ active: true });
    expect(rest).toEqual([]);
    expect(Math.abs(first!.onsetIndex / FS - LAST_QRS)).toBeLessThan(0.02);
    expect(first!.decidedIndex / FS - LAST_QRS).toBeGreaterThan(4);
    expect(first!.decidedIndex / FS - LAST_QRS).toBeLessThan(5);
  });

  it('ends with the next QRS', () => {
    const { changes } = streamRhythm([syntheticEcg(FS, 40, [...regular(0.8, 0.8, 20), ...regular(0.8, 28, 39)])], { fs: FS });
    const asystole = changes.filter((change) => change.condition === 'asystole');
    expect(asystole.map((change) => change.active)).toEqual([true, false]);
    expect(asystole[1]!.onsetIndex / FS).toBeCloseTo(28, 1);
  });

  it('is raised by a line that is flat from the start', () => {
    const { changes } = streamRhythm([new Float32Array(10 * FS)], { fs: FS });
    expect(changes.map((change) => change.condition)).toEqual(['pause', 'asystole']);
    expect(changes[1]!.decidedIndex / FS).toBeLessThan(5);
  });

  it('is not raised, and not monitored, while every lead is off', () => {
    const monitored: boolean[] = [];
    const { changes } = streamRhythm([stopsAt20(), stopsAt20()], {
      fs: FS,
      leadOff: (index) => (index >= 20 * FS ? 0b11 : 0),
      onBlock: (analyser, end) => { if (end > 21.5 * FS) monitored.push(analyser.monitored); },
    });
    expect(changes.filter((change) => change.condition === 'asystole')).toEqual([]);
    expect(monitored.every((value) => !value)).toBe(true);
  });

  it('is raised when one lead is off and the other is flat', () => {
    const { changes } = streamRhythm([stopsAt20(), stopsAt20()], { fs: FS, leadOff: (index) => (index >= 20 * FS ? 0b01 : 0) });
    expect(changes.find((change) => change.condition === 'asystole')?.decidedIndex).toBeLessThan((LAST_QRS + 5) * FS);
  });

  it('is not monitored while the only lead stands at its rail', () => {
    const lead = stopsAt20().fill(5000, 20 * FS);
    const { changes, analyser } = streamRhythm([lead], { fs: FS, railUv: [[-5000, 5000]] });
    expect(changes.filter((change) => change.condition === 'asystole')).toEqual([]);
    expect(analyser.monitored).toBe(false);
  });

  it('is raised by a flat line inside the rails, whatever its offset', () => {
    const lead = stopsAt20().fill(3000, 20 * FS);
    const { changes } = streamRhythm([lead], { fs: FS, railUv: [[-5000, 5000]] });
    expect(changes.find((change) => change.condition === 'asystole')?.active).toBe(true);
  });

  it('is not raised over missing samples, and starts to count anew behind them', () => {
    const lead = stopsAt20().fill(NaN, 20 * FS, 30 * FS);
    const { changes } = streamRhythm([lead], { fs: FS });
    const [asystole] = changes.filter((change) => change.condition === 'asystole');
    expect(asystole!.onsetIndex / FS).toBeGreaterThan(29.9);
    expect(asystole!.decidedIndex / FS).toBeLessThan(35);
  });

  it.each([['seen', []], ['marked', undefined]])('is raised under pacer pulses without capture that are %s', (_, none) => {
    const pulses = Array.from({ length: 25 }, (__, i) => Math.round((20 + i * 0.8) * FS));
    const lead = addNoise(stopsAt20(), 5, 3);
    for (const at of pulses) lead[at] = lead[at]! + (none ? 50_000 : 3000);
    const { changes, beats } = streamRhythm([lead], { fs: FS, pacerMarks: none ?? pulses });
    expect(changes.find((change) => change.condition === 'asystole')?.decidedIndex).toBeLessThan((LAST_QRS + 5) * FS);
    expect(beats.filter((beat) => beat.sampleIndex > 20 * FS)).toEqual([]);
  });

  it('is raised under pacer pulses without capture that a mains filter has turned into ringing', () => {
    const lead = addNoise(stopsAt20(), 5, 3);
    for (let pulse = 20; pulse < 40; pulse += 0.85) ring(lead, pulse);
    const { changes, beats } = streamRhythm([lead], { fs: FS });
    expect(changes.find((change) => change.condition === 'asystole')?.decidedIndex).toBeLessThan((LAST_QRS + 5) * FS);
    expect(beats.filter((beat) => beat.sampleIndex > 20 * FS)).toEqual([]);
  });

  it('is not raised while the ringing pulses are captured', () => {
    const lead = addNoise(syntheticEcg(FS, 40, regular(0.75, 0.75, 39)), 5, 3);
    for (let pulse = 20.25 - 0.1; pulse < 39; pulse += 0.75) ring(lead, pulse);
    const { changes, beats } = streamRhythm([lead], { fs: FS });
    expect(changes.filter((change) => change.condition === 'asystole' || change.condition === 'pause')).toEqual([]);
    expect(beats.filter((beat) => beat.sampleIndex > 20 * FS).length).toBeGreaterThanOrEqual(24);
  });
});

/** A pulse as a 60 Hz filter run forwards and backwards leaves it: 1.5 mV, ringing on both sides. */
function ring(lead: Float32Array, atSeconds: number): void {
  const from = Math.round((atSeconds - 0.1) * FS);
  for (let i = from; i < Math.min(lead.length, from + 0.2 * FS); i++) {
    const s = i / FS - atSeconds;
    lead[i] = lead[i]! + 1500 * Math.exp(-Math.abs(s) / 0.015) * Math.cos(2 * Math.PI * 60 * s);
  }
}
