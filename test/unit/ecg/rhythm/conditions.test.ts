import { describe, expect, it } from 'vitest';
import { DEFAULT_RHYTHM_LIMITS } from '../../../../ecg/rhythm.ts';
import { addNoise, regular, syntheticEcg, type SyntheticBeat } from '../../../helpers/synthetic-ecg.ts';
import { streamRhythm } from '../../../helpers/stream-rhythm.ts';

const FS = 250;
const course = (seconds: number, beats: readonly SyntheticBeat[]): Float32Array => addNoise(syntheticEcg(FS, seconds, beats), 10, 4);

/** Five sines of drifting frequency about 5 Hz: a coarse fibrillation waveform. */
function fibrillation(seconds: number, amplitude: number): Float32Array {
  return Float32Array.from({ length: seconds * FS }, (_, i) => {
    const t = i / FS;
    return amplitude * (Math.sin(2 * Math.PI * 4.7 * t + 1.5 * Math.sin(2 * Math.PI * 0.31 * t)) + 0.45 * Math.sin(2 * Math.PI * 5.9 * t + 2 * Math.sin(2 * Math.PI * 0.23 * t)));
  });
}

const join = (...parts: readonly Float32Array[]): Float32Array => {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

describe('rhythm conditions', () => {
  it('fibrillation after sinus rhythm is raised within 10 s, and not as asystole', () => {
    const { changes } = streamRhythm([join(course(30, regular(0.8, 0.8, 29.9)), fibrillation(30, 350))], { fs: FS });
    const vf = changes.find((change) => change.condition === 'ventricularFibrillation');
    expect(vf?.decidedIndex).toBeGreaterThan(30 * FS);
    expect(vf?.decidedIndex).toBeLessThan(40 * FS);
    expect(changes.filter((change) => change.condition === 'asystole')).toEqual([]);
  });

  it('sinus rhythm with muscle noise raises nothing', () => {
    const { changes } = streamRhythm([addNoise(course(120, regular(0.8, 0.8, 119)), 60, 9)], { fs: FS });
    expect(changes).toEqual([]);
  });

  it('extreme bradycardia is over when asystole begins', () => {
    const { changes } = streamRhythm([course(60, [...regular(0.8, 0.8, 20), ...regular(2, 22, 40.5)])], { fs: FS });
    const bradycardia = changes.filter((change) => change.condition === 'extremeBradycardia');
    const asystole = changes.find((change) => change.condition === 'asystole' && change.active)!;
    expect(bradycardia.map((change) => change.active)).toEqual([true, false]);
    expect(bradycardia[1]!.decidedIndex).toBe(asystole.decidedIndex);
  });

  it('ten wide, fast beats are ventricular tachycardia, known within 8 s', () => {
    const run = regular(0.4, 60, 72, { width: 0.04, r: -1400, t: 500 });
    const { changes } = streamRhythm([course(80, [...regular(0.8, 0.8, 59.5), ...run, ...regular(0.8, 73, 79)])], { fs: FS });
    const [begin, end] = changes.filter((change) => change.condition === 'ventricularTachycardia');
    expect(begin?.active).toBe(true);
    expect(begin!.onsetIndex / FS).toBeCloseTo(60, 0);
    expect(begin!.decidedIndex / FS).toBeLessThan(68);
    expect(end?.active).toBe(false);
  });

  it('the same narrow beats at 150 bpm are extreme tachycardia and no ventricular one', () => {
    const { changes } = streamRhythm([course(50, [...regular(0.8, 0.8, 25), ...regular(0.4, 25.4, 49)])], { fs: FS });
    const raised = changes.filter((change) => change.active).map((change) => change.condition);
    expect(raised).toContain('extremeTachycardia');
    expect(raised).not.toContain('ventricularTachycardia');
  });

  it('beats every 1.7 s are extreme bradycardia and no asystole', () => {
    const { changes } = streamRhythm([course(50, [...regular(0.8, 0.8, 20), ...regular(1.7, 21.5, 49)])], { fs: FS });
    const raised = changes.filter((change) => change.active).map((change) => change.condition);
    expect(raised).toContain('extremeBradycardia');
    expect(raised).not.toContain('asystole');
  });

  it.each([[80, 120], [80, 40]])('the heart rate follows a step from %d to %d bpm to within 1 bpm', (before, after) => {
    const { analyser } = streamRhythm([course(60, [...regular(60 / before, 0.5, 30), ...regular(60 / after, 30, 59.9)])], { fs: FS });
    expect(Math.abs(analyser.heartRateBpm! - after)).toBeLessThan(1);
  });

  it('limits that are set while running count from then on', () => {
    const lead = course(40, regular(0.8, 0.8, 39));
    let set = false;
    const { changes } = streamRhythm([lead], {
      fs: FS,
      onBlock(analyser, end) {
        if (set || end < 20 * FS) return;
        set = true;
        analyser.setLimits({ ...DEFAULT_RHYTHM_LIMITS, heartRateHighBpm: 70 });
      },
    });
    const high = changes.filter((change) => change.condition === 'heartRateHigh');
    expect(high.length).toBe(1);
    expect(high[0]!.decidedIndex).toBeGreaterThan(20 * FS);
  });
});
