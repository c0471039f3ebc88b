/**
 * One instant of a hobby board as a line of text: a number for each lead in adu, separated by commas, semicolons or
 * blanks. `?` is a missing sample, `x` an electrode that is off, a last `p` a pacer pulse: `12,-5,x p`.
 */
import { EcgError } from '../../../ecg/errors.ts';
import { MISSING_ADU } from '../../../ecg/frame.ts';

export interface SampleSet {
  /** adu, one per lead. */
  readonly samples: readonly number[];
  /** Bit n = electrode of lead n off. */
  readonly leadOffMask: number;
  readonly pacer: boolean;
}

const WHOLE = /^[+-]?\d{1,5}$/;

/** @throws EcgError FRAME_MALFORMED */
export function parseSampleLine(line: string, leadCount: number, from: string): SampleSet {
  const words = line.trim().split(/[,;\s]+/);
  const pacer = words.at(-1) === 'p';
  if (pacer) words.pop();
  if (words.length !== leadCount) {
    throw new EcgError('FRAME_MALFORMED', 'the line has another number of samples than hello announced', { expected: `${leadCount}`, received: `${words.length}: ${line.slice(0, 60)}`, from });
  }
  let leadOffMask = 0;
  const samples = words.map((word, lead) => {
    if (word === '?') return MISSING_ADU;
    if (word === 'x') {
      leadOffMask |= 1 << lead;
      return MISSING_ADU;
    }
    const value = WHOLE.test(word) ? Number(word) : NaN;
    if (!(Math.abs(value) <= 32_767)) throw new EcgError('FRAME_MALFORMED', `sample of lead ${lead} is no number`, { expected: 'a whole number within +-32767, ? or x', received: word.slice(0, 20), from });
    return value;
  });
  return { samples, leadOffMask, pacer };
}
