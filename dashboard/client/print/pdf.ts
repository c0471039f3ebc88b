/**
 * A sheet as PDF 1.4 (ISO 32000): one page in true millimetres, lines as vectors, words in Helvetica, which every reader
 * has. Lines and Latin words are all a strip needs, and they are a few operators; so there is no library here.
 */
import type { Ink, Sheet } from './sheet.ts';

const POINTS_PER_MM = 72 / 25.4;
/** Red, green and blue from 0 to 1. */
const INKS: Readonly<Record<Ink, string>> = { minor: '0.969 0.788 0.753', major: '0.91 0.561 0.502', trace: '0 0 0', ink: '0 0 0' };
const HATCH_MM = 2.4;

/** @returns the file; characters of a sheet that it cannot write stand as `?` */
export async function sheetToPdf(sheet: Sheet, title: string): Promise<Uint8Array> {
  const content = await deflated(contentOf(sheet));
  const size = `${points(sheet.widthMm)} ${points(sheet.heightMm)}`;
  const font = (name: string): string => `<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`;
  const objects: (string | Uint8Array)[][] = [
    ['<< /Type /Catalog /Pages 2 0 R >>'],
    ['<< /Type /Pages /Kids [3 0 R] /Count 1 >>'],
    [`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${size}] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>`],
    [`<< /Length ${content.length} /Filter /FlateDecode >>\nstream\n`, content, '\nendstream'],
    [font('Helvetica')],
    [font('Helvetica-Bold')],
    [`<< /Title ${literal(title)} /Producer (Leadwatch) >>`],
  ];
  return assembled(objects);
}

function contentOf({ heightMm, gaps, lines, words }: Sheet): string {
  const out: string[] = ['1 j 1 J'];
  const at = (xMm: number, yMm: number): string => `${points(xMm)} ${points(heightMm - yMm)}`;
  for (const { xMm, yMm, widthMm, heightMm: height } of gaps) {
    const rect = `${at(xMm, yMm + height)} ${points(widthMm)} ${points(height)} re`;
    out.push('q', `0.933 0.941 0.949 rg ${rect} f`, `${rect} W n`, '0.478 0.529 0.576 RG 0.7 w');
    for (let x = xMm - height; x < xMm + widthMm; x += HATCH_MM) out.push(`${at(x, yMm + height)} m ${at(x + height, yMm)} l S`);
    out.push('Q');
  }
  let pen = '';
  for (const { ink, widthMm, points: line } of lines) {
    const wanted = `${INKS[ink]} RG ${points(widthMm)} w`;
    if (wanted !== pen) out.push((pen = wanted));
    for (let i = 0; i < line.length; i += 2) out.push(`${at(line[i]!, line[i + 1]!)} ${i === 0 ? 'm' : 'l'}`);
    out.push('S');
  }
  out.push('BT 0 0 0 rg');
  for (const { xMm, yMm, sizeMm, bold, text } of words) out.push(`/${bold ? 'F2' : 'F1'} ${points(sizeMm)} Tf 1 0 0 1 ${at(xMm, yMm)} Tm ${literal(text)} Tj`);
  out.push('ET');
  return out.join('\n');
}

const points = (mm: number): string => (mm * POINTS_PER_MM).toFixed(3).replace(/\.?0+$/, '');

/** What WinAnsi has beyond Latin-1 and a strip may say. */
const WIN_ANSI: Readonly<Record<string, number>> = { '–': 0x96, '—': 0x97, '…': 0x85, '‘': 0x91, '’': 0x92, '“': 0x93, '”': 0x94, '€': 0x80, '−': 0x2d };

const codeOf = (character: string): number => WIN_ANSI[character] ?? character.codePointAt(0)!;

/** Whether every word can be written in the encoding of the fonts that every reader has. */
export const canWrite = ({ words }: Sheet): boolean => words.every(({ text }) => [...text].every((character) => codeOf(character) <= 0xff));

/** A literal string; bytes outside ASCII as octal escapes. */
function literal(text: string): string {
  const bytes = [...text].map((character) => {
    const code = codeOf(character);
    if (code > 0xff) return '?';
    if (code < 0x20 || code > 0x7e) return `\\${code.toString(8).padStart(3, '0')}`;
    return '()\\'.includes(character) ? `\\${character}` : String.fromCharCode(code);
  });
  return `(${bytes.join('')})`;
}

/** FlateDecode is the zlib format, which the platform calls `deflate`. */
async function deflated(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Objects 1, 2, ... with the table of where each begins; the last is the document's information. */
function assembled(objects: readonly (readonly (string | Uint8Array)[])[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const encoder = new TextEncoder();
  let length = 0;
  const add = (part: string | Uint8Array): void => {
    const bytes = typeof part === 'string' ? encoder.encode(part) : part;
    parts.push(bytes);
    length += bytes.length;
  };
  add('%PDF-1.4\n');
  const starts = objects.map((object, i) => {
    const start = length;
    add(`${i + 1} 0 obj\n`);
    object.forEach(add);
    add('\nendobj\n');
    return start;
  });
  const table = length;
  add(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${starts.map((start) => `${String(start).padStart(10, '0')} 00000 n \n`).join('')}`);
  add(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info ${objects.length} 0 R >>\nstartxref\n${table}\n%%EOF\n`);
  const file = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
