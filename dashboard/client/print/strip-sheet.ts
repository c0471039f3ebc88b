/** A strip with its head and foot in the language of the page. */
import { bandwidthText } from '../../../ecg/dsp/display-band.ts';
import { hz } from '../../../ecg/units.ts';
import { bedName } from '../format.ts';
import type { StripData } from '../review/strip-data.ts';
import { dateTimeText } from '../review/window.ts';
import { en, type Texts } from '../text/en.ts';
import { texts } from '../text/texts.ts';
import { canWrite } from './pdf.ts';
import { drawSheet, type Sheet, type SheetScale } from './sheet.ts';

/**
 * @param printedMs when it was made, on the server's clock
 * @param words of which language
 */
export function stripSheet(data: StripData, scale: SheetScale, printedMs: number, words: Texts = texts): Sheet {
  const { sheet, band } = words.review;
  // On paper stands what was drawn: a slow feed has no 150 Hz.
  const bandwidth = data.band.name === '' ? band('') : bandwidthText(data.band, hz(data.samplingFrequencyHz));
  const rate = heartRateOf(data);
  const heartRate = rate === undefined ? '' : ` · ${sheet.heartRate} ${Math.round(rate)} ${words.bpm}`;
  return drawSheet(data, scale, [
    `${bedName(data.bed)} · ${dateTimeText(data.fromMs)}`,
    `${sheet.speed} ${scale.sweepSpeed} ${words.mmPerS} · ${sheet.gain} ${scale.displayGain} ${words.mmPerMv} · ${sheet.filter} ${bandwidth} · ${data.leads.map(({ lead }) => lead).join(' ')}${heartRate}`,
    `${sheet.printed} ${dateTimeText(printedMs)} · ${words.product}`,
  ], [words.notMedical, sheet.ruler]);
}

/** The sheet for a PDF: in English where the fonts that every reader has cannot write the page's language. */
export function pdfSheet(data: StripData, scale: SheetScale, printedMs: number): Sheet {
  const drawn = stripSheet(data, scale, printedMs);
  return canWrite(drawn) ? drawn : stripSheet(data, scale, printedMs, en);
}

/** `bed-1-20260301T140307`: no more of a patient than the address has. */
export const stripName = (data: StripData): string => `${data.bed}-${dateTimeText(data.fromMs).replace(/[-:]/g, '').replace(' ', 'T')}`;

/**
 * Mean rate of the strip's beats, bpm; undefined below three. A median would say 91 or 48 of one bigeminy, as the strip happens to end.
 * Two beats with missing samples between them are no interval.
 */
export function heartRateOf({ beats, fromMs, samplingFrequencyHz: fs, leads }: StripData): number | undefined {
  const isKnown = (fromIndex: number, toIndex: number): boolean => leads.some(({ samplesUv }) => !samplesUv.subarray(fromIndex, toIndex).some(Number.isNaN));
  const indexOf = (atMs: number): number => Math.round(((atMs - fromMs) * fs) / 1000);
  const intervals = beats.slice(1).flatMap(({ atMs }, i) => (isKnown(indexOf(beats[i]!.atMs), indexOf(atMs)) ? [atMs - beats[i]!.atMs] : []));
  return intervals.length < 2 ? undefined : (60_000 * intervals.length) / intervals.reduce((sum, each) => sum + each, 0);
}
