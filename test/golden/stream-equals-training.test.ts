/**
 * What the model sees at the bedside is what it saw in training: a recording packed into frames
 * and sent through the whole line gives the same input, within 1e-5, as training makes of the whole record.
 */
import { expect } from 'vitest';
import { Preprocessor } from '../../ecg/dsp/preprocess.ts';
import { recordToSegment } from '../../ecg/encoder-input.ts';
import { toMicrovolts, type DigitalRecord } from '../../ecg/formats/wfdb.ts';
import { parseHello } from '../../stream/feed/feed.ts';
import { decodeFrame, encodeFrame } from '../../ecg/frame.ts';
import { epochMs, ms } from '../../ecg/units.ts';
import { Subject } from 'rxjs';
import { bedLine } from '../../stream/pipeline.ts';
import type { ReceivedFrame } from '../../stream/line.ts';
import { INPUT_SPEC } from '../../training/data/input-spec.ts';
import { RecordInput } from '../../training/data/signals.ts';
import { createRhythmAnalyser } from '../../ecg/rhythm/analyser.ts';
import { recordSource } from '../../stream/feed/replay.ts';
import { loadDigitalRecord, ptbXlSample, recordingsDirectory } from '../../stream/recordings/library.ts';
import { loadManifest, specOf } from '../../models/manifest.ts';
import type { EmbedRequest } from '../../models/segment-queue.ts';
import { itOnRecordings } from '../helpers/recordings.ts';

const spec = specOf(loadManifest(new URL('../../models/shipped/manifest.json', import.meta.url).pathname).manifest);
/** In the encoder's own units. (Training keeps its inputs in the cache as whole microvolts, half a microvolt being 1e-3 of them.) */
const TOLERANCE = 1e-5;

/** Sends a record through the whole line and returns what reached the encoder, in order. */
async function throughTheLine(record: DigitalRecord): Promise<EmbedRequest[]> {
  const source = recordSource(record, { bed: 'bed-1', device: 'test' }, 0);
  const hello = parseHello(source.hello, 'test');
  const frames$ = new Subject<ReceivedFrame>();
  const requests: EmbedRequest[] = [];
  const scorer = { score: (request: EmbedRequest) => {
    requests.push({ ...request, ecg: request.ecg.slice() });
    return Promise.resolve({ findings: [], modelId: 'none', manifestSha256: '' });
  } };
  const { samplingFrequency, leads } = hello;
  const errors: unknown[] = [];
  bedLine(frames$, hello, 1, { spec, scorer, inAlarm: () => false, band: () => 'monitor', createAnalyser: () => createRhythmAnalyser({ samplingFrequency, leads }) })
    .subscribe({ error: (error) => errors.push(error) });
  let sampleIndex = 0;
  for (let sequence = 0, frame = source.next(); frame; frame = source.next(), sequence++) {
    const deviceTimeMs = (sampleIndex * 1000) / samplingFrequency;
    const bytes = encodeFrame({ ...frame, sequence, sampleIndex, deviceTimeMs });
    frames$.next({ frame: decodeFrame(bytes, hello.scale, 'test'), receivedAtMs: epochMs(deviceTimeMs + ms(100)) });
    sampleIndex += frame.samples[0]!.length;
  }
  frames$.complete();
  expect(errors).toEqual([]);
  return requests;
}

/** What training would make of ten seconds from the middle of a record; it has none so long itself. */
function asInTraining(record: DigitalRecord, fromSample: number): Float32Array {
  const { samplesUv, presence } = recordToSegment(toMicrovolts(record), INPUT_SPEC, fromSample);
  const input = new Float32Array(samplesUv.length);
  const { preprocessing, samplingFrequency, leads, length } = INPUT_SPEC;
  new Preprocessor(preprocessing, samplingFrequency, leads.length, length).run(samplesUv, presence, input);
  return input;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

itOnRecordings('a 12-lead PTB-XL record streamed frame by frame gives the input training made of it', ['ptb-xl'], async () => {
  const { directory, records } = await ptbXlSample(20);
  let compared = 0;
  for (const name of records) {
    const record = loadDigitalRecord(directory, name);
    const [first] = await throughTheLine(record);
    if (!first || first.presence.includes(0)) continue; // a lead that quality took out has no counterpart in training
    const trained = new RecordInput().of(directory, name);
    expect(largestDifference(first.ecg, trained)).toBeLessThan(TOLERANCE);
    compared++;
  }
  expect(compared).toBeGreaterThan(10);
});

itOnRecordings('two leads at 360 Hz, streamed, give the same 100 Hz input as the whole record resampled', ['mitdb'], async () => {
  const directory = await recordingsDirectory('mitdb');
  const whole = loadDigitalRecord(directory, '100');
  const minute: DigitalRecord = { ...whole, adu: whole.adu.map((adu) => adu.subarray(0, 60 * whole.samplingFrequency)) };
  const requests = await throughTheLine(minute);
  expect(requests.length).toBeGreaterThanOrEqual(25);
  requests.forEach((request, i) => {
    expect([...request.presence].filter((present) => present === 1)).toHaveLength(2);
    expect(largestDifference(request.ecg, asInTraining(minute, i * 200))).toBeLessThan(TOLERANCE);
  });
});
