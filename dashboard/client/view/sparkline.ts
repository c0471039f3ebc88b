import { setAttribute, svg } from './dom.ts';

const WIDTH = 120;
const HEIGHT = 24;

/** A small line of values over time; a NaN is a break in it. */
export class Sparkline {
  readonly element: SVGSVGElement;
  readonly #path = svg('path', { fill: 'none', 'vector-effect': 'non-scaling-stroke' });

  constructor() {
    this.element = svg('svg', { class: 'sparkline', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, this.#path);
  }

  /** @param range lowest and highest value shown; widened where the values go beyond */
  update(values: readonly number[], range: readonly [number, number]): void {
    const finite = values.filter((value) => !Number.isNaN(value));
    const low = Math.min(range[0], ...finite);
    const high = Math.max(range[1], ...finite);
    let path = '';
    let penUp = true;
    for (const [i, value] of values.entries()) {
      if (Number.isNaN(value)) {
        penUp = true;
        continue;
      }
      const x = values.length < 2 ? 0 : (i / (values.length - 1)) * WIDTH;
      const y = HEIGHT - 1 - ((value - low) / (high - low || 1)) * (HEIGHT - 2);
      path += `${penUp ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
      penUp = false;
    }
    setAttribute(this.#path, 'd', path);
  }
}
