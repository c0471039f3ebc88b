/** Blocks of waveform and other entries of a history, always the same for a seed. */
import { EMPTY_BATCH, type HistoryBatch, type HistoryEvent, type Signal, type WaveformBlock } from '../../stream/history/store.ts';
import { weights } from './tiny-model.ts';

export const START_MS = Date.parse('2026-03-01T10:00:00Z');

export const signalOf = (leads: number, samplingFrequencyHz = 250): Signal => ({
  samplingFrequencyHz,
  leads: ['II', 'V1', 'I', 'V5', 'aVF', 'V2', 'V3', 'V4'].slice(0, leads),
  encoding: 'adu',
  adcGain: Array.from({ length: leads }, () => 200),
  baseline: Array.from({ length: leads }, () => 1024),
});

/** A second of something like an ECG: a spike a second on a slow wave with noise. */
export function secondOfEcg(signal: Signal, second: number, seed = 1): Int32Array {
  const fs = signal.samplingFrequencyHz;
  const noise = weights(signal.leads.length * fs, seed * 7919 + second);
  return Int32Array.from(noise, (value, i) => {
    const t = i % fs;
    const spike = 240 * Math.exp(-(((t - 0.4 * fs) / (0.012 * fs)) ** 2));
    return Math.round(1024 + spike + 30 * Math.sin((2 * Math.PI * (second + t / fs)) / 4) + 3 * value);
  });
}

export function block(bed: string, second: number, options: Partial<WaveformBlock> & { readonly seed?: number } = {}): WaveformBlock {
  const { seed, ...rest } = options;
  const signal = options.signal ?? signalOf(2);
  return {
    bed, epoch: 1, startMs: START_MS + second * 1000, startIndex: second * signal.samplingFrequencyHz, signal,
    samples: secondOfEcg(signal, second, seed), ...rest,
  };
}

export const blocks = (bed: string, from: number, to: number, options: Parameters<typeof block>[2] = {}): WaveformBlock[] =>
  Array.from({ length: to - from }, (_, i) => block(bed, from + i, options));

export const batchOf = (parts: Partial<HistoryBatch>): HistoryBatch => ({ ...EMPTY_BATCH, ...parts });

export const alarmEvent = (bed: string, second: number, id: string, name = 'asystole'): HistoryEvent => ({
  bed, atMs: START_MS + second * 1000, kind: 'alarm', name, id, priority: 'high', detail: { state: 'active', cause: 'no QRS for 4.0 s' },
});
