import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { canWrite, sheetToPdf } from '../../../dashboard/client/print/pdf.ts';
import { drawSheet, secondsOnSheet, type Sheet } from '../../../dashboard/client/print/sheet.ts';
import { heartRateOf, stripSheet } from '../../../dashboard/client/print/strip-sheet.ts';
import { sheetToSvg } from '../../../dashboard/client/print/svg.ts';
import { BANDS, type StripData } from '../../../dashboard/client/review/strip-data.ts';

const FS = 250;
const SCALE = { sweepSpeed: 25, displayGain: 10 } as const;
/** 1 mV for the first 40 ms of every second; the fourth second is missing. */
const strip = (leads: readonly string[]): StripData => ({
  bed: 'bed-1', fromMs: 0, seconds: 10, samplingFrequencyHz: FS, beats: [], band: BANDS[0],
  leads: leads.map((lead) => ({ lead, samplesUv: Float32Array.from({ length: 10 * FS }, (_, i) => (Math.floor(i / FS) === 3 ? NaN : i % FS < 10 ? 1000 : 0)) })),
});
const sheetOf = (leads: readonly string[]): Sheet => drawSheet(strip(leads), SCALE, ['Bed 1 (left)', 'Müller & Söhne <1>'], ['Not a medical device', 'ruler']);

/** Rising edges and heights of the spikes of a trace, mm. */
function spikes(points: readonly number[]): { at: number[]; heights: number[] } {
  const at: number[] = [];
  const heights: number[] = [];
  const zero = points[points.length - 1]!;
  for (let i = 2; i < points.length; i += 2) {
    if (points[i + 1]! >= zero - 1 || points[i - 1]! < zero - 1) continue;
    at.push(points[i]!);
    heights.push(zero - points[i + 1]!);
  }
  return { at, heights };
}

describe('a strip on paper', () => {
  it('measures true: a second is 25 mm, a millivolt 10 mm, the pulse 5 mm by 10 mm, and a gap is as long as it lasted', () => {
    const { lines, gaps } = sheetOf(['II']);
    const traces = lines.filter(({ ink }) => ink === 'trace');
    expect(traces).toHaveLength(2); // none across the gap
    const { at, heights } = spikes(traces[1]!.points);
    expect(at[1]! - at[0]!).toBeCloseTo(25, 6);
    expect(heights[0]).toBeCloseTo(10, 6);
    expect(gaps.map(({ widthMm }) => widthMm)).toEqual([expect.closeTo(25, 6)]);
    const pulse = lines.find(({ ink, points }) => ink === 'ink' && points.length === 12)!.points;
    expect([pulse[6]! - pulse[4]!, pulse[3]! - pulse[5]!]).toEqual([5, 10]);
    expect(secondsOnSheet(SCALE)).toBeGreaterThanOrEqual(10);
  });

  it('draws millimetre paper: lines a millimetre apart, every fifth of them bold', () => {
    const vertical = sheetOf(['II']).lines.filter(({ ink, points }) => (ink === 'minor' || ink === 'major') && points[0] === points[2]);
    const xs = [...new Set(vertical.map(({ points }) => points[0]!))].sort((a, b) => a - b);
    expect(new Set(xs.slice(1).map((x, i) => Math.round((x - xs[i]!) * 1000)))).toEqual(new Set([1000]));
    expect(vertical.filter(({ ink }) => ink === 'major')).toHaveLength(55);
  });

  it('lays twelve leads out as three rows of four and a rhythm strip, any others one below the other', () => {
    const names = (leads: readonly string[]): string[] => sheetOf(leads).words.filter(({ bold, sizeMm }) => bold && sizeMm === 3.4).map(({ text }) => text);
    expect(names(['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'])).toEqual(
      ['I', 'aVR', 'V1', 'V4', 'II', 'aVL', 'V2', 'V5', 'III', 'aVF', 'V3', 'V6', 'II']);
    expect(names(['MLII', 'V5'])).toEqual(['MLII', 'V5']);
  });

  it('has one heart rate for a bigeminy, however many of its beats it shows, and counts no beat into a gap', () => {
    const bigeminy = [0, 500, 1700, 2200, 3400, 3900].map((atMs) => ({ atMs: 4000 + atMs, class: 'normal' })); // pairs 1.7 s apart: 70.6 bpm
    const rates = [5, 6].map((count) => heartRateOf({ ...strip(['II']), beats: bigeminy.slice(0, count) })!);
    for (const rate of rates) expect(Math.abs(rate - 70.6)).toBeLessThan(8);
    const around = [1500, 2500, 4500, 5500].map((atMs) => ({ atMs, class: 'normal' })); // the fourth second is missing
    expect(heartRateOf({ ...strip(['II']), beats: around })).toBeCloseTo(60, 6);
    expect(heartRateOf({ ...strip(['II']), beats: around.slice(0, 2) })).toBeUndefined();
  });

  it('names the bandwidth that was drawn: 250 Hz hold no 150 Hz', () => {
    const said = BANDS.map((band) => stripSheet({ ...strip(['II']), band }, SCALE, 0).words.map(({ text }) => text).join(' '));
    ['Filter 0.5-40 Hz', 'Filter 0.05-125 Hz', 'Filter as recorded'].forEach((bandwidth, i) => expect(said[i]).toContain(bandwidth));
    const fast = stripSheet({ ...strip(['II']), samplingFrequencyHz: 500, band: BANDS[1] }, SCALE, 0);
    expect(fast.words.map(({ text }) => text).join(' ')).toContain('0.05-150 Hz');
  });

  it('is an SVG of its own size in millimetres, its words escaped', () => {
    const svg = sheetToSvg(sheetOf(['II']));
    expect(svg).toContain('width="297mm" height="210mm" viewBox="0 0 297 210"');
    expect(svg).toContain('Müller &amp; Söhne &lt;1&gt;');
  });

  it('is a PDF of the same size with the same words and lines, every object where its table says', async () => {
    const sheet = sheetOf(['II']);
    const bytes = Buffer.from(await sheetToPdf(sheet, 'bed-1 (strip)'));
    const text = bytes.toString('latin1');
    const [, width, height] = /MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(text)!.map(Number);
    expect(width! / 72 * 25.4).toBeCloseTo(297, 2);
    expect(height! / 72 * 25.4).toBeCloseTo(210, 2);
    const table = Number(/startxref\n(\d+)/.exec(text)![1]);
    const starts = [...text.slice(table).matchAll(/^(\d{10}) 00000 n /gm)].map((match) => Number(match[1]));
    starts.forEach((start, i) => expect(text.startsWith(`${i + 1} 0 obj`, start)).toBe(true));
    expect(text).toContain('/Title (bed-1 \\(strip\\))');
    const at = text.indexOf('stream\n') + 'stream\n'.length;
    const content = inflateSync(bytes.subarray(at, at + Number(/\/Length (\d+)/.exec(text)![1]))).toString('latin1');
    expect(content).toContain('(Bed 1 \\(left\\)) Tj');
    expect(content).toContain('(M\\374ller & S\\366hne <1>) Tj');
    expect(content.match(/ S$|^S$/gm)!.length).toBeGreaterThan(sheet.lines.length);
  });

  it('knows which words a PDF cannot say in the fonts that every reader has', () => {
    const sheet = sheetOf(['II']);
    expect(canWrite(sheet)).toBe(true);
    expect(canWrite({ ...sheet, words: [{ ...sheet.words[0]!, text: '非医疗器械' }] })).toBe(false);
  });
});
