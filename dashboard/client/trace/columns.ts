/**
 * Samples to pixels. A strip is cut in device pixel columns, numbered without end from display index 0; the screen
 * shows column `c` at `c mod width`. Where several samples fall in one column only its first, lowest, highest and
 * last are kept, each at its true place: the line drawn through them covers the same pixels as one through all
 * samples, so that no QRS peak is lost however slow the sweep.
 */
import type { LeadRing } from './ring.ts';

/** A line of points; x in columns relative to the first column asked for, y in microvolts. NaN lifts the pen. */
export class Polyline {
  readonly x: Float64Array;
  readonly uv: Float64Array;
  length = 0;

  /** @param samples the most samples one call will look at */
  constructor(samples: number) {
    this.x = new Float64Array(samples * 2);
    this.uv = new Float64Array(samples * 2);
  }

  push(x: number, uv: number): void {
    this.x[this.length] = x;
    this.uv[this.length++] = uv;
  }
}

/**
 * The line through columns `from` to `end` (exclusive), with one column more on either side so that pieces drawn one
 * after the other join without a seam.
 * @param columnsPerSample device pixels one sampling interval is wide
 */
export function traceLine(ring: LeadRing, from: number, end: number, columnsPerSample: number, out: Polyline): void {
  out.length = 0;
  const first = Math.floor((from - 1) / columnsPerSample) - 1;
  const last = Math.ceil((end + 1) / columnsPerSample) + 1;
  let column = NaN;
  let firstAt = 0;
  let lastAt = 0;
  let lowAt = 0;
  let highAt = 0;
  let low = 0;
  let high = 0;
  const flush = (): void => {
    if (Number.isNaN(column)) return;
    const a = Math.min(lowAt, highAt);
    const b = Math.max(lowAt, highAt);
    out.push(firstAt * columnsPerSample - from, ring.at(firstAt));
    if (a > firstAt && a < lastAt) out.push(a * columnsPerSample - from, ring.at(a));
    if (b > a && b > firstAt && b < lastAt) out.push(b * columnsPerSample - from, ring.at(b));
    if (lastAt > firstAt) out.push(lastAt * columnsPerSample - from, ring.at(lastAt));
  };
  for (let index = first; index <= last; index++) {
    const value = ring.at(index);
    if (Number.isNaN(value)) {
      flush();
      if (!Number.isNaN(column)) out.push(NaN, NaN);
      column = NaN;
      continue;
    }
    const at = Math.floor(index * columnsPerSample);
    if (at !== column) {
      flush();
      column = at;
      firstAt = lowAt = highAt = index;
      low = high = value;
    } else if (value < low) {
      low = value;
      lowAt = index;
    } else if (value > high) {
      high = value;
      highAt = index;
    }
    lastAt = index;
  }
  flush();
}

/** Whether any sample that column `column` touches is missing. A lead not yet received at all is blank, not missing. */
export function isMissing(ring: LeadRing, column: number, columnsPerSample: number, origin: number): boolean {
  const first = Math.floor(column / columnsPerSample);
  const last = Math.ceil((column + 1) / columnsPerSample);
  if (last <= origin) return false;
  for (let index = Math.max(first, origin); index <= last; index++) if (Number.isNaN(ring.at(index))) return true;
  return false;
}
