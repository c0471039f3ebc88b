import { describe, expect, it } from 'vitest';
import { packSignals } from '../../ecg/formats/wfdb-pack.ts';
import { MISSING_SAMPLE, readDigitalRecord } from '../../ecg/formats/wfdb.ts';
import { format16, format212, interleave } from '../helpers/wfdb-bytes.ts';
import fc from '../helpers/properties.ts';

const FORMATS = [
  { format: 16, lowest: -(2 ** 15), write: format16 },
  { format: 212, lowest: -(2 ** 11), write: format212 },
] as const;

/** One to four signals of one length. */
const signals = (lowest: number): fc.Arbitrary<number[][]> =>
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 })).chain(([count, length]) =>
    fc.array(fc.array(fc.integer({ min: lowest, max: -lowest - 1 }), { minLength: length, maxLength: length }), { minLength: count, maxLength: count }));

const header = (format: number, given: number[][]): string =>
  [`r ${given.length} 250 ${given[0]!.length}`, ...given.map((_, i) => `r.dat ${format} 200 12 0 0 0 0 lead${i}`)].join('\n');

describe.each(FORMATS)('WFDB format $format', ({ format, lowest, write }) => {
  it('reads back what was written, its lowest value as missing', () => {
    fc.assert(fc.property(signals(lowest), (given) => {
      const record = readDigitalRecord(header(format, given), () => write(interleave(given)), 'r');
      expect(record.adu.map((adu) => [...adu])).toEqual(given.map((signal) => signal.map((value) => (value === lowest ? MISSING_SAMPLE : value))));
    }));
  });

  it('is written as its description says', () => {
    fc.assert(fc.property(signals(lowest), (given) => {
      expect(packSignals(given.map((signal) => Int32Array.from(signal)), format, 'r')).toEqual(write(interleave(given)));
    }));
  });

  it('refuses a signal file with any byte missing at its end', () => {
    fc.assert(fc.property(signals(lowest), fc.nat(), (given, cut) => {
      const bytes = write(interleave(given));
      // An odd number of 12-bit samples leaves the last byte of its group unused.
      const needed = bytes.length - (format === 212 && (given.length * given[0]!.length) % 2 === 1 ? 1 : 0);
      expect(() => readDigitalRecord(header(format, given), () => bytes.subarray(0, cut % needed), 'r')).toThrow(expect.objectContaining({ code: 'WFDB_TRUNCATED' }));
      expect(() => readDigitalRecord(header(format, given), () => bytes.subarray(0, needed), 'r')).not.toThrow();
    }));
  });
});
