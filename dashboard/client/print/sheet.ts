/**
 * A strip on a sheet of A4, as lines and words in millimetres: what SVG and PDF are written from, so that both are the
 * same drawing and measure true.
 */
import { MICROVOLTS_PER_MILLIVOLT } from '../../../ecg/units.ts';
import type { StripData, StripLead } from '../review/strip-data.ts';

export type Ink = 'minor' | 'major' | 'trace' | 'ink';

/** A polyline; x and y alternate, mm from the upper left. */
export interface Line {
  readonly ink: Ink;
  readonly widthMm: number;
  readonly points: readonly number[];
}

export interface Words {
  readonly xMm: number;
  /** Of the baseline. */
  readonly yMm: number;
  readonly sizeMm: number;
  readonly bold: boolean;
  readonly text: string;
}

/** Missing samples: filled grey and hatched. */
export interface Gap {
  readonly xMm: number;
  readonly yMm: number;
  readonly widthMm: number;
  readonly heightMm: number;
}

export interface Sheet {
  readonly widthMm: number;
  readonly heightMm: number;
  readonly gaps: readonly Gap[];
  readonly lines: readonly Line[];
  readonly words: readonly Words[];
}

export interface SheetScale {
  /** mm/s */
  readonly sweepSpeed: number;
  /** mm/mV */
  readonly displayGain: number;
}

export const SHEET = { widthMm: 297, heightMm: 210 } as const;
const MARGIN = 12;
const HEAD = 26;
const FOOT = 14;
/** Calibration pulse before every row: 1 mm, 5 mm of plateau, 1 mm. */
const PULSE = 7;
const PAPER = { x: MARGIN, y: HEAD, width: 270, height: SHEET.heightMm - HEAD - FOOT - 5 } as const;
/** Rows no higher than 4 mV at 10 mm/mV. */
const ROW_MAX = 40;
/** Three rows of four, then the rhythm strip, as twelve leads are read. */
const TWELVE: readonly (readonly string[])[] = [['I', 'aVR', 'V1', 'V4'], ['II', 'aVL', 'V2', 'V5'], ['III', 'aVF', 'V3', 'V6'], ['II']];
const RULER = 50;
/** Room for the words before the ruler, in any of the languages. */
const RULER_WORDS = 100;

/** How long a strip fits beside its pulse, s. */
export const secondsOnSheet = ({ sweepSpeed }: SheetScale): number => Math.min(30, (PAPER.width - PULSE - 1) / sweepSpeed);

/**
 * @param head lines of words above the paper, the first in bold; they name bed, time, scale and filter
 * @param foot words below it: that this is not a medical device; how to check the scale
 */
export function drawSheet(data: StripData, scale: SheetScale, head: readonly string[], foot: readonly [notMedical: string, ruler: string]): Sheet {
  const lines: Line[] = [];
  const gaps: Gap[] = [];
  const words: Words[] = head.map((text, i) => ({ xMm: MARGIN, yMm: 12 + i * 4.6, sizeMm: i === 0 ? 4.2 : 3.1, bold: i === 0, text }));
  const rows = rowsOf(data);
  const rowHeight = Math.min(ROW_MAX, PAPER.height / rows.length);
  // Whole millimetres, so that the paper ends on a line.
  const height = Math.floor(rowHeight * rows.length);
  drawGrid(height, lines);
  rows.forEach((row, i) => {
    const top = PAPER.y + i * (height / rows.length);
    // 0 mV on a line of the paper.
    const zero = PAPER.y + Math.round(top - PAPER.y + (height / rows.length) * 0.58);
    lines.push(pulse(zero, scale));
    row.forEach((part) => drawPart(part, data, scale, { top, height: height / rows.length, zero }, lines, gaps, words));
  });
  const y = SHEET.heightMm - FOOT + 4;
  words.push({ xMm: MARGIN, yMm: y, sizeMm: 3.1, bold: true, text: foot[0] }, { xMm: SHEET.widthMm - MARGIN - RULER - RULER_WORDS, yMm: y, sizeMm: 2.6, bold: false, text: foot[1] });
  const ruler = SHEET.widthMm - MARGIN - RULER;
  lines.push({ ink: 'ink', widthMm: 0.25, points: [ruler, y - 2, ruler, y, ruler + RULER, y, ruler + RULER, y - 2] });
  return { ...SHEET, gaps, lines, words };
}

