import { ms } from '../../ecg/units.ts';
import { App } from './app.ts';
import { pageClock } from './page-clock.ts';

/** A hidden tab draws no frames but goes on sounding, announcing and counting. */
const HIDDEN_UPDATE = ms(500);

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
// A browser lets sound begin only within a gesture; any will do.
for (const gesture of ['pointerdown', 'keydown'] as const) addEventListener(gesture, () => app.armSound());
