import { ms } from '../../ecg/units.ts';
import { App } from './app.ts';
import { pageClock } from './page-clock.ts';
import { watchPresses } from './view/press.ts';

/** A hidden tab draws no frames but goes on sounding, announcing and counting. */
const HIDDEN_UPDATE = ms(500);

watchPresses();
const root = document.createElement('div');
root.id = 'app';
document.body.append(root);

const app = new App(pageClock, root);
// The next frame is asked for first: one that throws must not leave a still picture that looks live.
const frame = (): void => {
  requestAnimationFrame(frame);
  app.frame();
};
addEventListener('error', (event) => app.fail(event.message));
requestAnimationFrame(frame);
pageClock.every(HIDDEN_UPDATE, () => {
  if (document.hidden) app.update();
});
addEventListener('hashchange', () => app.route());
addEventListener('keydown', (event) => app.key(event));
// A browser lets sound begin only after a gesture; any will do. Not at its beginning: the banner that then goes away
// would move the page under the pointer, and the click be lost.
for (const gesture of ['pointerup', 'keydown'] as const) addEventListener(gesture, () => app.armSound());
