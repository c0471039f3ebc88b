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
    setAttribute(this.#path, 'd', linePath(values, [Math.min(range[0], ...finite), Math.max(range[1], ...finite)], WIDTH, HEIGHT));
  }
}

/** Values from left to right as the path of an SVG. */
function linePath(values: readonly number[], [low, high]: readonly [number, number], width: number, height: number): string {
  let path = '';
  let penUp = true;
  for (const [i, value] of values.entries()) {
    if (Number.isNaN(value)) {
      penUp = true;
      continue;
    }
    const x = values.length < 2 ? 0 : (i / (values.length - 1)) * width;
    const y = height - 1 - ((value - low) / (high - low || 1)) * (height - 2);
    // A point without neighbours is a dot: a line of no length, which round caps make visible.
    path += penUp ? `M${x.toFixed(1)} ${y.toFixed(1)}h0` : `L${x.toFixed(1)} ${y.toFixed(1)}`;
    penUp = false;
  }
  return path;
}
