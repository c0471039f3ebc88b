import { minutesText } from '../format.ts';
import type { BedView } from '../ward-store.ts';

/** Time left of a bed's audio pause, or null where its alarms sound. */
export function pausedLeft({ numerics }: BedView, serverNowMs: number | undefined): string | null {
  const left = numerics.audioPausedUntilMs === null || serverNowMs === undefined ? 0 : numerics.audioPausedUntilMs - serverNowMs;
  return left > 0 ? minutesText(left) : null;
}

/** Alarms that sound: those of beds whose audio is not paused, and a new lethal one of any bed. */
export const audible = (views: readonly BedView[], serverNowMs: number | undefined): BedView['alarms'] =>
  views.flatMap((view) => (pausedLeft(view, serverNowMs) === null ? view.alarms : view.alarms.filter(({ breakthrough }) => breakthrough)));
