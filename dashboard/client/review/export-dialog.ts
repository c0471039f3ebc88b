import { saveFile, svgToPng } from '../print/output.ts';
import { sheetToPdf } from '../print/pdf.ts';
import type { Sheet } from '../print/sheet.ts';
import { sheetToSvg } from '../print/svg.ts';
import { texts } from '../text/texts.ts';
import { el, setText } from '../view/dom.ts';
import type { HistoryClient, Span } from './history-client.ts';
import { dateTimeText, parseTime } from './window.ts';

/** Formats of samples that the server writes. */
const SAMPLE_FORMATS = [['wfdb', 'WFDB'], ['edf', 'EDF+'], ['csv', 'CSV'], ['fhir', 'FHIR']] as const;

type Sheets = NonNullable<ExportParts['sheets']>;
const DRAWINGS: Readonly<Record<'pdf' | 'svg' | 'png', (sheets: Sheets, title: string) => Promise<Blob>>> = {
  pdf: async ({ pdf }, title) => new Blob([(await sheetToPdf(pdf, title)) as BlobPart], { type: 'application/pdf' }),
  svg: async ({ svg }) => new Blob([sheetToSvg(svg)], { type: 'image/svg+xml' }),
  png: async ({ svg }) => svgToPng(sheetToSvg(svg)),
};

export interface ExportParts {
  readonly client: HistoryClient;
  /** The interval offered first. */
  readonly span: Span;
  /** The strip as a sheet, for SVG and for PDF; undefined where nothing is stored there. */
  readonly sheets: { readonly svg: Sheet; readonly pdf: Sheet } | undefined;
  /** Of the files, without ending. */
  readonly name: string;
}

/** The strip as a drawing; the samples of any interval in formats that other programs read. */
export function exportDialog({ client, span, sheets, name }: ExportParts): void {
  const status = el('p', { role: 'status', class: 'export-status' });
  const from = el('input', { type: 'text', value: dateTimeText(span.fromMs), 'aria-label': texts.review.from, autocomplete: 'off' });
  const to = el('input', { type: 'text', value: dateTimeText(span.toMs), 'aria-label': texts.review.to, autocomplete: 'off' });
  const doing = async (make: () => Promise<{ readonly name: string; readonly blob: Blob }>): Promise<void> => {
    setText(status, texts.review.exporting);
    try {
      const file = await make();
      saveFile(file.name, file.blob);
      setText(status, texts.review.exported(file.name));
    } catch (error) {
      setText(status, texts.review.failed((error as Error).message));
    }
  };
  const interval = (): Span => {
    const fromMs = parseTime(from.value, span.fromMs);
    const toMs = parseTime(to.value, span.toMs);
    if (fromMs === undefined || toMs === undefined) throw new Error(texts.review.notATime(fromMs === undefined ? from.value : to.value));
    return { bed: span.bed, fromMs, toMs };
  };
  const button = (text: string, format: string, make: () => Promise<{ readonly name: string; readonly blob: Blob }>, disabled = false): HTMLButtonElement => {
    const element = el('button', { type: 'button', 'data-format': format }, text);
    element.disabled = disabled;
    element.addEventListener('click', () => void doing(make));
    return element;
  };
  const close = el('button', { type: 'button' }, texts.cancel);
  const dialog = el('dialog', { class: 'dialog export-dialog', 'data-dialog': 'export', 'aria-label': texts.review.exportTitle },
    el('h2', {}, texts.review.exportTitle),
    el('h3', {}, texts.review.exportStrip),
    el('div', { class: 'export-buttons' },
      ...(['pdf', 'svg', 'png'] as const).map((format) => button(format.toUpperCase(), format, async () => ({ name: `${name}.${format}`, blob: await DRAWINGS[format](sheets!, name) }), !sheets))),
    el('h3', {}, texts.review.exportInterval),
    el('div', { class: 'export-interval' }, el('label', {}, texts.review.from, from), el('label', {}, texts.review.to, to)),
    el('div', { class: 'export-buttons' }, ...SAMPLE_FORMATS.map(([format, text]) => button(text, format, async () => client.exported(interval(), format)))),
    status, el('div', { class: 'dialog-buttons' }, close));
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
