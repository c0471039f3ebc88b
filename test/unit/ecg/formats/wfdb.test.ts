import { describe, expect, it } from 'vitest';
import { canonicalLead, nearestStandardLead } from '../../../../ecg/leads.ts';
import { MISSING_SAMPLE, parseHeader, readDigitalRecord, readRecord } from '../../../../ecg/formats/wfdb.ts';
import { format16, format212, format310, format311, interleave } from '../../../helpers/wfdb-bytes.ts';

/** As published: MIT-BIH 207, PTB-XL 1, CinC 2015 a103l, NSTDB bw. */
const MITDB = `207 2 360 650000
207.dat 212 200 11 1024 981 11594 0 MLII
207.dat 212 200 11 1024 1043 -9539 0 V1
# 89 F 859 694 x1
# Digoxin, Quinaglute
`;
const CINC = 'a103l 2 250 82500\r\na103l.dat 16 200(0)/mV 16 0 -5 12234 0 II\r\na103l.dat 16 200(0)/mV 16 0 174 -17497 0 V\r\n#Asystole\r\n#False alarm\r\n';

const noFile = (): Uint8Array => {
  throw new Error('no file is read');
};

describe('WFDB headers', () => {
  it('take the baseline from the ADC zero where the gain field has none', () => {
    const header = parseHeader(MITDB, '207.hea');
    expect(header).toMatchObject({ name: '207', samplingFrequency: 360, samples: 650000, comments: ['89 F 859 694 x1', 'Digoxin, Quinaglute'] });
    expect(header.signals[1]).toEqual({
      file: '207.dat', format: 212, byteOffset: 0, adcGain: 200, baseline: 1024, unit: 'mV', resolutionBits: 11, adcZero: 1024, checksum: -9539, description: 'V1' });
  });

  it('with CRLF line ends and a baseline in the gain field are read', () => {
    const { signals, comments } = parseHeader(CINC, 'a103l.hea');
    expect(signals.map(({ adcGain, baseline, description }) => [adcGain, baseline, description])).toEqual([[200, 0, 'II'], [200, 0, 'V']]);
    expect(comments).toEqual(['Asystole', 'False alarm']);
  });

  it('without gain, frequency and names get the defaults of header(5)', () => {
    const header = parseHeader('x 1\nx.dat 16\n', 'x.hea');
    expect(header.samplingFrequency).toBe(250);
    expect(header.signals[0]).toMatchObject({ adcGain: 200, baseline: 0, unit: 'mV', resolutionBits: 12, description: 'signal 0' });
  });

  it('count a gain of 0 as not calibrated, 200 adu/mV', () => {
    expect(parseHeader('bw 1 360 650000\nbw.dat 212 0 12 0 -29 -3562 0 noise1\n', 'bw.hea').signals[0]!.adcGain).toBe(200);
  });

  it.each([
    ['', /no record line/],
    ['x two 360', /number of signals.*expected a whole number, received two/],
    ['x 2 360 10\nx.dat 16', /ends early.*expected 2 lines.*received 1/],
    ['x 1 -360 10\nx.dat 16', /sampling frequency.*received -360/],
    ['x 1 360 10\nx.dat sixteen', /storage format.*received sixteen/],
    ['x 1 360 10\nx.dat 16 fast/mV', /gain.*received fast\/mV/],
    ['x 1 360 10\nx.dat 16 200 12 zero', /ADC zero.*received zero/],
  ])('%j are refused with what was expected and received', (text, message) => {
    expect(() => parseHeader(text, 'x.hea')).toThrow(message);
    expect(() => parseHeader(text, 'x.hea')).toThrow(expect.objectContaining({ code: 'WFDB_HEADER', from: 'x.hea' }));
  });
});

