/** From the log odds that each lead gives a beat to those of the beat. Constants chosen on the even-numbered records of mitdb. */
import { clamp } from './beat-features.ts';

/** Log odds of ventricular beats, known at once or settled: from `above` on a beat is one, and no lead counts for more than `most`. */
export const VENTRICULAR_ODDS = { above: 2.5, most: 8 } as const;

/**
 * The mean of the odds of the best lead and of the lead that finds a beat most ventricular: it can look like the usual one in one lead.
 * @param of log odds of a lead; undefined where it has none
 * @returns undefined where the best lead has none
 */
export function oddsTogether(leads: number, bestLead: number, of: (lead: number) => number | undefined): number | undefined {
  const { most } = VENTRICULAR_ODDS;
  let best: number | undefined;
  let highest = -most;
  for (let lead = 0; lead < leads; lead++) {
    const odds = of(lead);
    if (odds !== undefined) highest = Math.max(highest, Math.min(most, odds));
    if (lead === bestLead) best = odds;
  }
  return best === undefined ? undefined : (clamp(best, -most, most) + highest) / 2;
}
