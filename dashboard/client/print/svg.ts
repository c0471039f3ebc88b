/** A sheet as SVG with its size in millimetres, complete in itself. */
import type { Ink, Sheet } from './sheet.ts';

const INKS: Readonly<Record<Ink, string>> = { minor: '#f7c9c0', major: '#e88f80', trace: '#000000', ink: '#000000' };
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function sheetToSvg({ widthMm, heightMm, gaps, lines, words }: Sheet): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthMm}mm" height="${heightMm}mm" viewBox="0 0 ${widthMm} ${heightMm}" font-family="Helvetica, Arial, sans-serif">`,
    '<defs><pattern id="gap" width="2.4" height="2.4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2.4" height="2.4" fill="#eef0f2"/><rect width="0.3" height="2.4" fill="#7a8793"/></pattern></defs>',
    `<rect width="${widthMm}" height="${heightMm}" fill="#ffffff"/>`,
    ...gaps.map(({ xMm, yMm, widthMm: width, heightMm: height }) => `<rect x="${mm(xMm)}" y="${mm(yMm)}" width="${mm(width)}" height="${mm(height)}" fill="url(#gap)"/>`),
    ...lines.map(({ ink, widthMm: width, points }) => `<polyline data-ink="${ink}" points="${pairs(points)}" fill="none" stroke="${INKS[ink]}" stroke-width="${width}" stroke-linejoin="round"/>`),
    ...words.map(({ xMm, yMm, sizeMm, bold, text }) => `<text x="${mm(xMm)}" y="${mm(yMm)}" font-size="${sizeMm}"${bold ? ' font-weight="bold"' : ''}>${escaped(text)}</text>`),
    '</svg>',
  ].join('\n');
}

/** A hundredth of a millimetre is finer than any printer. */
const mm = (value: number): string => value.toFixed(2).replace(/\.?0+$/, '');
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character]!);

function pairs(points: readonly number[]): string {
  let out = '';
  for (let i = 0; i < points.length; i += 2) out += `${i === 0 ? '' : ' '}${mm(points[i]!)},${mm(points[i + 1]!)}`;
  return out;
}
