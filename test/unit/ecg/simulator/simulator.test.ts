import { describe, expect, it } from 'vitest';
import type { SimulatedRhythm } from '../../../../ecg/simulator/course.ts';
import { PatientSimulator, type SimulatedBlock, type SimulatorOptions } from '../../../../ecg/simulator/simulator.ts';
import { hz } from '../../../../ecg/units.ts';

const FS = 250;
const QUIET = { respirationUv: 0, driftUv: 0, muscleUv: 0, mainsUv: 0 };

function simulate(seconds: number, options: Partial<SimulatorOptions> & Pick<SimulatorOptions, 'course'>): SimulatedBlock {
  return new PatientSimulator({ samplingFrequency: hz(FS), seed: 5, ...options }).next(seconds * FS);
}
const only = (rhythm: SimulatedRhythm): { course: { rhythm: SimulatedRhythm; seconds: number }[] } => ({ course: [{ rhythm, seconds: 1000 }] });
const rrOf = ({ beats }: SimulatedBlock): number[] => beats.slice(1).map((beat, i) => (beat.sampleIndex - beats[i]!.sampleIndex) / FS);
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const spread = (values: number[]): number => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
const peakToPeak = (samples: Float32Array): number => samples.reduce((a, b) => Math.max(a, b)) - samples.reduce((a, b) => Math.min(a, b));
const LEAD = { I: 0, II: 1, III: 2, aVR: 3, aVL: 4, aVF: 5, V1: 6, V3: 8 };

