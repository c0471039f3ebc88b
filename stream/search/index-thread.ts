/** The thread that holds the index of segments: a million dot products take longer than a frame may wait. */
import { fromHalf } from '../history/float16.ts';
import { answerCalls, threadData } from '../history/thread/answer.ts';
import { summed } from '../labels/dry-run.ts';
import type { IndexFigures, IndexMethods, IndexOptions } from './protocol.ts';
import { SegmentIndex } from './segment-index.ts';

/** Of all 65,536 halves. */
const FLOAT_OF = Float32Array.from({ length: 65_536 }, (_, half) => fromHalf(half));

const options = threadData() as IndexOptions;
const index = new SegmentIndex(options.dimension, options.maxSegments);

const figures = (): IndexFigures => ({ held: index.size, evicted: index.evicted });

const methods: IndexMethods = {
  addLive({ beds, epochs, atMs, embeddings }) {
    beds.forEach((bed, i) => index.add(bed, epochs[i]!, atMs[i]!, embeddings.subarray(i * options.dimension, (i + 1) * options.dimension)));
    return figures();
  },
  addStored({ bed, atMs, halves }) {
    const { dimension } = options;
    const embedding = new Float32Array(dimension);
    for (let row = 0; row < atMs.length; row++) {
      for (let i = 0; i < dimension; i++) embedding[i] = FLOAT_OF[halves[row * dimension + i]!]!;
      if (!index.add(bed, 0, atMs[row]!, embedding)) return { fits: false, ...figures() };
    }
    return { fits: true, ...figures() };
  },
  search(query) {
    const startedMs = performance.now();
    const { segments, results } = index.search(query);
    return { segments, results, tookMs: performance.now() - startedMs };
  },
  dryRun: ({ direction, moments: { cosineMean, cosineSd }, terms }) =>
    summed(index.countAlarms(direction, (cosine) => (cosine - cosineMean) / cosineSd, terms)),
};

answerCalls(() => ({ ...methods, close: () => undefined }));