/** A lead's part of a row: seconds from and to, of the strip. */
interface Part {
  readonly lead: StripLead;
  readonly from: number;
  readonly to: number;
  /** Where the part begins, seconds from the pulse's end. */
  readonly at: number;
}

function rowsOf(data: StripData): Part[][] {
  const byName = new Map(data.leads.map((lead) => [lead.lead, lead]));
  if (!TWELVE.flat().every((name) => byName.has(name))) return data.leads.map((lead) => [{ lead, from: 0, to: data.seconds, at: 0 }]);
  return TWELVE.map((row) => row.map((name, i) => {
    const width = data.seconds / row.length;
    // All columns run on in time, as a recorder draws them.
    return { lead: byName.get(name)!, from: i * width, to: (i + 1) * width, at: i * width };
  }));
}

function drawGrid(height: number, lines: Line[]): void {
  for (const every of [1, 5]) {
    const ink = every === 1 ? 'minor' : 'major';
    const widthMm = every === 1 ? 0.08 : 0.18;
    for (let x = 0; x <= PAPER.width; x += every) if (every === 5 || x % 5 !== 0) lines.push({ ink, widthMm, points: [PAPER.x + x, PAPER.y, PAPER.x + x, PAPER.y + height] });
    for (let y = 0; y <= height; y += every) if (every === 5 || y % 5 !== 0) lines.push({ ink, widthMm, points: [PAPER.x, PAPER.y + y, PAPER.x + PAPER.width, PAPER.y + y] });
  }
}

/** 1 mV, 200 ms at 25 mm/s. */
function pulse(zero: number, { displayGain }: SheetScale): Line {
  const { x } = PAPER;
  const top = zero - displayGain;
  return { ink: 'ink', widthMm: 0.25, points: [x, zero, x + 1, zero, x + 1, top, x + 6, top, x + 6, zero, x + PULSE, zero] };
}

function drawPart({ lead, from, to, at }: Part, { samplingFrequencyHz: fs }: StripData, { sweepSpeed, displayGain }: SheetScale, row: { top: number; height: number; zero: number }, lines: Line[], gaps: Gap[], words: Words[]): void {
  const left = PAPER.x + PULSE;
  const first = Math.round(from * fs);
  const last = Math.min(lead.samplesUv.length, Math.round(to * fs));
  const x = (sample: number): number => left + (at + (sample - first) / fs) * sweepSpeed;
  // Beyond a row's neighbour a trace is cut off rather than drawn over the head.
  const y = (uv: number): number => Math.min(row.top + row.height * 1.5, Math.max(Math.max(PAPER.y, row.top - row.height * 0.5), row.zero - (uv / MICROVOLTS_PER_MILLIVOLT) * displayGain));
  let points: number[] = [];
  let gapFrom: number | undefined;
  const endLine = (): void => {
    if (points.length > 2) lines.push({ ink: 'trace', widthMm: 0.25, points });
    points = [];
  };
  for (let i = first; i <= last; i++) {
    const value = i < last ? lead.samplesUv[i]! : 0;
    if (Number.isNaN(value)) {
      gapFrom ??= i;
      endLine();
      continue;
    }
    if (gapFrom !== undefined) gaps.push({ xMm: x(gapFrom), yMm: row.top + 1, widthMm: x(i) - x(gapFrom), heightMm: row.height - 2 });
    gapFrom = undefined;
    if (i < last) points.push(x(i), y(value));
  }
  endLine();
  words.push({ xMm: x(first) + 0.8, yMm: row.top + 4, sizeMm: 3.4, bold: true, text: lead.lead });
  if (at > 0) lines.push({ ink: 'ink', widthMm: 0.3, points: [x(first), row.zero - 5, x(first), row.zero + 5] });
}
