import { describe, expect, it } from 'vitest';
import { addNoise, regular, syntheticEcg } from '../../../helpers/synthetic-ecg.ts';
import { streamRhythm } from '../../../helpers/stream-rhythm.ts';

describe('beats', () => {
  it.each([50, 100, 128, 250, 257.313, 360, 500, 1000, 4000])('are found within 12 ms of their R peak at %d Hz', (fs) => {
    const truth = regular(0.83, 0.9, 29.5).map((beat) => beat.at);
    const { beats } = streamRhythm([addNoise(syntheticEcg(fs, 31, regular(0.83, 0.9, 29.5)), 15, 5)], { fs });
    expect(beats.length).toBe(truth.length);
    for (const [i, beat] of beats.entries()) expect(Math.abs(beat.sampleIndex / fs - truth[i]!)).toBeLessThan(Math.max(0.012, 0.6 / fs));
  });

  it('do not include a T wave of 1.2 mV', () => {
    const truth = regular(0.75, 0.8, 59);
    const { beats } = streamRhythm([syntheticEcg(250, 60, regular(0.75, 0.8, 59, { t: 1200 }))], { fs: 250 });
    expect(beats.length).toBe(truth.length);
  });

  it('have no interval over missing samples', () => {
    const lead = syntheticEcg(250, 30, regular(0.8, 0.8, 29)).fill(NaN, 10 * 250, 12 * 250);
    const { beats } = streamRhythm([lead], { fs: 250 });
    expect(beats.filter((beat) => beat.rrMs === undefined).length).toBe(2);
    expect(beats.filter((beat) => beat.sampleIndex > 10 * 250 && beat.sampleIndex < 12 * 250)).toEqual([]);
  });

  it('are followed when they become five times smaller', () => {
    const beatsAt = [...regular(0.8, 0.8, 20), ...regular(0.8, 20, 59, { r: 200, t: 40 })];
    const { beats, changes } = streamRhythm([addNoise(syntheticEcg(250, 60, beatsAt), 5, 2)], { fs: 250 });
    expect(beats.length).toBeGreaterThan(beatsAt.length - 3);
    expect(changes.filter((change) => change.condition === 'asystole')).toEqual([]);
  });

  it('are found as a series where a run of broad ones is too slow for each of them to stand out', () => {
    const run = regular(0.4, 31, 33.3, { r: 500, t: 0, width: 0.03 });
    const truth = [...regular(0.8, 0.8, 30.5), ...run, ...regular(0.8, 34, 40)];
    const { beats } = streamRhythm([addNoise(syntheticEcg(250, 42, truth), 5, 2)], { fs: 250 });
    const found = run.filter(({ at }) => beats.some((beat) => Math.abs(beat.sampleIndex / 250 - at) < 0.1));
    expect(found.length).toBeGreaterThanOrEqual(run.length - 1);
    expect(beats.length).toBeLessThanOrEqual(truth.length);
  });

  it('are paced where a pacer pulse came just before', () => {
    const truth = regular(0.9, 0.9, 29);
    const lead = syntheticEcg(500, 30, truth.map((beat) => ({ ...beat, width: 0.03 })));
    const marks = truth.map((beat) => Math.round((beat.at - 0.09) * 500));
    const { beats } = streamRhythm([lead], { fs: 500, pacerMarks: marks });
    expect(beats.length).toBe(truth.length);
    expect(beats.every((beat) => beat.class === 'paced')).toBe(true);
  });
});
