import { describe, expect, it } from 'vitest';
import { addNoise, regular, syntheticEcg } from '../helpers/synthetic-ecg.ts';
import { streamRhythm } from '../helpers/stream-rhythm.ts';
import fc from '../helpers/properties.ts';

describe('rhythm analysis', () => {
  it.each([250, 360])('gives the same beats and changes however %d Hz are cut into blocks', (fs) => {
    const course = [...regular(0.7, 0.5, 15), ...regular(0.35, 15, 24, { width: 0.035, r: 1500 }), ...regular(1.6, 30, 40)];
    const leads = [addNoise(syntheticEcg(fs, 42, course), 20, 1), addNoise(syntheticEcg(fs, 42, course), 60, 2)];
    leads[1]!.fill(NaN, 5 * fs, 6 * fs);
    const pacerMarks = [Math.round(31.5 * fs)];
    const whole = streamRhythm(leads, { fs, blocks: [leads[0]!.length], pacerMarks });
    expect(whole.changes.length).toBeGreaterThan(2);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 60 }), (blocks) => {
        const cut = streamRhythm(leads, { fs, blocks, pacerMarks });
        expect(cut.beats).toEqual(whole.beats);
        expect(cut.changes).toEqual(whole.changes);
      }),
      { numRuns: 12 },
    );
  });
});
