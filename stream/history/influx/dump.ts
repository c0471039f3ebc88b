/** Everything that a store has of an interval, as batches that another store can take. */
import { EMPTY_BATCH, type HistoryBatch, type HistoryReader, type WaveformBlock, type WaveformRun } from '../store.ts';

/** @param fromMs and toMs whole seconds, so that blocks are cut where they were cut when they were recorded */
export async function dump(store: HistoryReader, fromMs: number, toMs: number): Promise<HistoryBatch> {
  const beds = await store.beds(fromMs, toMs);
  const parts = await Promise.all(beds.map(async (bed) => {
    const query = { bed, fromMs, toMs };
    const [runs, numerics, scores, beats] = await Promise.all([store.waveform(query), store.numerics(query), store.scores(query), store.beats(query)]);
    return { waveforms: runs.flatMap(seconds), numerics, scores, beats };
  }));
  const events = await store.events({ fromMs, toMs });
  return parts.reduce<HistoryBatch>((all, part) => ({
    waveforms: [...all.waveforms, ...part.waveforms],
    numerics: [...all.numerics, ...part.numerics],
    scores: [...all.scores, ...part.scores],
    beats: [...all.beats, ...part.beats],
    events: all.events,
  }), { ...EMPTY_BATCH, events });
}

/** A run cut into the seconds it was recorded in. */
export function seconds(run: WaveformRun): WaveformBlock[] {
  const { samples, startMs, startIndex, signal, ...rest } = run;
  const fs = signal.samplingFrequencyHz;
  const length = samples[0]!.length;
  const blocks: WaveformBlock[] = [];
  for (let first = 0; first < length; ) {
    const atMs = startMs + (first * 1000) / fs;
    const boundaryMs = (Math.floor(atMs / 1000 + 1e-9) + 1) * 1000;
    const last = Math.min(length, Math.max(first + 1, Math.ceil(((boundaryMs - startMs) * fs) / 1000 - 1e-6)));
    const planar = new Int32Array(samples.length * (last - first));
    samples.forEach((lead, i) => planar.set(lead.subarray(first, last), i * (last - first)));
    blocks.push({ ...rest, startMs: atMs, startIndex: startIndex + first, signal, samples: planar });
    first = last;
  }
  return blocks;
}
