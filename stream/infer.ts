/** Preprocesses each segment as training did and has it scored; what cannot be scored says why. */
import { catchError, defer, from, map, mergeMap, of, type Observable, type OperatorFunction } from 'rxjs';
import { Preprocessor } from '../ecg/dsp/preprocess.ts';
import type { EncoderInputSpec } from '../ecg/encoder-input.ts';
import { isEcgError } from '../ecg/errors.ts';
import type { Finding } from '../ecg/finding.ts';
import { epochMs, type Ms } from '../ecg/units.ts';
import type { EmbedRequest } from '../models/segment-queue.ts';
import type { LineEvent } from './line.ts';
import type { JudgedSegment } from './segment.ts';

/** What the line needs of the model; models/ provides it. Rejects with an EcgError, INFERENCE_* or ENCODER_*. */
export interface SegmentScorer {
  score(request: EmbedRequest): Promise<{ readonly findings: readonly Finding[]; readonly modelId: string; readonly manifestSha256: string; readonly embedding?: Float32Array }>;
}

export interface InferOptions {
  readonly spec: EncoderInputSpec;
  readonly scorer: SegmentScorer;
  /** A score older than this says nothing about now. */
  readonly deadline: Ms;
  readonly inAlarm: () => boolean;
}

export function infer({ spec, scorer, deadline, inAlarm }: InferOptions): OperatorFunction<JudgedSegment, LineEvent> {
  return (segments$) => defer(() => {
    const preprocessor = new Preprocessor(spec.preprocessing, spec.samplingFrequency, spec.leads.length, spec.length);
    return segments$.pipe(mergeMap(({ segment }): Observable<LineEvent> => {
      if (!segment.presence.includes(1)) return of({ kind: 'unscored', reason: 'quality' });
      const ecg = new Float32Array(segment.samplesUv.length);
      preprocessor.run(segment.samplesUv, segment.presence, ecg);
      const request: EmbedRequest = {
        bed: segment.bed,
        ecg,
        presence: segment.presence,
        deadlineMs: epochMs(segment.receivedAtMs + deadline),
        priority: inAlarm() ? 'alarm' : 'routine',
      };
      // The scorer's queue is bounded and settles every request, so mergeMap holds at most as many as that.
      return from(scorer.score(request)).pipe(
        map(({ findings, modelId, manifestSha256, embedding }): LineEvent => {
          const { epoch, startIndex, startMs } = segment;
          return { kind: 'findings', findings, endMs: segment.receivedAtMs, modelId, manifestSha256, segment: { epoch, startIndex, startMs }, embedding };
        }),
        catchError((error: unknown) => of<LineEvent>({ kind: 'unscored', reason: reasonOf(error) })),
      );
    }));
  });
}

function reasonOf(error: unknown): 'stale' | 'overload' | 'failed' {
  if (!isEcgError(error)) return 'failed';
  if (error.code === 'INFERENCE_STALE') return 'stale';
  return error.code === 'INFERENCE_OVERLOAD' ? 'overload' : 'failed';
}
