/** Makes the newest rows of minutes again, from the seconds that were stored: a crash loses those that were gathering. */
import { bytesToBlock, splitParts } from '../block-bytes.ts';
import type { Catalogue } from './catalogue.ts';
import type { Minutes } from './minutes.ts';
import { unpackNumerics } from './row-values.ts';
import { BEDS_PER_KEY, rowKey, type TableFile } from './table-file.ts';

/** A minute is written a few seconds after its end, so at most two are missing; one more for a slow disk. */
const RECOVERED_SECONDS = 180;

export function recoverMinutes(file: TableFile, name: string, kind: 'wave' | 'trend', catalogue: Catalogue, minutes: Minutes): void {
  const newest = file.newestKey('second');
  if (newest === undefined) return;
  const last = Math.floor(newest / BEDS_PER_KEY);
  const first = Math.floor((last - RECOVERED_SECONDS) / 60) * 60;
  for (const { k, v } of file.range('second', rowKey(first, 0), rowKey(last + 1, 0))) {
    const second = Math.floor(k / BEDS_PER_KEY);
    const bed = k % BEDS_PER_KEY;
    if (kind === 'trend') {
      for (const { series, value } of unpackNumerics(v)) minutes.numeric(name, bed, second, series, value);
    } else {
      for (const part of splitParts(v)) {
        minutes.extremes(name, bed, second, bytesToBlock(part, '', catalogue.signalOf), (lead) => catalogue.numberFor('series', lead));
      }
    }
  }
}
