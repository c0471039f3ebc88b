import { systemClock, type Clock } from '../../ecg/clock.ts';
import { epochMs } from '../../ecg/units.ts';

/**
 * The page's clock: monotonic, so that a step of the computer's wall clock never makes a value look fresh.
 * Only differences of it mean anything; points in time shown to people come from the server.
 */
export const pageClock: Clock = {
  ...systemClock,
  now: () => epochMs(performance.timeOrigin + performance.now()),
};
