/**
 * The METS paper's second test: ten-second segments of the MIT-BIH Arrhythmia Database by the beats in them. Two-lead Holters of
 * 1975-1979 from another country; nothing of the model, its prompts or its epoch was chosen on them.
 */
import { Preprocessor } from '../../ecg/dsp/preprocess.ts';
import { recordToSegment } from '../../ecg/encoder-input.ts';
import type { EcgRecord } from '../../ecg/record.ts';
import { loadAnnotations, loadRecord, recordingsDirectory, recordNames } from '../../stream/recordings/library.ts';
import { INPUT_SPEC } from '../data/input-spec.ts';
import { randomOf, shuffled, type Random } from '../random.ts';

/** As the paper counts them. */
const SEGMENTS_PER_CLASS = 100;
/** A bundle branch block is a property of the rhythm, not of single beats. */
const BLOCK_SHARE = 0.9;
/** Fewer beats in ten seconds is a pause or a stretch nobody annotated. */
const FEWEST_BEATS = 3;
/** Paced: EC57 leaves them out, and none of the five classes is theirs. */
const PACED = ['102', '104', '107', '217'];
const DRAW_SEED = 3;
const SEGMENT_SECONDS = INPUT_SPEC.length / INPUT_SPEC.samplingFrequency;

export const MIT_BIH_CLASSES = ['N', 'LBBB', 'RBBB', 'APB', 'PVC'] as const;
export type MitBihClass = (typeof MIT_BIH_CLASSES)[number];

/** Annotations that mark a beat (WFDB). */
const BEAT_SYMBOLS = new Set('NLRBAaJSVrFejnE/fQ?'.split(''));

/** @param beats symbols of the beats in a segment @returns undefined where the segment belongs to none of the classes alone */
export function classOfBeats(beats: readonly string[]): MitBihClass | undefined {
  const count = (symbol: string): number => beats.filter((beat) => beat === symbol).length;
  if (beats.length < FEWEST_BEATS) return undefined;
  if (count('L') >= BLOCK_SHARE * beats.length) return 'LBBB';
  if (count('R') >= BLOCK_SHARE * beats.length) return 'RBBB';
  const [normal, atrial, ventricular] = [count('N'), count('A'), count('V')];
  if (normal + atrial + ventricular !== beats.length) return undefined;
  if (atrial > 0 && ventricular > 0) return undefined;
  if (atrial > 0) return 'APB';
  return ventricular > 0 ? 'PVC' : 'N';
}

/** As many of each as a fair share allows: records with few give all, the others divide what is left. @returns how many of each */
export function fairShares(available: readonly number[], wanted: number): number[] {
  const shares = available.map(() => 0);
  for (let left = Math.min(wanted, available.reduce((sum, count) => sum + count, 0)); left > 0; ) {
    for (const [index, count] of available.entries()) {
      if (left > 0 && shares[index]! < count) {
        shares[index] = shares[index]! + 1;
        left--;
      }
    }
  }
  return shares;
}

export interface MitBihSegment {
  readonly record: string;
  readonly truth: MitBihClass;
  /** [leads][length], after preprocessing. */
  readonly input: Float32Array;
  readonly presence: Uint8Array;
}

/** @throws EcgError DATA_NOT_FOUND */
export async function mitBihSegments(): Promise<MitBihSegment[]> {
  const directory = await recordingsDirectory('mitdb');
  const records = recordNames(directory).filter((name) => !PACED.includes(name));
  const candidates = records.map((name) => segmentsOf(directory, name));
  const random = randomOf(DRAW_SEED);
  const chosen = MIT_BIH_CLASSES.flatMap((truth) => {
    const ofClass = candidates.map((all) => all.filter((segment) => segment.truth === truth));
    const shares = fairShares(ofClass.map(({ length }) => length), SEGMENTS_PER_CLASS);
    return records.flatMap((name, index) => draw(ofClass[index]!, shares[index]!, random).map((segment) => ({ ...segment, name })));
  });
  return records.flatMap((name) => {
    const record = loadRecord(directory, name);
    return chosen.filter((segment) => segment.name === name).map(({ truth, atSeconds }) => cut(record, truth, atSeconds));
  });
}

/** Consecutive ten-second segments that belong to a class. */
function segmentsOf(directory: string, name: string): { truth: MitBihClass; atSeconds: number }[] {
  const record = loadRecord(directory, name);
  const beats = loadAnnotations(directory, name).filter(({ symbol }) => BEAT_SYMBOLS.has(symbol))
    .map(({ sample, symbol }) => ({ seconds: sample / record.samplingFrequency, symbol }));
  const whole = Math.floor(record.samplesUv[0]!.length / record.samplingFrequency / SEGMENT_SECONDS);
  return Array.from({ length: whole }, (_, index) => index).flatMap((index) => {
    const inside = beats.filter((beat) => beat.seconds >= index * SEGMENT_SECONDS && beat.seconds < (index + 1) * SEGMENT_SECONDS);
    const truth = classOfBeats(inside.map(({ symbol }) => symbol));
    return truth ? [{ truth, atSeconds: index * SEGMENT_SECONDS }] : [];
  });
}

const draw = <T>(items: readonly T[], count: number, random: Random): T[] => [...shuffled(items.length, random)].slice(0, count).map((index) => items[index]!);

function cut(record: EcgRecord, truth: MitBihClass, atSeconds: number): MitBihSegment {
  const [from, to] = [atSeconds, atSeconds + SEGMENT_SECONDS].map((seconds) => Math.round(seconds * record.samplingFrequency));
  const segment = { ...record, samplesUv: record.samplesUv.map((samples) => samples.subarray(from, to)) };
  const { samplesUv, presence } = recordToSegment(segment, INPUT_SPEC);
  const input = new Float32Array(samplesUv.length);
  new Preprocessor(INPUT_SPEC.preprocessing, INPUT_SPEC.samplingFrequency, INPUT_SPEC.leads.length, INPUT_SPEC.length).run(samplesUv, presence, input);
  return { record: record.name, truth, input, presence };
}
