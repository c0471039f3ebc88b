/** A bad network in front of a feed client: frames are lost, or come late and so out of order. */
import { systemClock, type Clock } from '../../ecg/clock.ts';
import { seededRandom } from '../../ecg/simulator/random.ts';
import { ms, type Ms } from '../../ecg/units.ts';

export interface Impairment {
  /** Share of frames that never arrive, 0 to 1. */
  readonly loss: number;
  /** Each frame is delayed by a random time up to this. */
  readonly jitter: Ms;
  readonly seed: number;
  readonly clock?: Clock;
}

/** For `FeedClientOptions.link`. */
export function impairedLink({ loss, jitter, seed, clock = systemClock }: Impairment): (deliver: () => void) => void {
  const random = seededRandom(seed);
  return (deliver) => {
    if (random.uniform() < loss) return;
    if (jitter > 0) clock.after(ms(jitter * random.uniform()), deliver);
    else deliver();
  };
}
