/** What a database's annotations say of its beats, in the classes of ANSI/AAMI EC57. */
import type { Annotation } from './record.ts';

/** EC57: a detected and a reference beat this near to each other are one; the first five minutes of a record are for learning. */
export const MATCH_WINDOW_S = 0.15;
export const LEARNING_S = 300;

/** EC57's classes of a reference beat. */
export type ReferenceClass = 'N' | 'S' | 'V' | 'F' | 'Q';
const CLASS_OF: Readonly<Record<string, ReferenceClass>> = {
  N: 'N', L: 'N', R: 'N', B: 'N', e: 'S', j: 'S', n: 'S', a: 'S', A: 'S', J: 'S', S: 'S',
  V: 'V', E: 'V', r: 'V', F: 'F', '/': 'Q', f: 'Q', Q: 'Q', '?': 'Q',
};

export interface ReferenceBeat {
  readonly sample: number;
  readonly class: ReferenceClass;
}

export const referenceBeats = (annotations: readonly Annotation[]): ReferenceBeat[] =>
  annotations.flatMap(({ sample, symbol }) => (symbol in CLASS_OF ? [{ sample, class: CLASS_OF[symbol]! }] : []));

/** Stretches from `[` to `]` (or the end), in samples. */
export function fibrillationStretches(annotations: readonly Annotation[], length: number): [number, number][] {
  const stretches: [number, number][] = [];
  let from: number | undefined;
  for (const { sample, symbol } of annotations) {
    if (symbol === '[') from ??= sample;
    if (symbol === ']' && from !== undefined) {
      stretches.push([from, sample]);
      from = undefined;
    }
  }
  if (from !== undefined) stretches.push([from, length]);
  return stretches;
}
