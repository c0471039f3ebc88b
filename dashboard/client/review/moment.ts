import { MICROVOLTS_PER_MILLIVOLT } from '../../../ecg/units.ts';
import type { Settings } from '../settings.ts';
import { texts } from '../text/texts.ts';
import { isMissing, Polyline, traceLine } from '../trace/columns.ts';
import { baselineOf, drawHatch, drawPaper, gutterOf, readPalette, type Scale } from '../trace/paper.ts';
import { LeadRing } from '../trace/ring.ts';
import { strokeTrace } from '../trace/stroke.ts';
import { el, setHidden, setText } from '../view/dom.ts';
import { Calipers } from './calipers.ts';
import type { StripData } from './strip-data.ts';

/** A lead's row, mm at 10 mm/mV: 2.2 mV are seen whole. */
const ROW_MM = 22;
/** Longest stretch shown, s. */
const MAX_SECONDS = 30;

export type MomentScale = Pick<Settings, 'sweepSpeed' | 'displayGain'> & { readonly pxPerMm: number };

/** The chosen moment at the speed, gain and millimetres of the live page: every lead on paper, to be measured. */
export class Moment {
  readonly element: HTMLElement;
  readonly #canvas = el('canvas', { 'aria-hidden': 'true' });
  readonly #names = el('div', { class: 'moment-names' });
  readonly #message = el('p', { class: 'moment-message', role: 'status' });
  readonly #paper: HTMLElement;
  readonly #calipers: Calipers;
  readonly #line = new Polyline(65_536);

  constructor() {
    this.#calipers = new Calipers();
    this.#paper = el('div', { class: 'moment-paper', tabindex: '0', role: 'group', 'aria-label': `${texts.review.strip}. ${texts.review.measure}` }, this.#canvas, this.#names, this.#calipers.element);
    this.#calipers.listenTo(this.#paper);
    this.element = el('div', { class: 'moment' }, this.#paper, this.#message);
    this.say(texts.review.stripLoading);
  }

  /** How many seconds fit. */
  seconds(scale: MomentScale): number {
    const width = this.element.clientWidth;
    const gutter = gutterOf(width, { ...scale, devicePxPerMm: scale.pxPerMm, ratio: 1 });
    return Math.max(1, Math.min(MAX_SECONDS, Math.floor((10 * (width - gutter)) / (scale.pxPerMm * scale.sweepSpeed)) / 10));
  }

  /** Says something in place of a strip. */
  say(text: string): void {
    setHidden(this.#paper, true);
    setText(this.#message, text);
  }

  show(data: StripData, scale: MomentScale): void {
    setHidden(this.#paper, false);
    setText(this.#message, '');
    const ratio = devicePixelRatio;
    const drawn: Scale = { sweepSpeed: scale.sweepSpeed, displayGain: scale.displayGain, ratio, devicePxPerMm: scale.pxPerMm * ratio };
    const width = Math.round(this.element.clientWidth * ratio);
    // Two or three leads share the height that there is; many leads scroll at a row's least height.
    const rowHeight = Math.round(Math.max(ROW_MM * drawn.devicePxPerMm * Math.min(1, scale.displayGain / 10), (this.element.clientHeight * ratio) / data.leads.length - 1));
    const gutter = gutterOf(width, drawn);
    this.#canvas.width = width;
    this.#canvas.height = rowHeight * data.leads.length;
    this.#canvas.style.width = `${width / ratio}px`;
    this.#canvas.style.height = `${this.#canvas.height / ratio}px`;
    const palette = readPalette(document.documentElement);
    const ctx = this.#canvas.getContext('2d', { alpha: false })!;
    const sheet = drawPaper(width, rowHeight, drawn, palette);
    const hatch = ctx.createPattern(drawHatch(drawn, palette), 'repeat')!;
    const columnsPerSample = (scale.sweepSpeed * drawn.devicePxPerMm) / data.samplingFrequencyHz;
    const columns = Math.min(width - gutter, Math.floor(data.leads[0]!.samplesUv.length * columnsPerSample));
    // All the paper first: a large QRS reaches into the rows beside its own.
    data.leads.forEach((_, row) => ctx.drawImage(sheet, 0, row * rowHeight));
    data.leads.forEach(({ samplesUv }, row) => {
      const top = row * rowHeight;
      const ring = new LeadRing(samplesUv.length);
      ring.write(0, samplesUv);
      ctx.fillStyle = hatch;
      for (let x = 0; x < columns; x++) if (isMissing(ring, x, columnsPerSample, 0) && (x + 2) / columnsPerSample < samplesUv.length) ctx.fillRect(gutter + x, top, 1, rowHeight);
      traceLine(ring, 0, columns, columnsPerSample, this.#line);
      const zero = top + baselineOf(rowHeight);
      ctx.save();
      ctx.beginPath();
      ctx.rect(gutter, 0, columns, this.#canvas.height);
      ctx.clip();
      strokeTrace(ctx, this.#line, gutter, zero, drawn, palette);
      ctx.restore();
    });
    for (const { atMs, class: kind } of data.beats) {
      const x = gutter + ((atMs - data.fromMs) / 1000) * scale.sweepSpeed * drawn.devicePxPerMm;
      const ventricular = kind === 'ventricular';
      ctx.fillStyle = ventricular ? palette.ventricular : palette.beat;
      ctx.fillRect(x - ratio, 0, (ventricular ? 3 : 1.5) * ratio, (ventricular ? 9 : 5) * ratio);
    }
    this.#names.replaceChildren(...data.leads.map(({ lead }, row) => {
      const name = el('span', { class: 'moment-lead' }, lead);
      name.style.top = `${(row * rowHeight) / ratio + 4}px`;
      return name;
    }));
    this.#calipers.scale(scale.sweepSpeed * scale.pxPerMm, (scale.displayGain * scale.pxPerMm) / MICROVOLTS_PER_MILLIVOLT);
  }
}
