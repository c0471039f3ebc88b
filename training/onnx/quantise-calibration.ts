/** The range each quantised value takes on real records. */
import { InferenceSession } from 'onnxruntime-node';
import type { Signals } from '../data/signals.ts';
import { feedsOf } from './onnx-model.ts';
import { quantisedValues, withOutputs, type Range } from './quantise-int8.ts';

const BATCH = 16;

/**
 * The range is the mean of the batches' extremes. Leaving out 1 of 1000 values costs more than any layer does (mean cosine on fold
 * 9 .9982 instead of .9997, lowest .946 instead of .997 of 384); the extremes of all batches spend the steps on one artefact.
 *
 * @param presences lead sets that the records are shown with in turn
 */
export async function measureRanges(encoder: Uint8Array, signals: Signals, records: readonly number[], presences: readonly Uint8Array[]): Promise<Map<string, Range>> {
  const values = quantisedValues(encoder);
  const session = await InferenceSession.create(withOutputs(encoder, values), { intraOpNumThreads: 2 });
  const sums = new Map(values.map((name) => [name, { low: 0, high: 0 }]));
  let batches = 0;
  for (let first = 0; first < records.length; first += BATCH) {
    const feeds = feedsOf(signals, records.slice(first, first + BATCH), presences[batches % presences.length]!);
    const results = await session.run(feeds);
    for (const [name, sum] of sums) {
      const { low, high } = extremesOf((results[name] ?? feeds[name])!.data as Float32Array);
      sum.low += low;
      sum.high += high;
    }
    batches++;
  }
  await session.release();
  return new Map([...sums].map(([name, { low, high }]) => [name, { low: low / batches, high: high / batches }]));
}

function extremesOf(values: Float32Array): Range {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}
