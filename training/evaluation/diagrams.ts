/** Diagrams as small SVGs: reliability per label, accuracy against the share answered. */
import type { AbstentionPoint } from './calibration.ts';
import type { CalibrationResult } from './final-tables.ts';

const SIDE = 180;
const MARGIN = 34;

interface Series {
  readonly name: string;
  readonly colour: string;
  /** In [0, 1] both ways. */
  readonly points: readonly (readonly [number, number])[];
}

function panel(title: string, series: readonly Series[], diagonal: boolean): string {
  const at = ([x, y]: readonly [number, number]): string => `${(x * SIDE).toFixed(1)},${((1 - y) * SIDE).toFixed(1)}`;
  return [
    `<rect width="${SIDE}" height="${SIDE}" fill="none" stroke="#bbb"/>`,
    ...(diagonal ? [`<line x1="0" y1="${SIDE}" x2="${SIDE}" y2="0" stroke="#bbb" stroke-dasharray="3 3"/>`] : []),
    `<text y="-6">${title}</text>`,
    `<text y="${SIDE + 14}">0</text><text x="${SIDE}" y="${SIDE + 14}" text-anchor="end">1</text>`,
    ...series.flatMap(({ name, colour, points }, index) => [
      `<polyline points="${points.map(at).join(' ')}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
      ...points.map((point) => `<circle cx="${at(point).split(',')[0]}" cy="${at(point).split(',')[1]}" r="2" fill="${colour}"/>`),
      `<text x="6" y="${14 + 13 * index}" fill="${colour}">${name}</text>`,
    ]),
  ].join('');
}

function svg(panels: readonly string[]): string {
  const cell = SIDE + 2 * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${panels.length * cell}" height="${cell}" font-family="sans-serif" font-size="11">\n${panels.map((content, i) => `<g transform="translate(${i * cell + MARGIN} ${MARGIN})">${content}</g>`).join('\n')}\n</svg>\n`;
}

/** How often a label is true where so much is claimed; the dashed line is honesty. */
export const reliabilitySvg = (results: readonly CalibrationResult[]): string => svg(results.map(({ label, before, after }) => panel(label, [
  { name: `before, ECE ${before.error.toFixed(3)}`, colour: '#c62828', points: before.bins.map(({ meanProbability, shareTrue }) => [meanProbability, shareTrue] as const) },
  { name: `calibrated, ECE ${after.error.toFixed(3)}`, colour: '#1565c0', points: after.bins.map(({ meanProbability, shareTrue }) => [meanProbability, shareTrue] as const) },
], true)));

export const abstentionSvg = (curve: readonly AbstentionPoint[]): string => svg([panel('accuracy against share answered', [
  { name: 'superclass, one label', colour: '#1565c0', points: curve.map(({ answered, accuracy }) => [answered, accuracy] as const) },
], false)]);
