/** A sheet on its way out of the page: to a printer, or to a file. */
import { ms } from '../../../ecg/units.ts';
import { pageClock } from '../page-clock.ts';
import { el } from '../view/dom.ts';
import { SHEET } from './sheet.ts';

/** A printed strip is read from 30 cm: 300 dots an inch. */
const PNG_DPI = 300;
/** A browser has begun to save a file long before. */
const HELD = ms(60_000);

/** Prints the sheet and nothing else of the page; styles/print.css gives it a page of its own size. */
export function printSheet(svg: string): void {
  document.querySelector('.print-sheet')?.remove();
  const drawing = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
  const sheet = el('div', { class: 'print-sheet', 'aria-hidden': 'true' }, document.importNode(drawing, true));
  document.body.append(sheet);
  addEventListener('afterprint', () => sheet.remove(), { once: true });
  print();
}

/** The drawing in pixels. @throws Error where the browser cannot rasterise it */
export async function svgToPng(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = el('canvas');
    canvas.width = Math.round((SHEET.widthMm / 25.4) * PNG_DPI);
    canvas.height = Math.round((SHEET.heightMm / 25.4) * PNG_DPI);
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the browser made no picture'))), 'image/png'));
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Hands a file to the browser to save. */
export function saveFile(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  el('a', { href: url, download: name }).click();
  pageClock.after(HELD, () => URL.revokeObjectURL(url));
}
