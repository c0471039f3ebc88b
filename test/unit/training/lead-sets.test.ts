import { describe, expect, it } from 'vitest';
import { STANDARD_LEADS } from '../../../ecg/leads.ts';
import { presenceOf } from '../../../training/augmentation.ts';
import { FEW_LEAD_SETS, leadsOf, nameOfLeads } from '../../../training/lead-sets.ts';
import fc from '../../helpers/properties.ts';

describe('lead sets', () => {
  it('are named after their leads, whichever these are', () => {
    fc.assert(fc.property(fc.subarray([...STANDARD_LEADS], { minLength: 1 }), (leads) => {
      expect(leadsOf(nameOfLeads(presenceOf(leads)))).toEqual(leads);
    }));
  });

  it('of the tables have twelve, six, three, two and one lead', () => {
    expect(FEW_LEAD_SETS.map((name) => leadsOf(name).length)).toEqual([12, 6, 3, 2, 1]);
  });

  it('with a lead nobody knows are refused', () => {
    expect(() => leadsOf('II + V7')).toThrow('II + V7');
  });
});