describe('a simulated patient', () => {
  it('in sinus rhythm breathes: RR varies a little around the set rate', () => {
    const rr = rrOf(simulate(120, { ...only('sinus'), rates: { sinus: 75 } }));
    expect(mean(rr)).toBeCloseTo(0.8, 1);
    expect(Math.min(...rr)).toBeGreaterThan(0.8 * 0.9);
    expect(Math.max(...rr)).toBeLessThan(0.8 * 1.1);
    expect(spread(rr) / mean(rr)).toBeGreaterThan(0.02);
  });

  it('in bradycardia has every RR above 1,500 ms', () => {
    expect(Math.min(...rrOf(simulate(60, only('bradycardia'))))).toBeGreaterThan(1.5);
  });

  it('in atrial fibrillation is irregularly irregular and has no P wave', () => {
    const af = simulate(120, { ...only('af'), noise: QUIET });
    expect(spread(rrOf(af)) / mean(rrOf(af))).toBeGreaterThan(0.15);
    // 150 ms before the R peak, averaged over beats: the P wave stays, f waves cancel out.
    const atP = (block: SimulatedBlock): number => mean(block.beats.slice(2, 90).map(({ sampleIndex }) => block.samplesUv[LEAD.II]![sampleIndex - 37]! - block.samplesUv[LEAD.II]![sampleIndex - 55]!));
    expect(atP(simulate(120, { ...only('sinus'), noise: QUIET }))).toBeGreaterThan(80);
    expect(Math.abs(atP(af))).toBeLessThan(25);
  });

  it('with PVC runs has ventricular beats, never five in a row', () => {
    const classes = simulate(300, only('pvc-runs')).beats.map((beat) => (beat.class === 'ventricular' ? 'V' : 'N')).join('');
    expect(classes).toMatch(/NVN/);
    expect(classes).toMatch(/VVV/);
    expect(classes).not.toMatch(/VVVVV/);
  });

  it('in ventricular tachycardia has only ventricular beats, near 170 bpm', () => {
    const vt = simulate(20, only('vt'));
    expect(new Set(vt.beats.map((beat) => beat.class))).toEqual(new Set(['ventricular']));
    expect(60 / mean(rrOf(vt))).toBeCloseTo(170, -1);
  });

  it('in ventricular fibrillation has no beats and a coarse oscillation of 4 to 6 Hz', () => {
    const vf = simulate(60, { ...only('vf'), noise: QUIET });
    expect(vf.beats).toEqual([]);
    const lead = vf.samplesUv[LEAD.II]!.subarray(FS * 2);
    let crossings = 0;
    for (let i = 1; i < lead.length; i++) if (lead[i - 1]! < 0 && lead[i]! >= 0) crossings++;
    expect(crossings / (lead.length / FS)).toBeGreaterThan(4);
    expect(crossings / (lead.length / FS)).toBeLessThan(6.5);
    for (let second = 0; second < 57; second++) expect(peakToPeak(lead.subarray(second * FS, (second + 1) * FS))).toBeGreaterThan(150);
  });

  it('in asystole is flat but for noise, and its heart starts again', () => {
    const course = [{ rhythm: 'sinus', seconds: 10 }, { rhythm: 'asystole', seconds: 10 }] as const;
    const { samplesUv, beats } = simulate(30, { course });
    expect(peakToPeak(samplesUv[LEAD.II]!.subarray(11 * FS, 19 * FS))).toBeLessThan(250);
    expect(peakToPeak(samplesUv[LEAD.II]!.subarray(0, 10 * FS))).toBeGreaterThan(800);
    expect(beats.filter(({ sampleIndex }) => sampleIndex >= 10 * FS && sampleIndex < 20 * FS)).toEqual([]);
    expect(beats.find(({ sampleIndex }) => sampleIndex >= 20 * FS)!.sampleIndex).toBeLessThan(21 * FS);
  });

  it('with the leads off says so in every lead, and shows no heart', () => {
    const { leadOffMask, samplesUv } = simulate(10, only('lead-off'));
    expect(leadOffMask).toBe(0b1111_1111_1111);
    expect(peakToPeak(samplesUv[LEAD.V3]!)).toBeLessThan(250);
    expect(simulate(10, only('sinus')).leadOffMask).toBe(0);
  });

  it('tells where each rhythm begins', () => {
    const course = [{ rhythm: 'sinus', seconds: 4 }, { rhythm: 'vt', seconds: 3 }] as const;
    expect(simulate(12, { course }).changes).toEqual([
      { sampleIndex: 0, rhythm: 'sinus' }, { sampleIndex: 4 * FS, rhythm: 'vt' }, { sampleIndex: 7 * FS, rhythm: 'sinus' }, { sampleIndex: 11 * FS, rhythm: 'vt' }]);
  });

  it('has its R peaks where the truth says', () => {
    const { samplesUv, beats } = simulate(60, { ...only('sinus'), noise: QUIET });
    expect(beats.length).toBeGreaterThan(40);
    for (const { sampleIndex } of beats.slice(1, -1)) {
      const around = [...samplesUv[LEAD.II]!.subarray(sampleIndex - 30, sampleIndex + 31)];
      expect(Math.abs(around.indexOf(Math.max(...around)) - 30)).toBeLessThanOrEqual(2);
    }
  });

  it('obeys Einthoven and Goldberger in every sample, noise included', () => {
    const { samplesUv } = simulate(20, { course: [{ rhythm: 'af', seconds: 5 }, { rhythm: 'vf', seconds: 5 }, { rhythm: 'pvc-runs', seconds: 10 }] });
    const [I, II, III, aVR, aVL, aVF] = samplesUv;
    for (let i = 0; i < I!.length; i++) {
      expect(Math.abs(I![i]! + III![i]! - II![i]!)).toBeLessThan(1e-3);
      expect(Math.abs(aVR![i]! + aVL![i]! + aVF![i]!)).toBeLessThan(1e-3);
    }
  });

  it('has a normal R progression: V1 mostly negative, V5 mostly positive', () => {
    const { samplesUv } = simulate(20, { ...only('sinus'), noise: QUIET });
    const balance = (lead: number): number => Math.max(...samplesUv[lead]!) + Math.min(...samplesUv[lead]!);
    expect(balance(LEAD.V1)).toBeLessThan(-200);
    expect(balance(10)).toBeGreaterThan(400);
  });

  it('is another one for another seed, with the same course', () => {
    const [a, b, c] = [5, 5, 6].map((seed) => simulate(10, { ...only('sinus'), seed }));
    expect(a!.samplesUv[1]).toEqual(b!.samplesUv[1]);
    expect(a!.samplesUv[1]).not.toEqual(c!.samplesUv[1]);
  });

  it('is refused without a course or a frequency', () => {
    expect(() => simulate(1, { course: [] })).toThrow(RangeError);
    expect(() => simulate(1, { course: [{ rhythm: 'vt', seconds: 0 }] })).toThrow(/received vt for 0 s/);
    expect(() => simulate(1, { ...only('sinus'), samplingFrequency: hz(0) })).toThrow(RangeError);
  });
});
