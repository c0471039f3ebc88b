/** The same ward drawn by the page's own strips and by uPlot, in turn, in the same place, of the same samples. */
import uPlot from 'uplot';
import { pageClock } from '../../../dashboard/client/page-clock.ts';
import { DEFAULT_PX_PER_MM } from '../../../dashboard/client/calibration.ts';
import { Wall } from '../../../dashboard/client/trace/wall.ts';
import { el } from '../../../dashboard/client/view/dom.ts';
import { WardStore } from '../../../dashboard/client/ward-store.ts';
import { feedFrom } from './worker-connection.ts';

declare global {
  var drawWith: (who: 'strips' | 'uplot') => void;
}

const BEDS = 64;
const LEADS = 3;
const FS = 250;
/** Microvolts from edge to edge of a strip. */
const RANGE_UV = 3000;

const store = new WardStore(pageClock);
const grid = el('div', { id: 'grid' });
document.body.append(grid);
let draw: () => void = () => undefined;
feedFrom({ beds: BEDS, twelve: false }, store, () => undefined);
const frame = (): void => {
  requestAnimationFrame(frame);
  draw();
};
requestAnimationFrame(frame);

globalThis.drawWith = (who) => {
  grid.replaceChildren();
  draw = who === 'strips' ? strips() : charts();
};

function cells(): { readonly bed: string; readonly cell: HTMLElement }[] {
  return [...store.beds.keys()].map((bed) => {
    const cell = el('div', { class: 'cell' });
    grid.append(cell);
    return { bed, cell };
  });
}

function strips(): () => void {
  const canvas = el('canvas');
  grid.append(canvas);
  const wall = new Wall(canvas);
  wall.lay(cells().flatMap(({ bed, cell }) => Array.from({ length: LEADS }, (_, lead) => {
    const element = el('div');
    cell.append(element);
    return { element, trace: store.beds.get(bed)!.trace, lead };
  })), { sweepSpeed: 25, displayGain: 10, pxPerMm: DEFAULT_PX_PER_MM });
  return () => wall.draw();
}

/**
 * One chart a bed with three series, each in its third of the height; no axes, cursor or legend. The window of samples
 * is as long as a strip's. uPlot has no sweep: it draws all of the window every frame.
 */
function charts(): () => void {
  const made = cells().map(({ bed, cell }) => {
    const { width, height } = cell.getBoundingClientRect();
    const count = Math.floor((width / DEFAULT_PX_PER_MM / 25) * FS);
    const x = Float64Array.from({ length: count }, (_, i) => i);
    const ys = Array.from({ length: LEADS }, () => new Array<number | null>(count).fill(null));
    const chart = new uPlot({
      width, height, padding: [0, 0, 0, 0], legend: { show: false }, cursor: { show: false }, axes: [{ show: false }, { show: false }],
      scales: { x: { time: false, range: [0, count - 1] }, ...Object.fromEntries(ys.map((_, lead) => [`y${lead}`, { range: thirdOf(lead) }])) },
      series: [{}, ...ys.map((_, lead) => ({ scale: `y${lead}`, stroke: '#3ee6a4', width: 1.5, points: { show: false } }))],
    }, [x, ...ys] as uPlot.AlignedData, cell);
    return { trace: store.beds.get(bed)!.trace, chart, x, ys, count };
  });
  return () => {
    for (const { trace, chart, x, ys, count } of made) {
      const end = Math.floor(trace.playhead);
      ys.forEach((y, lead) => {
        const ring = trace.ring(lead);
        for (let i = 0; i < count; i++) {
          const value = ring.at(end - count + i);
          y[i] = Number.isNaN(value) ? null : value;
        }
      });
      chart.setData([x, ...ys] as uPlot.AlignedData, false);
      chart.redraw(true, false);
      trace.settle();
    }
  };
}

function thirdOf(lead: number): [number, number] {
  const low = -RANGE_UV * 0.44 - (LEADS - 1 - lead) * RANGE_UV;
  return [low, low + LEADS * RANGE_UV];
}
