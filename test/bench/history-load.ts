/** Load for the history benchmark: beds cut from real records, given to a store as the recorder gives them. */
import { MISSING_SAMPLE } from '../../ecg/formats/wfdb-signal.ts';
import type { DigitalRecord } from '../../ecg/formats/wfdb.ts';
import { loadDigitalRecord, ptbXlSample, recordNames, recordingsDirectory } from '../../stream/recordings/library.ts';
import { EMPTY_BATCH, type HistoryBatch, type Signal, type WaveformBlock } from '../../stream/history/store.ts';

export const LEADS = 8;
export const FS = 250;
export const LOAD_SIGNAL: Signal = {
  samplingFrequencyHz: FS, leads: ['I', 'II', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'], encoding: 'adu',
  adcGain: new Array<number>(LEADS).fill(1000), baseline: new Array<number>(LEADS).fill(0),
};

/**
 * Seconds of eight leads at 250 Hz: PTB-XL's eight independent leads, 100 Hz and 10 uV steps as the project's copy has them,
 * brought to 250 Hz and 1 uV by straight lines with a converter's noise of about 4 uV, so that they pack no better than a device's.
 */
export async function realSeconds(records: number): Promise<Int32Array[]> {
  const { directory, records: names } = await ptbXlSample(records);
  const seconds: Int32Array[] = [];
  let state = 1;
  const noise = (): number => {
    let sum = 0;
    for (let i = 0; i < 4; i++) sum += (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    return (sum - 2) * 7; // variance of four uniforms is 1/3
  };
  for (const name of names) {
    const record = loadDigitalRecord(directory, name);
    const leads = LOAD_SIGNAL.leads.map((lead) => record.leads.indexOf(lead));
    if (leads.includes(-1)) continue;
    for (let second = 0; second < 9; second++) {
      const samples = new Int32Array(LEADS * FS);
      leads.forEach((lead, l) => {
        for (let i = 0; i < FS; i++) {
          const at = (second + i / FS) * record.samplingFrequency;
          const low = Math.floor(at);
          const a = uv(record, lead, low), b = uv(record, lead, low + 1);
          samples[l * FS + i] = Math.round(a + (b - a) * (at - low) + noise());
        }
      });
      seconds.push(samples);
    }
  }
  return seconds;
}

const uv = (record: DigitalRecord, lead: number, i: number): number => ((record.adu[lead]![i] ?? 0) - record.baseline[lead]!) * (1000 / record.adcGain[lead]!);

/** One second of a ward. */
export function wardSecond(beds: number, second: number, startMs: number, content: readonly Int32Array[]): HistoryBatch {
  const atMs = startMs + second * 1000;
  const waveforms = Array.from({ length: beds }, (_, bed): WaveformBlock => ({
    bed: `bed-${bed}`, epoch: 1, startMs: atMs, startIndex: second * FS, signal: LOAD_SIGNAL, samples: content[(second + 7 * bed) % content.length]! }));
  const numerics = waveforms.map(({ bed }, i) => ({ bed, atMs, values: { heartRateBpm: 60 + ((second + i) % 60) } }));
  const beats = waveforms.map(({ bed }) => ({ bed, atMs: atMs + 300, class: 'normal' as const, rrMs: 1000 }));
  return { ...EMPTY_BATCH, waveforms, numerics, beats };
}

/** Whole MIT-BIH records, the samples as their converter gave them. */
export async function mitdbRecords(count: number): Promise<DigitalRecord[]> {
  const directory = await recordingsDirectory('mitdb');
  return recordNames(directory).slice(0, count).map((name) => loadDigitalRecord(directory, name));
}

/** A record as blocks of a second. */
export function blocksOf(record: DigitalRecord): Int32Array[] {
  const fs = Math.round(record.samplingFrequency);
  const length = record.adu[0]!.length;
  return Array.from({ length: Math.floor(length / fs) }, (_, second) => {
    const samples = new Int32Array(record.adu.length * fs);
    record.adu.forEach((lead, i) => samples.set(lead.subarray(second * fs, (second + 1) * fs), i * fs));
    return samples;
  });
}

export function int16Bytes(record: DigitalRecord): Buffer {
  const length = record.adu[0]!.length;
  const out = Buffer.alloc(2 * length * record.adu.length);
  for (let t = 0, at = 0; t < length; t++) for (const lead of record.adu) at = out.writeInt16LE(lead[t] === MISSING_SAMPLE ? -32_768 : lead[t]!, at);
  return out;
}
