import { describe, expect, it } from 'vitest';
import { oddsTogether, VENTRICULAR_ODDS } from '../../../../ecg/rhythm/lead-odds.ts';
import fc from '../../../helpers/properties.ts';

const MOST = VENTRICULAR_ODDS.most;
const odds = fc.double({ min: -20, max: 20, noNaN: true });
const together = (of: readonly (number | undefined)[], best = 0): number | undefined => oddsTogether(of.length, best, (lead) => of[lead]);

describe('the odds that leads give a beat together', () => {
  it('are those of the only lead, cut to the most that one counts for', () => {
    fc.assert(fc.property(odds, (own) => {
      expect(together([own])).toBe(Math.max(-MOST, Math.min(MOST, own)));
    }));
  });

  it('are nowhere below those of the best lead, nor above the highest, and never lowered by one lead more', () => {
    fc.assert(fc.property(fc.array(odds, { minLength: 2, maxLength: 5 }), (leads) => {
      const cut = leads.map((own) => Math.max(-MOST, Math.min(MOST, own)));
      expect(together(leads)).toBeGreaterThanOrEqual(cut[0]!);
      expect(together(leads)).toBeLessThanOrEqual(Math.max(...cut));
      expect(together(leads)).toBeGreaterThanOrEqual(together(leads.slice(0, -1))!);
    }));
  });

  it('are not known where the best lead knows nothing, and need no other lead to', () => {
    expect(together([undefined, 5])).toBeUndefined();
    expect(together([3, undefined])).toBe(3);
  });
});
