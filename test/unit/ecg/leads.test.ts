import { describe, expect, it } from 'vitest';
import { LeadMapper } from '../../../ecg/encoder-input.ts';
import { canonicalLead, derivableLimbLeads, nearestStandardLead, STANDARD_LEADS } from '../../../ecg/leads.ts';

describe('lead names', () => {
  it.each([['avr', 'aVR'], ['Lead II', 'II'], ['AVF', 'aVF'], ['mlii', 'MLII'], [' v5 ', 'V5'], ['ECG Lead I', 'I']])('reads %s as %s', (name, lead) => {
    expect(canonicalLead(name)).toBe(lead);
  });
  it.each(['PLETH', 'ABP', 'V7x', '', 'RESP'])('takes %s for no ECG lead', (name) => expect(canonicalLead(name)).toBeUndefined());
  it('puts a monitoring lead where it lies', () => expect(nearestStandardLead('MLII')).toBe('II'));
});

describe('limb leads', () => {
  // Potentials of right arm, left arm and left foot; any three numbers will do.
  const [ra, la, lf] = [-0.31, 0.17, 0.84];
  const truth: Record<string, number> = {
    I: la - ra, II: lf - ra, III: lf - la, aVR: ra - (la + lf) / 2, aVL: la - (ra + lf) / 2, aVF: lf - (ra + la) / 2,
  };
  const limb = STANDARD_LEADS.slice(0, 6);
  const pairs = limb.flatMap((a, i) => limb.slice(i + 1).map((b) => [a, b] as const));
  it.each(pairs)('follow exactly from %s and %s', (a, b) => {
    const derived = derivableLimbLeads(['V1', a, b]);
    expect(derived.map(({ lead }) => lead)).toEqual(limb.filter((lead) => lead !== a && lead !== b));
    const recorded = [0, truth[a]!, truth[b]!];
    for (const { lead, from, weight } of derived) expect(weight[0] * recorded[from[0]]! + weight[1] * recorded[from[1]]!).toBeCloseTo(truth[lead]!, 10);
  });
  it('cannot be derived from one of them', () => expect(derivableLimbLeads(['II', 'V1'])).toEqual([]));
});

describe('the way to the model\'s leads', () => {
  const fill = (leads: string[], samples: number[][], usable?: boolean[]) => {
    const samplesUv = new Float32Array(12 * 2);
    const presence = new Uint8Array(12);
    new LeadMapper(leads, STANDARD_LEADS).fill(samples.map((lead) => Float32Array.from(lead)), usable, samplesUv, presence);
    return { samplesUv, presence: STANDARD_LEADS.filter((_, i) => presence[i] === 1) };
  };
  it('fills recorded and derived leads and marks the rest absent', () => {
    const { samplesUv, presence } = fill(['I', 'II', 'V1'], [[1, 2], [3, 5], [7, 8]]);
    expect(presence).toEqual(['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1']);
    expect([...samplesUv.subarray(4, 6)]).toEqual([2, 3]);
    expect([...samplesUv.subarray(14, 24)]).toEqual(Array(10).fill(0));
  });
  it('prefers a lead under its own name to one that is near to it', () => {
    expect([...fill(['MLII', 'II'], [[9, 9], [1, 2]]).samplesUv.subarray(2, 4)]).toEqual([1, 2]);
  });
  it('marks a lead absent that misses a sample, and every lead derived from it', () => {
    expect(fill(['I', 'II'], [[1, NaN], [3, 5]]).presence).toEqual(['II']);
  });
  it('marks a lead absent whose signal was judged unusable', () => {
    expect(fill(['II', 'V1'], [[1, 2], [3, 4]], [true, false]).presence).toEqual(['II']);
  });
});
