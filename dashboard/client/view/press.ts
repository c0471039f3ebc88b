import { pageClock } from '../page-clock.ts';

/** A finger that rests longer is not about to let go; what happens in the ward matters more then. */
const HELD_AT_MOST_MS = 1500;

let press: { readonly target: Node; readonly atMs: number } | undefined;

/** Begins to notice where a pointer is pressed. */
export function watchPresses(): void {
  addEventListener('pointerdown', ({ target }) => (press = { target: target as Node, atMs: pageClock.now() }), true);
  for (const end of ['pointerup', 'pointercancel'] as const) addEventListener(end, () => (press = undefined), true);
}

/**
 * Whether a pointer is pressed within an element. Nothing there may move, come or go meanwhile: a click counts only
 * where the pointer goes down and up on the same element, and an acknowledgement lost that way is an alarm that goes on.
 */
export const isPressed = (element: Element): boolean =>
  press !== undefined && pageClock.now() - press.atMs < HELD_AT_MOST_MS && element.contains(press.target);