describe('WFDB records', () => {
  it('become microvolts by gain and baseline, missing samples NaN', () => {
    const header = 'r 2 250 3\nr.dat 212 200(10)/mV 12 0 0 0 0 II\nr.dat 212 100/mV 12 50 0 0 0 V\n';
    const bytes = format212(interleave([[10, 210, -2048], [50, -2048, 150]]));
    const record = readRecord(header, () => bytes, 'r');
    expect(record.leads).toEqual(['II', 'V']);
    expect([...record.samplesUv[0]!]).toEqual([0, 1000, NaN]);
    expect([...record.samplesUv[1]!]).toEqual([0, NaN, 1000]);
  });

  it('keep lead names nobody knows, and know the chest lead without a place', () => {
    const record = readRecord('r 1 360 1\nr.dat 16 0 12 0 0 0 0 noise1\n', () => format16([1]), 'r');
    expect(record.leads).toEqual(['noise1']);
    expect(canonicalLead('V')).toBe('V');
    expect(nearestStandardLead('V')).toBe('V1');
  });

  it('spell the leads of PTB-XL the usual way', () => {
    const record = readRecord('r 1 100 1\nr.dat 16 1000.0(0)/mV 16 0 0 0 0 AVR\n', () => format16([-120]), 'r');
    expect(record.leads).toEqual(['aVR']);
    expect(record.samplesUv[0]![0]).toBe(-120);
  });

  it('are read from several files of different formats, each file once', () => {
    const files: Record<string, Uint8Array> = { 'a.dat': format16(interleave([[1, 2, 3], [4, 5, 6]])), 'b.dat': format310([7, -8, 511]) };
    const asked: string[] = [];
    const header = 'r 3 250 3\na.dat 16 200 12 0 0 0 0 I\na.dat 16 200 12 0 0 0 0 II\nb.dat 310 200 10 0 0 0 0 V1\n';
    const record = readDigitalRecord(header, (name) => (asked.push(name), files[name]!), 'r');
    expect(record.adu.map((samples) => [...samples])).toEqual([[1, 2, 3], [4, 5, 6], [7, -8, 511]]);
    expect(asked).toEqual(['a.dat', 'b.dat']);
  });

  it.each([
    [80, Uint8Array.of(128, 0, 255), [0, MISSING_SAMPLE, 127]],
    [24, Uint8Array.of(1, 0, 0, 0xff, 0xff, 0xff, 0, 0, 0x80), [1, -1, MISSING_SAMPLE]],
    [32, Uint8Array.of(1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0x80), [1, -2, MISSING_SAMPLE]],
    [61, Uint8Array.of(0, 1, 0xff, 0xff, 0x80, 0), [1, -1, MISSING_SAMPLE]],
    [160, Uint8Array.of(0, 0x80, 1, 0x80, 0, 0), [0, 1, MISSING_SAMPLE]],
    [310, format310([1, -1, -512]), [1, -1, MISSING_SAMPLE]],
    [311, format311([1, -1, -512]), [1, -1, MISSING_SAMPLE]],
  ])('of format %i are read', (format, bytes, samples) => {
    const record = readDigitalRecord(`r 1 250 3\nr.dat ${format} 200 12 0 0 0 0 II\n`, () => bytes, 'r');
    expect([...record.adu[0]!]).toEqual(samples);
  });

  it('without a length in the header are as long as their file', () => {
    expect(readRecord('r 2 250\nr.dat 16\nr.dat 16\n', () => format16([1, 2, 3, 4]), 'r').samplesUv[0]).toHaveLength(2);
  });

  it('of several segments are joined, an empty segment stays missing', () => {
    const files: Record<string, Uint8Array> = {
      's1.hea': new TextEncoder().encode('s1 1 250 2\ns1.dat 16 200 12 0 0 0 0 II\n'), 's1.dat': format16([1, 2]),
      's2.hea': new TextEncoder().encode('s2 1 250 1\ns2.dat 16 200 12 0 0 0 0 II\n'), 's2.dat': format16([3]),
    };
    const record = readDigitalRecord('m/3 1 250 5\ns1 2\n~ 2\ns2 1\n', (name) => files[name]!, 'm');
    expect([...record.adu[0]!]).toEqual([1, 2, MISSING_SAMPLE, MISSING_SAMPLE, 3]);
  });

  it('cut short are refused with the bytes expected and received', () => {
    const header = 'r 2 360 5\nr.dat 212 200 12 0 0 0 0 II\nr.dat 212 200 12 0 0 0 0 V1\n';
    const whole = format212(interleave([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]));
    expect(() => readRecord(header, () => whole.subarray(0, 14), 'r.hea')).toThrow(
      expect.objectContaining({ code: 'WFDB_TRUNCATED', expected: '15 bytes', received: '14', from: 'r.hea, r.dat' }));
    expect(readRecord(header, () => whole, 'r.hea').samplesUv[1]).toHaveLength(5);
  });

  it('leave out signals that are no voltage, and are refused where nothing is left', () => {
    const header = 'r 3 250 2\nr.dat 16 10/mmHg 12 0 0 0 0 ABP\nr.dat 16 2/uV 12 0 0 0 0 II\nr.dat 16 1/NU 12 0 0 0 0 PLETH\n';
    const record = readRecord(header, () => format16(interleave([[1, 2], [30, 40], [5, 6]])), 'r');
    expect(record.leads).toEqual(['II']);
    expect([...record.samplesUv[0]!]).toEqual([15, 20]);
    expect(() => readRecord('r 1 250 1\nr.dat 16 10/mmHg 12 0 0 0 0 ABP\n', () => format16([1]), 'r')).toThrow(
      expect.objectContaining({ code: 'WFDB_FORMAT', received: 'mmHg' }));
    expect(() => readRecord('r 0 250 1\n', noFile, 'r')).toThrow(expect.objectContaining({ code: 'WFDB_FORMAT', received: 'no signals' }));
  });

  it('of an unknown format are refused', () => {
    expect(() => readRecord('r 1 250 1\nr.dat 8\n', () => format16([1]), 'r')).toThrow(expect.objectContaining({ code: 'WFDB_FORMAT', received: '8' }));
  });

  it('whose checksum differs are corrupt when verified', () => {
    const header = (sum: number): string => `r 1 250 3\nr.dat 16 200 12 0 0 ${sum} 0 II\n`;
    const bytes = format16([30000, 30000, 30000]);
    expect(() => readDigitalRecord(header(90000 - 65536), () => bytes, 'r', true)).not.toThrow();
    expect(() => readDigitalRecord(header(1), () => bytes, 'r', true)).toThrow(
      expect.objectContaining({ code: 'DATA_CORRUPT', expected: 'checksum 1', received: '24464' }));
  });
});
