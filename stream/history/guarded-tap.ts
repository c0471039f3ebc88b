/** A history whose failure is counted and stays its own: watching a patient never depends on keeping what was seen. */
import type { HistoryTap } from './recorder.ts';

export function guardedTap(tap: HistoryTap, failed: (error: unknown) => void): HistoryTap {
  const guard = (task: () => void): void => {
    try {
      task();
    } catch (error) {
      failed(error);
    }
  };
  return {
    begin: (hello, epoch) => guard(() => tap.begin(hello, epoch)),
    aligned: (bed, item) => guard(() => tap.aligned(bed, item)),
    beats: (bed, beats) => guard(() => tap.beats(bed, beats)),
    numerics: (bed, values) => guard(() => tap.numerics(bed, values)),
    scores: (bed, atMs, modelId, findings, embedding) => guard(() => tap.scores(bed, atMs, modelId, findings, embedding)),
    end: (bed) => guard(() => tap.end(bed)),
  };
}
