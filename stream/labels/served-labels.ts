/** The open vocabulary, put together around a served model: what scores every segment, and what people change it by. */
import type { Clock } from '../../ecg/clock.ts';
import type { LoadedManifest } from '../../models/manifest.ts';
import { TextService, type TextModel } from '../../models/text-service.ts';
import type { ScoredSegment } from '../bed-findings.ts';
import type { SegmentScorer } from '../infer.ts';
import type { ServedModel } from '../model.ts';
import { LabelFile, type LabelState } from './label-file.ts';
import { fromHalves } from '../history/float16.ts';
import { LAST_HOUR_MS, LastHour } from './last-hour.ts';
import { bankEntries } from './base-labels.ts';
import { SegmentSearch } from '../search/segment-search.ts';
import type { StoredSegments } from '../search/protocol.ts';
import type { EncoderSegment } from './explain.ts';
import { Vocabulary } from './vocabulary.ts';

export interface ServedLabels {
  readonly vocabulary: Vocabulary;
  readonly text: TextService;
  readonly lastHour: LastHour;
  readonly file: LabelFile;
  readonly state: LabelState;
  readonly search: SegmentSearch;
  /** What the encoder was given last of a bed. */
  readonly newestOf: (bed: string) => EncoderSegment | undefined;
  /** Told of what history kept of the time before the start. */
  readonly remember: (segments: StoredSegments) => void;
  /** Told of every segment once it has been scored. */
  readonly scored: (segment: ScoredSegment) => void;
  /** The model's scorer, its embeddings judged by the labels in force instead of the bank it was loaded with. */
  readonly scorer: SegmentScorer;
}

export const textModelOf = ({ path, manifest }: LoadedManifest): TextModel => ({ manifestPath: path, hasTextHead: manifest.textHead !== undefined });

export interface LabelOptions {
  readonly stateDirectory: string;
  /** Bound of what is searched, in segments. */
  readonly maxSegments: number;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
}

export async function openLabels(model: ServedModel, { stateDirectory, maxSegments, clock, warn }: LabelOptions): Promise<ServedLabels> {
  const vocabulary = new Vocabulary(model.id, model.bank.dimension, bankEntries(model.bank), model.bank);
  const file = new LabelFile(stateDirectory, clock);
  const lastHour = new LastHour(vocabulary.dimension);
  const search = new SegmentSearch({ modelId: model.id, dimension: vocabulary.dimension, maxSegments, clock, warn });
  const newest = new Map<string, EncoderSegment>();
  const text = new TextService({ ...textModelOf(model.loaded), clock });
  return {
    vocabulary,
    text,
    lastHour,
    search,
    newestOf: (bed) => newest.get(bed),
    remember({ bed, atMs, halves }) {
      const { dimension } = vocabulary;
      const sinceMs = clock.now() - LAST_HOUR_MS;
      atMs.forEach((at, row) => {
        if (at >= sinceMs && lastHour.wants(bed, at)) lastHour.note(bed, at, fromHalves(halves.subarray(row * dimension, (row + 1) * dimension)));
      });
    },
    scored(segment) {
      if (segment.modelId === vocabulary.modelId) lastHour.note(segment.bed, segment.atMs, segment.embedding);
      search.add(segment);
    },
    file,
    state: await file.load(warn),
    scorer: {
      async score(request) {
        const scored = await model.scorer.score(request);
        newest.set(request.bed, request);
        return scored.modelId === vocabulary.modelId ? { ...scored, findings: vocabulary.findingsOf(scored.embedding) } : scored;
      },
    },
  };
}
