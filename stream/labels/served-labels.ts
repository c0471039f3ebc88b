/** The open vocabulary, put together around a served model: what scores every segment, and what people change it by. */
import type { Clock } from '../../ecg/clock.ts';
import type { LoadedManifest } from '../../models/manifest.ts';
import { TextService, type TextModel } from '../../models/text-service.ts';
import type { SegmentScorer } from '../infer.ts';
import type { ServedModel } from '../model.ts';
import { LabelFile, type LabelState } from './label-file.ts';
import { LastHour } from './last-hour.ts';
import { bankEntries } from './base-labels.ts';
import { Vocabulary } from './vocabulary.ts';

export interface ServedLabels {
  readonly vocabulary: Vocabulary;
  readonly text: TextService;
  readonly lastHour: LastHour;
  readonly file: LabelFile;
  readonly state: LabelState;
  /** The model's scorer, its embeddings judged by the labels in force instead of the bank it was loaded with. */
  readonly scorer: SegmentScorer;
}

export const textModelOf = ({ path, manifest }: LoadedManifest): TextModel => ({ manifestPath: path, hasTextHead: manifest.textHead !== undefined });

export async function openLabels(model: ServedModel, stateDirectory: string, clock: Clock, warn: (message: string) => void): Promise<ServedLabels> {
  const vocabulary = new Vocabulary(model.id, model.bank.dimension, bankEntries(model.bank));
  const file = new LabelFile(stateDirectory, clock);
  const text = new TextService({ ...textModelOf(model.loaded), clock });
  return {
    vocabulary,
    text,
    lastHour: new LastHour(vocabulary.dimension),
    file,
    state: await file.load(warn),
    scorer: {
      async score(request) {
        const scored = await model.scorer.score(request);
        return scored.modelId === vocabulary.modelId ? { ...scored, findings: vocabulary.findingsOf(scored.embedding) } : scored;
      },
    },
  };
}
