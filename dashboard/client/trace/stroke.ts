import type { Polyline } from './columns.ts';
import { pxPerMicrovolt, type Palette, type Scale } from './paper.ts';

/** Draws a line made by `traceLine` in the trace's pen; the pen is up where samples are missing. @param zero device pixels of 0 mV */
export function strokeTrace(ctx: CanvasRenderingContext2D, line: Polyline, x: number, zero: number, scale: Scale, palette: Palette): void {
  const gain = pxPerMicrovolt(scale);
  ctx.beginPath();
  let penUp = true;
  for (let i = 0; i < line.length; i++) {
    const uv = line.uv[i]!;
    if (Number.isNaN(uv)) penUp = true;
    else if (penUp) {
      ctx.moveTo(x + line.x[i]!, zero - uv * gain);
      penUp = false;
    } else ctx.lineTo(x + line.x[i]!, zero - uv * gain);
  }
  ctx.strokeStyle = palette.trace;
  ctx.lineWidth = 1.5 * scale.ratio;
  ctx.lineJoin = 'round';
  ctx.stroke();
}
