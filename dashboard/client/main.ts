import { ms } from '../../ecg/units.ts';
import { App } from './app.ts';
import { pageClock } from './page-clock.ts';

/** A hidden tab draws no frames but goes on sounding, announcing and counting. */
const HIDDEN_UPDATE = ms(500);

const root = document.createElement('div');
root.id = 'app';
document.body.append(root);

const app = new App(pageClock, root);
const frame = (): void => {
  app.frame();
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
pageClock.every(HIDDEN_UPDATE, () => {
  if (document.hidden) app.update();
});
addEventListener('hashchange', () => app.route());
addEventListener('keydown', (event) => app.key(event));
// A browser lets sound begin only within a gesture; any will do.
for (const gesture of ['pointerdown', 'keydown'] as const) addEventListener(gesture, () => app.armSound());
