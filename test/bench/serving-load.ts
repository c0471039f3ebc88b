/** The load of the serving benchmark: a scorer kept saturated, or a ward of beds that step every two seconds. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { systemClock } from '../../ecg/clock.ts';
import { Preprocessor } from '../../ecg/dsp/preprocess.ts';
import { isEcgError } from '../../ecg/errors.ts';
import { epochMs, hz, type EpochMs } from '../../ecg/units.ts';
import type { LoadedManifest, Manifest } from '../../models/manifest.ts';
import type { Scorer } from '../../models/scorer.ts';
import { quantile } from './report.ts';

/** A bed's segment ends every two seconds, as the stream cuts them. */
export const STEP_MS = 2000;

export interface PacedResult {
  readonly beds: number;
  readonly segments: number;
  readonly unanswered: number;
  /** Code of the refusal to how many segments: INFERENCE_STALE is a deadline that expired. */
  readonly refusals: Readonly<Record<string, number>>;
  /** From the moment the last sample of a segment was due to its findings, preprocessing included. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly meanBatchSize: number;
  readonly eventLoopP99Ms: number;
}

/** Ten seconds of something like an ECG, in microvolts: complexes, baseline wander and noise. */
export function syntheticSegment({ leads, length, samplingFrequencyHz }: Manifest, seed: number): Float32Array {
  let state = seed + 1;
  const samples = new Float32Array(leads.length * length);
  for (let i = 0; i < samples.length; i++) {
    state = (state * 48_271) % 2_147_483_647;
    const seconds = (i % length) / samplingFrequencyHz;
    const phase = ((seconds * (60 + (seed % 60))) / 60) % 1;
    samples[i] = 1000 * Math.exp(-(((phase - 0.3) / 0.02) ** 2)) + 100 * Math.sin(2 * Math.PI * 0.3 * seconds) + (40 * state) / 2_147_483_647;
  }
  return samples;
}

/** Segments a second of ONNX Runtime alone, in this thread: the same graph, batch and threads, inputs filled once, nothing else. */
export async function rawThroughput(session: InferenceSession, { inputs, leads, length }: Manifest, batch: number, seconds: number): Promise<number> {
  const feeds = {
    [inputs.ecg]: new Tensor('float32', Float32Array.from({ length: batch * leads.length * length }, (_, i) => Math.sin(i / 7)), [batch, leads.length, length]),
    [inputs.presence]: new Tensor('float32', new Float32Array(batch * leads.length).fill(1), [batch, leads.length]),
  };
  await session.run(feeds);
  const start = performance.now();
  let runs = 0;
  while (performance.now() - start < seconds * 1000) {
    await session.run(feeds);
    runs++;
  }
  return (runs * batch * 1000) / (performance.now() - start);
}

export const openRaw = (model: LoadedManifest, threads: number): Promise<InferenceSession> =>
  InferenceSession.create(model.encoderPath, { executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1 });

/** Findings a second of the served path with `outstanding` preprocessed segments always asked for. */
export async function servedThroughput(scorer: Scorer, manifest: Manifest, outstanding: number, seconds: number): Promise<number> {
  const preprocess = preprocessorOf(manifest);
  const preprocessed = Array.from({ length: 16 }, (_, seed) => preprocess(syntheticSegment(manifest, seed)));
  const presence = new Uint8Array(manifest.leads.length).fill(1);
  const start = performance.now();
  let answers = 0;
  const ask = async (bed: number): Promise<void> => {
    for (let turn = bed; performance.now() - start < seconds * 1000; turn++) {
      await scorer.score({ bed: `bed-${bed}`, ecg: preprocessed[turn % preprocessed.length]!, presence, deadlineMs: fromNow(60_000), priority: 'routine' });
      answers++;
    }
  };
  await Promise.all(Array.from({ length: outstanding }, (_, bed) => ask(bed)));
  return (answers * 1000) / (performance.now() - start);
}

/** A ward: each bed's segment falls due every 2 s at its own phase, is preprocessed and scored. Late work does not slow the arrivals. */
export async function pacedWard(scorer: Scorer, manifest: Manifest, beds: number, seconds: number): Promise<PacedResult> {
  const raw = Array.from({ length: 16 }, (_, seed) => syntheticSegment(manifest, seed));
  const preprocess = preprocessorOf(manifest);
  const presence = new Uint8Array(manifest.leads.length).fill(1);
  const phases = Array.from({ length: beds }, (_, bed) => ({ bed, phaseMs: ((bed * 48_271 * 7919) % 2_147_483_647) % STEP_MS })).sort((a, b) => a.phaseMs - b.phaseMs);
  const before = scorer.stats();
  const latencies: number[] = [];
  const open = new Set<Promise<void>>();
  let unanswered = 0;
  const refusals: Record<string, number> = {};
  const refused = (error: unknown): void => {
    if (!isEcgError(error)) throw error;
    unanswered++;
    refusals[error.code] = (refusals[error.code] ?? 0) + 1;
  };
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const start = performance.now();
  for (let turn = 0; turn * STEP_MS < seconds * 1000; turn++) {
    for (const { bed, phaseMs } of phases) {
      const dueMs = start + turn * STEP_MS + phaseMs;
      const early = dueMs - performance.now();
      // As in the stream, every segment comes in a turn of the event loop of its own.
      await (early >= 1 ? pause(early) : nextTurn());
      const ecg = preprocess(raw[bed % raw.length]!);
      const answer = scorer.score({ bed: `bed-${bed}`, ecg, presence, deadlineMs: fromNow(STEP_MS), priority: 'routine' })
        .then(() => void latencies.push(performance.now() - dueMs), refused)
        .finally(() => open.delete(answer));
      open.add(answer);
    }
  }
  await Promise.all(open);
  loop.disable();
  const after = scorer.stats();
  const sorted = latencies.sort((a, b) => a - b);
  return {
    beds, segments: latencies.length + unanswered, unanswered, refusals,
    p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99),
    meanBatchSize: (after.segments - before.segments) / (after.batches - before.batches),
    eventLoopP99Ms: loop.percentile(99) / 1e6,
  };
}

/** All leads present; a new array a segment, as the stream makes one. */
function preprocessorOf({ preprocessing, samplingFrequencyHz, leads, length }: Manifest): (samplesUv: Float32Array) => Float32Array {
  const preprocessor = new Preprocessor(preprocessing, hz(samplingFrequencyHz), leads.length, length);
  const presence = new Uint8Array(leads.length).fill(1);
  return (samplesUv) => {
    const out = new Float32Array(samplesUv.length);
    preprocessor.run(samplesUv, presence, out);
    return out;
  };
}

const fromNow = (delayMs: number): EpochMs => epochMs(systemClock.now() + delayMs);
