import { describe, expect, it } from 'vitest';
import { BeatLikeness } from '../../../../ecg/rhythm/beat-likeness.ts';
import { LeadTrack } from '../../../../ecg/rhythm/lead-track.ts';
import { hz } from '../../../../ecg/units.ts';
import { regular, syntheticEcg } from '../../../helpers/synthetic-ecg.ts';

const FS = hz(250);
/** The last two beats of each lead, about 9 and 10 s, compared. */
function lastLikeness(leads: readonly Float32Array[], share: (lead: number) => number = () => 1): number | undefined {
  const tracks = leads.map((samples) => {
    const track = new LeadTrack(FS);
    for (const sample of samples) track.step(sample);
    return track;
  });
  const likeness = new BeatLikeness(leads.length, FS);
  expect(likeness.next(tracks, 9 * FS, share)).toBeUndefined();
  return likeness.next(tracks, 10 * FS, share);
}
const same = syntheticEcg(FS, 11, regular(1, 1, 10.5));
const other = syntheticEcg(FS, 11, [...regular(1, 1, 9.5), { at: 10, width: 0.05, r: -1500, t: 600 }]);

describe('likeness of a beat to the one before', () => {
  it('is near 1 for beats of one shape, of any size and a little displaced', () => {
    expect(lastLikeness([same])).toBeGreaterThan(0.99);
    expect(lastLikeness([syntheticEcg(FS, 11, [...regular(1, 1, 9.5), { at: 10.02, r: 300, t: 60 }])])).toBeGreaterThan(0.9);
  });

  it('is low for a beat of another shape', () => {
    expect(lastLikeness([other])).toBeLessThan(0.5);
  });

  it('counts each lead by its share', () => {
    expect(lastLikeness([same, other], (lead) => (lead === 0 ? 1 : 0))).toBeGreaterThan(0.99);
    const even = lastLikeness([same, other])!;
    expect(even).toBeCloseTo((lastLikeness([same])! + lastLikeness([other])!) / 2, 6);
  });

  it('is unknown where no lead shows both beats', () => {
    expect(lastLikeness([same.map(() => NaN)])).toBeUndefined();
  });
});
