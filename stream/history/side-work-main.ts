/** The threads of side-work.ts. */
import { exportedFile, type ExportFormat, type IntervalContent } from './export.ts';
import { pastRecord } from './import.ts';
import type { UploadedFile } from './side-work.ts';
import type { Interval, WaveformRun } from './store.ts';
import { answerCalls } from './thread/answer.ts';
import { microvoltsOf } from './waveform.ts';

/** Finer than any converter; more places would only be longer to write. */
const PER_MICROVOLT = 1000;

answerCalls(() => ({
  writeFile: ({ query, format, content }: { query: Interval; format: ExportFormat; content: IntervalContent }) => exportedFile(content, query, format),
  readFile: ({ name, bytes, startMs }: UploadedFile) => pastRecord(bytes, name, startMs),
  json: ({ runs, rest }: { runs: readonly WaveformRun[]; rest: object }) => new TextEncoder().encode(JSON.stringify({ ...rest, runs: runs.map(asJson) })),
  close: () => undefined,
}), { handsOver: ['writeFile', 'readFile', 'json'] });

/** JSON has no NaN: what is missing is null. */
function asJson({ samples, signal, ...run }: WaveformRun): object {
  return {
    ...run, signal,
    samplesUv: samples.map((lead, i) => Array.from(lead, (sample) => {
      const value = microvoltsOf(sample, signal, i);
      return Number.isNaN(value) ? null : Math.round(value * PER_MICROVOLT) / PER_MICROVOLT;
    })),
  };
}
