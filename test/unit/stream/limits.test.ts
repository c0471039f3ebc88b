import { describe, expect, it } from 'vitest';
import { isEcgError } from '../../../ecg/errors.ts';
import { DEFAULT_RHYTHM_LIMITS, type RhythmLimits } from '../../../ecg/rhythm.ts';
import { changedLimits, DEFAULT_LIMITS } from '../../../stream/alarm/limits.ts';
import { POLICIES, withDemotions } from '../../../stream/alarm/policy.ts';
import fc from '../../helpers/properties.ts';

const change = (rhythm: object, thresholds: Record<string, number | null> = {}) => changedLimits(DEFAULT_LIMITS, { rhythm, thresholds }, ['af'], 'bed-1');

describe('the limits of a bed', () => {
  it('change what was named and nothing else', () => {
    expect(change({ heartRateHighBpm: 110 }, { af: 3 })).toEqual({ rhythm: { ...DEFAULT_RHYTHM_LIMITS, heartRateHighBpm: 110 }, thresholds: { af: 3 } });
  });

  it('go back to the label bank where the threshold is null', () => {
    const own = change({}, { af: 3 });
    expect(changedLimits(own, { thresholds: { af: null } }, ['af'], 'bed-1')).toEqual(DEFAULT_LIMITS);
  });

  it.each([
    [{ asystoleMs: 60_000 }, /asystoleMs is out of range: expected 3000 to 10000, received 60000 \(from bed-1\)/],
    [{ heartRateLowBpm: 119, heartRateHighBpm: 118 }, /heartRateLowBpm must lie below heartRateHighBpm: expected less than 118, received 119/],
    [{ heartRateMax: 100 }, /there is no limit heartRateMax: expected asystoleMs \|/],
    [{ toString: 1 }, /there is no limit toString/],
    [{ asystoleMs: NaN }, /asystoleMs is out of range/],
  ])('are refused in words: %j', (rhythm, message) => {
    expect(() => change(rhythm)).toThrow(message);
  });

  it('are refused for a label that raises no alarm', () => {
    expect(() => change({}, { stemi: 2 })).toThrow(/no finding stemi raises alarms: expected af/);
  });

  it('can be set to any of their defaults, and never leave an order or a number that no monitor has', () => {
    expect(change({ ...DEFAULT_RHYTHM_LIMITS })).toEqual(DEFAULT_LIMITS);
    const names = Object.keys(DEFAULT_RHYTHM_LIMITS) as (keyof RhythmLimits)[];
    fc.assert(fc.property(fc.dictionary(fc.constantFrom(...names), fc.double({ min: -1e6, max: 1e6 })), (rhythm) => {
      try {
        const { rhythm: limits } = change(rhythm);
        expect(limits.extremeBradycardiaBpm < limits.heartRateLowBpm && limits.heartRateLowBpm < limits.heartRateHighBpm
          && limits.heartRateHighBpm < limits.extremeTachycardiaBpm && limits.asystoleMs <= 10_000).toBe(true);
      } catch (error) {
        expect(isEcgError(error) && error.code).toBe('LIMITS_INVALID');
      }
    }), { numRuns: 500 });
  });
});

describe('demotions of the configuration', () => {
  it('reach the table for an alarm that is not lethal, and are refused for one that is', () => {
    const demotion = { condition: 'heartRateHigh', finding: 'finding:sinus-tachycardia', to: 'low' as const };
    expect(withDemotions([demotion]).get('heartRateHigh')).toEqual({ ...POLICIES.heartRateHigh, demotedBy: [{ finding: demotion.finding, to: 'low' }] });
    expect(() => withDemotions([{ ...demotion, condition: 'asystole' }])).toThrow(/not lethal, received asystole/);
    expect(() => withDemotions([{ ...demotion, condition: 'nonsense' }])).toThrow(/received nonsense/);
  });
});
