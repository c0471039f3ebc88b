/** A short run of `npm run bench -- feeds`: damaged inputs are read or refused, and nothing else happens. */
import { describe, expect, it } from 'vitest';
import { fuzz, FUZZ_TARGETS } from '../bench/feeds-fuzz.ts';

describe.each(FUZZ_TARGETS)('the $name decoder', (target) => {
  it('reads what the damage is done to', () => {
    for (const seed of target.seeds) target.decode(seed);
  });

  it('survives 3000 malformed inputs, and refuses some', () => {
    const { failures, refused } = fuzz(target, 3000, 9);
    expect(failures).toEqual([]);
    expect(refused).toBeGreaterThan(50);
  });
});
