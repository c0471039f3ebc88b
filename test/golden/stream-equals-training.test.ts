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
import { bedLine, SPEC_WITHOUT_MODEL } from '../../stream/pipeline.ts';
import type { ReceivedFrame } from '../../stream/line.ts';
import { createRhythmAnalyser } from '../../ecg/rhythm/analyser.ts';
import { recordSource } from '../../stream/feed/replay.ts';
import { loadDigitalRecord, ptbXlSample, recordingsDirectory } from '../../stream/recordings/library.ts';
import type { EmbedRequest } from '../../models/segment-queue.ts';
import { itOnRecordings } from '../helpers/recordings.ts';

const spec = SPEC_WITHOUT_MODEL;
const TOLERANCE = 1e-5;

/** Sends a record through the whole line and returns what reached the encoder, in order. */
async function throughTheLine(record: DigitalRecord): Promise<EmbedRequest[]> {
  const source = recordSource(record, { bed: 'bed-1', device: 'test' }, 0);
  const hello = parseHello(source.hello, 'test');
  const frames$ = new Subject<ReceivedFrame>();
  const requests: EmbedRequest[] = [];
  const scorer = { score: (request: EmbedRequest) => {
    requests.push({ ...request, ecg: request.ecg.slice() });
    return Promise.resolve({ findings: [], modelId: 'none' });
  } };
  const { samplingFrequency, leads } = hello;
  const errors: unknown[] = [];
  bedLine(frames$, hello, 1, { spec, scorer, inAlarm: () => false, createAnalyser: () => createRhythmAnalyser({ samplingFrequency, leads }) })
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

/** What training makes of the same ten seconds. */
function asInTraining(record: DigitalRecord, fromSample: number): Float32Array {
  const { samplesUv, presence } = recordToSegment(toMicrovolts(record), spec, fromSample);
  const input = new Float32Array(samplesUv.length);
  new Preprocessor(spec.preprocessing, spec.samplingFrequency, spec.leads.length, spec.length).run(samplesUv, presence, input);
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
    expect(largestDifference(first.ecg, asInTraining(record, 0))).toBeLessThan(TOLERANCE);
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
