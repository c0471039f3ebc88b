import { MICROVOLTS_PER_MILLIVOLT } from '../../../ecg/units.ts';

/** Colours of the canvas, taken from the style sheet so that both themes live in one place. */
export interface Palette {
  readonly stage: string;
  readonly paper: string;
  readonly minor: string;
  readonly major: string;
  readonly trace: string;
  readonly pulse: string;
  readonly gap: string;
  readonly gapGround: string;
  readonly head: string;
  readonly ventricular: string;
  readonly beat: string;
}

export function readPalette(root: HTMLElement): Palette {
  const style = getComputedStyle(root);
  const of = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    stage: of('stage'),
    paper: of('paper'),
    minor: of('paper-minor'),
    major: of('paper-major'),
    trace: of('trace'),
    pulse: of('pulse'),
    gap: of('gap'),
    gapGround: of('gap-ground'),
    head: of('sweep-head'),
    ventricular: of('ventricular'),
    beat: of('beat'),
  };
}

/** Device pixels a strip is drawn with. */
export interface Scale {
  readonly devicePxPerMm: number;
  /** mm/s */
  readonly sweepSpeed: number;
  /** mm/mV */
  readonly displayGain: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

export const pxPerMicrovolt = ({ devicePxPerMm, displayGain }: Scale): number => (devicePxPerMm * displayGain) / MICROVOLTS_PER_MILLIVOLT;

/** 0 mV lies a little below the middle: R waves point up more often than S waves point down. */
export const baselineOf = (height: number): number => Math.round(height * 0.56);
/** Left of the sweep, room for the calibration pulse: 1 mm, 5 mm of plateau, 1 mm; half the plateau on a narrow strip. */
const narrow = (width: number, devicePxPerMm: number): boolean => width < 70 * devicePxPerMm;
export const gutterOf = (width: number, { devicePxPerMm }: Scale): number => Math.round((narrow(width, devicePxPerMm) ? 4.5 : 7) * devicePxPerMm);

/** Millimetre paper of one size with its calibration pulse; strips copy their columns from it. */
export function drawPaper(width: number, height: number, scale: Scale, palette: Palette): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const ctx = canvas.getContext('2d', { alpha: false })!;
  ctx.fillStyle = palette.paper;
  ctx.fillRect(0, 0, width, height);
  const mm = scale.devicePxPerMm;
  const line = Math.max(1, Math.floor(scale.ratio));
  const x0 = gutterOf(width, scale);
  const y0 = baselineOf(height);
  const rule = (every: number, skip: number, colour: string): void => {
    ctx.fillStyle = colour;
    for (let k = Math.ceil(-x0 / mm / every); k * every * mm < width - x0; k++) if (k % skip !== 0 || skip === 1) ctx.fillRect(Math.round(x0 + k * every * mm), 0, line, height);
    for (let k = Math.ceil(-y0 / mm / every); k * every * mm < height - y0; k++) if (k % skip !== 0 || skip === 1) ctx.fillRect(0, Math.round(y0 + k * every * mm), width, line);
  };
  rule(1, 5, palette.minor);
  rule(5, 1, palette.major);
  drawPulse(ctx, width, scale, palette);
  return canvas;
}

/** The 1 mV calibration pulse, 200 ms wide at 25 mm/s (100 ms on a narrow strip). */
function drawPulse(ctx: CanvasRenderingContext2D, width: number, scale: Scale, palette: Palette): void {
  const mm = scale.devicePxPerMm;
  const plateau = narrow(width, mm) ? 2.5 : 5;
  const y = baselineOf(ctx.canvas.height);
  const top = y - MICROVOLTS_PER_MILLIVOLT * pxPerMicrovolt(scale);
  ctx.strokeStyle = palette.pulse;
  ctx.lineWidth = 1.25 * scale.ratio;
  ctx.lineJoin = 'round';
  ctx.beginPath();
  ctx.moveTo(0, y);
  ctx.lineTo(mm, y);
  ctx.lineTo(mm, top);
  ctx.lineTo((1 + plateau) * mm, top);
  ctx.lineTo((1 + plateau) * mm, y);
  ctx.lineTo((2 + plateau) * mm, y);
  ctx.stroke();
}

/** Diagonal hatching for missing samples, fixed to the canvas so that pieces join. */
export function drawHatch(scale: Scale, palette: Palette): HTMLCanvasElement {
  const size = Math.round(9 * scale.ratio);
  const canvas = document.createElement('canvas');
  canvas.width = size;
  canvas.height = size;
  const ctx = canvas.getContext('2d')!;
  ctx.fillStyle = palette.gapGround;
  ctx.fillRect(0, 0, size, size);
  ctx.strokeStyle = palette.gap;
  ctx.lineWidth = 1.2 * scale.ratio;
  for (const shift of [-size, 0, size]) {
    ctx.beginPath();
    ctx.moveTo(shift - 1, size + 1);
    ctx.lineTo(shift + size + 1, -1);
    ctx.stroke();
  }
  return canvas;
}
