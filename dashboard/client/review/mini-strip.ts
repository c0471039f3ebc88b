import { setAttribute, svg } from '../view/dom.ts';
import { orNaN } from './disclosure-data.ts';
import type { HistoryClient } from './history-client.ts';

export const MINI_SECONDS = 10;
const COLUMNS = 600;
const HEIGHT = 44;
/** Microvolts from edge to edge. */
const RANGE_UV = 3000;

/** Ten seconds of one lead, small; fetched when it first comes into view. */
export class MiniStrips {
  readonly #client: HistoryClient;
  readonly #waiting = new Map<Element, () => void>();
  readonly #watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      this.#watcher.unobserve(target);
      this.#waiting.get(target)?.();
      this.#waiting.delete(target);
    }
  });

  constructor(client: HistoryClient) {
    this.#client = client;
  }

  /** @param fromMs where the ten seconds begin */
  make(bed: string, lead: string, fromMs: number): SVGSVGElement {
    const path = svg('path', { fill: 'none', 'vector-effect': 'non-scaling-stroke' });
    const strip = svg('svg', { class: 'mini-strip', viewBox: `0 0 ${COLUMNS} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true', 'data-state': 'waiting' }, path);
    this.#waiting.set(strip, () => {
      this.#client.overview({ bed, fromMs, toMs: fromMs + MINI_SECONDS * 1000 }, lead, COLUMNS).then(({ lowUv, highUv }) => {
        const d = pathOf(lowUv.map(orNaN), highUv.map(orNaN));
        setAttribute(path, 'd', d);
        setAttribute(strip, 'data-state', d === '' ? 'empty' : 'drawn');
      }, () => setAttribute(strip, 'data-state', 'failed'));
    });
    this.#watcher.observe(strip);
    return strip;
  }

  /** Strips that have left the page are not fetched any more. */
  forget(): void {
    this.#watcher.disconnect();
    this.#waiting.clear();
  }
}

function pathOf(lowUv: readonly number[], highUv: readonly number[]): string {
  const levels = lowUv.map((low, i) => (low + highUv[i]!) / 2).filter((level) => !Number.isNaN(level)).sort((a, b) => a - b);
  const middle = levels[levels.length >> 1] ?? 0;
  const y = (uv: number): string => (HEIGHT * (0.55 - (uv - middle) / RANGE_UV)).toFixed(1);
  let path = '';
  let penUp = true;
  lowUv.forEach((low, x) => {
    if (Number.isNaN(low)) penUp = true;
    else {
      path += `${penUp ? 'M' : 'L'}${x} ${y(low)}L${x} ${y(highUv[x]!)}`;
      penUp = false;
    }
  });
  return path;
}
