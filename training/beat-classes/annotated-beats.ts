/** The beats of the even-numbered records of the MIT-BIH Arrhythmia Database, each with the class its annotators gave it. */
import { fibrillationStretches, MATCH_WINDOW_S, referenceBeats, type ReferenceBeat, type ReferenceClass } from '../../ecg/reference-beats.ts';
import type { ClassifierWeights } from '../../ecg/rhythm/beat-features.ts';
import { loadAnnotations, loadRecord, recordNames } from '../../stream/recordings/library.ts';
import { measureBeats, type MeasuredBeat } from './measure.ts';

/** Fusion and unclassifiable beats are neither one thing nor the other: EC57 does not count them, and nothing is learned from them. */
export const LEARNING_CLASSES: readonly ReferenceClass[] = ['N', 'S', 'V'];

export interface AnnotatedBeat extends MeasuredBeat {
  readonly record: string;
  /** 0 or 1: the channel it was seen in, alone. */
  readonly channel: number;
  /** Undefined where the annotators saw no beat. */
  readonly truth: ReferenceClass | undefined;
}

/** By the number in its name, of whatever database. The odd half is for final figures alone. */
export const isTuningRecord = (name: string): boolean => Number(/\d+/.exec(name)![0]) % 2 === 0;

/** Every channel of every given record, beats in flutter and fibrillation left out. @param directory of mitdb @param weights as for `measureBeats` */
export function annotatedBeats(directory: string, weights?: ClassifierWeights, names: readonly string[] = recordNames(directory).filter(isTuningRecord)): AnnotatedBeat[] {
  return names.flatMap((record) => {
    const { samplesUv, samplingFrequency: fs, leads } = loadRecord(directory, record);
    const annotations = loadAnnotations(directory, record);
    const reference = referenceBeats(annotations);
    const excluded = fibrillationStretches(annotations, samplesUv[0]!.length);
    return samplesUv.flatMap((samples, channel) =>
      measureBeats(samples, fs, leads[channel]!, weights)
        .filter(({ timeS }) => !excluded.some(([from, to]) => timeS >= from / fs - MATCH_WINDOW_S && timeS <= to / fs + MATCH_WINDOW_S))
        .map((beat) => ({ ...beat, record, channel, truth: nearest(reference, fs, beat.timeS) })));
  });
}

/** Class of the reference beat nearest to `timeS` within the window. @param reference ascending */
function nearest(reference: readonly ReferenceBeat[], fs: number, timeS: number): ReferenceClass | undefined {
  let low = 0;
  let high = reference.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reference[middle]!.sample < timeS * fs) low = middle + 1;
    else high = middle;
  }
  const distance = (index: number): number => (reference[index] ? Math.abs(reference[index].sample / fs - timeS) : Infinity);
  const at = distance(low - 1) < distance(low) ? low - 1 : low;
  return distance(at) < MATCH_WINDOW_S ? reference[at]!.class : undefined;
}
