/** How long the encoder takes for one segment, alone, on one thread. */
import { performance } from 'node:perf_hooks';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { LoadedManifest } from '../../models/manifest.ts';

const RUNS = 5;
const SEGMENTS = 200;

/** @returns milliseconds: the best of five runs' medians, so that what else the machine does counts least */
export async function encoderMsPerSegment({ manifest, encoderPath }: LoadedManifest): Promise<number> {
  const session = await InferenceSession.create(encoderPath, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const leads = manifest.leads.length;
  const feeds = {
    [manifest.inputs.ecg]: new Tensor('float32', Float32Array.from({ length: leads * manifest.length }, (_, i) => Math.sin(i / 7)), [1, leads, manifest.length]),
    [manifest.inputs.presence]: new Tensor('float32', new Float32Array(leads).fill(1), [1, leads]),
  };
  const medians: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const times: number[] = [];
    for (let segment = 0; segment < SEGMENTS; segment++) {
      const begun = performance.now();
      await session.run(feeds);
      times.push(performance.now() - begun);
    }
    medians.push(times.sort((a, b) => a - b)[SEGMENTS / 2]!);
  }
  await session.release();
  return Math.min(...medians);
}
