/** Curves of a run as a small SVG: one panel a quantity, epochs along the bottom. */
export interface Curve {
  readonly name: string;
  /** One per epoch. */
  readonly values: readonly number[];
}

const PANEL = { width: 260, height: 120, margin: 28, perRow: 3 } as const;

export function curvesSvg(curves: readonly Curve[]): string {
  const rows = Math.ceil(curves.length / PANEL.perRow);
  const cell = { width: PANEL.width + 2 * PANEL.margin, height: PANEL.height + 2 * PANEL.margin };
  const panels = curves.map((curve, index) => {
    const x = (index % PANEL.perRow) * cell.width + PANEL.margin;
    const y = Math.floor(index / PANEL.perRow) * cell.height + PANEL.margin;
    return `<g transform="translate(${x} ${y})">${panel(curve)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${PANEL.perRow * cell.width}" height="${rows * cell.height}" font-family="sans-serif" font-size="11">\n${panels.join('\n')}\n</svg>\n`;
}

function panel({ name, values }: Curve): string {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const span = high - low || 1;
  const points = values.map((value, i) => {
    const x = values.length === 1 ? 0 : (i / (values.length - 1)) * PANEL.width;
    return `${x.toFixed(1)},${(PANEL.height * (1 - (value - low) / span)).toFixed(1)}`;
  });
  return [
    `<rect width="${PANEL.width}" height="${PANEL.height}" fill="none" stroke="#bbb"/>`,
    `<polyline points="${points.join(' ')}" fill="none" stroke="#1565c0" stroke-width="1.5"/>`,
    `<text y="-6">${name}: ${values.at(-1)!.toFixed(3)}</text>`,
    `<text x="${PANEL.width}" y="10" text-anchor="end" fill="#777">${high.toFixed(3)}</text>`,
    `<text x="${PANEL.width}" y="${PANEL.height - 3}" text-anchor="end" fill="#777">${low.toFixed(3)}, ${values.length} epochs</text>`,
  ].join('');
}
