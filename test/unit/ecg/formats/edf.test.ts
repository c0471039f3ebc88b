/** EDF as its specification lays it out, written here byte for byte. */
import { describe, expect, it } from 'vitest';
import { readEdf } from '../../../../ecg/formats/edf.ts';
import { MISSING_SAMPLE, toMicrovolts } from '../../../../ecg/formats/wfdb.ts';

interface Signal {
  readonly label: string;
  readonly unit: string;
  readonly physical: readonly [number, number];
  readonly digital: readonly [number, number];
  /** Samples of each data record; of annotations, the text. */
  readonly records: readonly (readonly number[] | string)[];
}

function writeEdf(signals: readonly Signal[], { seconds = 1, reserved = '', count = signals[0]!.records.length } = {}): Uint8Array {
  const fields = (values: readonly (string | number)[], width: number): string => values.map((value) => String(value).padEnd(width)).join('');
  const lengths = signals.map(({ records }) => (typeof records[0] === 'string' ? 12 : records[0]!.length));
  const header = fields(['0'], 8) + fields(['patient', 'recording'], 80) + fields(['01.02.26', '10.20.30'], 8) + fields([256 * (signals.length + 1)], 8)
    + fields([reserved], 44) + fields([count, seconds], 8) + fields([signals.length], 4)
    + fields(signals.map(({ label }) => label), 16) + fields(signals.map(() => 'AgAgCl'), 80) + fields(signals.map(({ unit }) => unit), 8)
    + fields(signals.map(({ physical }) => physical[0]), 8) + fields(signals.map(({ physical }) => physical[1]), 8)
    + fields(signals.map(({ digital }) => digital[0]), 8) + fields(signals.map(({ digital }) => digital[1]), 8)
    + fields(signals.map(() => ''), 80) + fields(lengths, 8) + fields(signals.map(() => ''), 32);
  const body = signals[0]!.records.flatMap((_, record) => signals.flatMap(({ records }) => {
    const data = records[record]!;
    return typeof data === 'string' ? [...Buffer.from(data.padEnd(24, '\0'), 'latin1')] : [...new Uint8Array(Int16Array.from(data).buffer)];
  }));
  return Uint8Array.from([...Buffer.from(header, 'latin1'), ...body]);
}
const ramp = (from: number): number[] => Array.from({ length: 100 }, (_, i) => from + i);
const lead = (label: string, unit: string, records: Signal['records']): Signal => ({ label, unit, physical: [-3.2768, 3.2767], digital: [-32768, 32767], records });
const airflow = { ...lead('Airflow', 'l/s', [ramp(5), ramp(5)]) };

describe('an EDF file', () => {
  it('gives the ECG signals in their own units, and leaves the others out', () => {
    const { record } = readEdf(writeEdf([lead('ECG II', 'mV', [ramp(0), ramp(100)]), airflow, lead('V1', 'mV', [ramp(7), ramp(107)])]), 'x.edf');
    expect(record).toMatchObject({ samplingFrequency: 100, leads: ['II', 'V1'], railAdu: [-32767, 32767] });
    expect([...record.adu[0]!]).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(toMicrovolts(record).samplesUv[0]![10]).toBeCloseTo(1, 3); // 10 adu of 0.1 uV
  });

  it('takes microvolts and a zero that is not in the middle exactly', () => {
    const { record } = readEdf(writeEdf([{ label: 'II', unit: 'uV', physical: [0, 1000], digital: [0, 2000], records: [ramp(1000)] }]), 'x.edf');
    expect(record.adcGain[0]).toBeCloseTo(2000, 9);
    expect(toMicrovolts(record).samplesUv[0]![0]).toBeCloseTo(500, 3);
  });

  it('keeps the gaps of a discontinuous EDF+D as missing samples', () => {
    const { record } = readEdf(writeEdf([
      lead('II', 'mV', [ramp(0), ramp(100)]), { ...lead('EDF Annotations', '', ['+0\x14\x14', '+2.5\x14\x14']) },
    ], { reserved: 'EDF+D' }), 'x.edf');
    expect(record.adu[0]).toHaveLength(350);
    expect([record.adu[0]![99], record.adu[0]![100], record.adu[0]![249], record.adu[0]![250]]).toEqual([99, MISSING_SAMPLE, MISSING_SAMPLE, 100]);
  });

  it('tells when it began, to the fraction that EDF+ gives, and what was noted and when', () => {
    const { startMs, annotations } = readEdf(writeEdf([
      lead('II', 'mV', [ramp(0), ramp(100)]), { ...lead('EDF Annotations', '', ['+0.25\x14\x14\0+0.5\x14V\x14', '+1.25\x14\x14\0+1.5\x15' + '2\x14 \u00c3\u00bc\x14']) },
    ], { reserved: 'EDF+C' }), 'x.edf');
    expect(new Date(startMs).getUTCMilliseconds()).toBe(250);
    expect(annotations).toEqual([{ sample: 25, symbol: 'V', aux: '', subtype: 0 }, { sample: 125, symbol: '"', aux: ' \u00fc', subtype: 0 }]);
  });

  it('takes the lowest number of all for a missing sample, as it was written', () => {
    const { record } = readEdf(writeEdf([lead('II', 'mV', [[5, -32768, 7, ...ramp(0).slice(3)]])]), 'x.edf');
    expect([...record.adu[0]!.subarray(0, 3)]).toEqual([5, MISSING_SAMPLE, 7]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['with no ECG', writeEdf([airflow]), /holds no ECG.*Airflow/],
    ['that says more than it holds', writeEdf([lead('II', 'mV', [ramp(0)])], { count: 9 }), /expected 9 data records, received 1/],
    ['without a scale', writeEdf([{ ...lead('II', 'mV', [ramp(0)]), physical: [1, 1] }]), /no scale/],
    ['cut in its header', writeEdf([lead('II', 'mV', [ramp(0)])]).slice(0, 300), /cut short/],
    ['of another kind', new TextEncoder().encode('BIOSEMI'.padEnd(600)), /not EDF/],
  ])('%s is refused', (_, bytes, message) => expect(() => readEdf(bytes, 'x.edf')).toThrow(message));
});
