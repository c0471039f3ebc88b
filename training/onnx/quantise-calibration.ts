/** The range each quantised value takes on real records. */
import { InferenceSession } from 'onnxruntime-node';
import type { Signals } from '../data/signals.ts';
import { feedsOf } from './onnx-model.ts';
import { quantisedValues, withOutputs, type Range } from './quantise-int8.ts';

const BATCH = 16;
/** Of each batch's values so few lie outside the range taken from it; the range is the mean over the batches. */
const OUTSIDE = 1e-4;

/** @param presences lead sets that the records are shown with in turn */
export async function measureRanges(encoder: Uint8Array, signals: Signals, records: readonly number[], presences: readonly Uint8Array[]): Promise<Map<string, Range>> {
  const values = quantisedValues(encoder);
  const session = await InferenceSession.create(withOutputs(encoder, values), { intraOpNumThreads: 2 });
  const sums = new Map(values.map((name) => [name, { low: 0, high: 0 }]));
  let batches = 0;
  for (let first = 0; first < records.length; first += BATCH) {
    const feeds = feedsOf(signals, records.slice(first, first + BATCH), presences[batches % presences.length]!);
    const results = await session.run(feeds);
    for (const [name, sum] of sums) {
      const sorted = Float32Array.from((results[name] ?? feeds[name])!.data as Float32Array).sort();
      const outside = Math.floor((OUTSIDE / 2) * sorted.length);
      sum.low += sorted[outside]!;
      sum.high += sorted[sorted.length - 1 - outside]!;
    }
    batches++;
  }
  await session.release();
  return new Map([...sums].map(([name, { low, high }]) => [name, { low: low / batches, high: high / batches }]));
}
