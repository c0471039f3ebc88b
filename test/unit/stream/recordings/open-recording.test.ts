/** Real files of other systems' making. What holds them to account is physics: II = I + III in every sample. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { toMicrovolts, type DigitalRecord } from '../../../../ecg/formats/wfdb.ts';
import { dataDirectories } from '../../../../stream/recordings/locate.ts';
import { openRecording, readRecording } from '../../../../stream/recordings/open-recording.ts';

const directory = dataDirectories().map((data) => join(data, 'formats')).find((path) => existsSync(path));

/** A test that only the sample files themselves can pass or fail. */
function itOnSamples(name: string, run: (directory: string) => void): void {
  it(name, (context: TestContext) => {
    if (directory === undefined) {
      if (process.env.LEADWATCH_REQUIRE_DATA === '1') throw new Error('LEADWATCH_REQUIRE_DATA is set, but no format samples were found');
      context.skip('format samples not found (LEADWATCH_DATA)');
    }
    run(directory!);
  });
}

/** Largest |II - I - III| and |aVF - (II + III) / 2| in microvolts. */
function einthovenErrorUv(record: DigitalRecord, samples: number): number {
  const { leads, samplesUv } = toMicrovolts(record);
  const [I, II, III, aVF] = ['I', 'II', 'III', 'aVF'].map((lead) => samplesUv[leads.indexOf(lead)]!);
  let worst = 0;
  for (let i = 0; i < samples; i++) worst = Math.max(worst, Math.abs(II![i]! - I![i]! - III![i]!), Math.abs(aVF![i]! - (II![i]! + III![i]!) / 2));
  return worst;
}
const peakUv = (record: DigitalRecord): number => toMicrovolts(record).samplesUv[record.leads.indexOf('II')]!.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
/** Samples 5350 to 5449 of the Sierra files. */
const CALIBRATION = [5350, 5449] as const;

describe('a recording is opened by what it holds', () => {
  const files: [string, number, number, number][] = [
    ['scp/Example.scp', 500, 5000, 5],
    ['dicom/waveform_ecg.dcm', 1000, 10_000, 5],
    ['dicom/test_ecg.dcm', 240, 2400, 5],
    ['sierra/2020-5-18_15-48-11.xml', 500, 5500, 10],
    ['sierra/3191723_ZZDEMOPTONLY_1-04_orig.xml', 500, 5500, 10],
    ['sierra/ad4d3d80-d165_1-04_orig.xml', 500, 5500, 10],
  ];
  for (const [file, fs, samples, errorUv] of files) {
    itOnSamples(`${file}: twelve leads that agree with each other, of a size a heart makes`, (data) => {
      const record = openRecording(join(data, file));
      expect(record).toMatchObject({ samplingFrequency: fs });
      expect([...record.leads].sort()).toEqual(['I', 'II', 'III', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6', 'aVF', 'aVL', 'aVR']);
      expect(record.adu.map((lead) => lead.length)).toEqual(Array(12).fill(samples));
      // Sierra's last samples are its calibration pulse, which is 1 mV in every lead alike.
      expect(einthovenErrorUv(record, file.startsWith('sierra') ? CALIBRATION[0] : samples)).toBeLessThanOrEqual(errorUv);
      expect(peakUv(record)).toBeGreaterThan(300);
      expect(peakUv(record)).toBeLessThan(6000);
    });
  }

  itOnSamples('the calibration pulse of a Sierra file is 1 mV in every lead: scale and decompression are right to its end', (data) => {
    for (const [file] of files.filter(([name]) => name.startsWith('sierra'))) {
      const { samplesUv } = toMicrovolts(openRecording(join(data, file)));
      for (const lead of samplesUv) expect([...lead.slice(CALIBRATION[0] + 5, CALIBRATION[1] - 5)].every((value) => value === 1000)).toBe(true);
    }
  });

  itOnSamples('an SCP-ECG file whose rhythm lacks its reference beats is refused by that name', (data) => {
    expect(() => openRecording(join(data, 'scp/wfdb_checkpkg_test.scp'))).toThrow(/reference beats are subtracted/);
  });

  itOnSamples('a file cut short anywhere is refused, or read as what is there, and never anything else', (data) => {
    for (const [file] of files) {
      const bytes = new Uint8Array(readFileSync(join(data, file)));
      for (let n = 1; n <= 12; n++) {
        try {
          readRecording(bytes.slice(0, Math.floor((bytes.length * n) / 13)), file);
        } catch (error) {
          expect(error).toMatchObject({ code: 'RECORDING_FORMAT' });
        }
      }
    }
  });

  it('anything else is refused with what can be read', () => {
    expect(() => readRecording(new TextEncoder().encode('%PDF-1.7 and so on and on'), 'x.pdf')).toThrow(/expected EDF, DICOM, SCP-ECG/);
  });
});
