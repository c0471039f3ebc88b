/** Ventricular tachycardia of mitdb: five or more ventricular beats in a row above 100 bpm by the beat annotations, and when it is alarmed. */
import { DEFAULT_RHYTHM_LIMITS, type RhythmChange } from '../../ecg/rhythm.ts';
import type { ReferenceBeat } from '../../ecg/reference-beats.ts';
import { activeAt } from './rhythm-cudb.ts';

/** An alarm that comes later than this after the end of a run is another one's, seconds. */
const GRACE_S = 2;

/** From the first beat of each run to the alarm, milliseconds; Infinity for a miss. */
export function tachycardiaDelays(reference: readonly ReferenceBeat[], changes: readonly RhythmChange[], fs: number, length: number): number[] {
  const active = activeAt(changes, 'ventricularTachycardia', length);
  return runs(reference, fs).map(([from, to]) => {
    for (let i = from; i < Math.min(length, to + GRACE_S * fs); i++) if (active[i] === 1) return ((i - from) * 1000) / fs;
    return Infinity;
  });
}

function runs(reference: readonly ReferenceBeat[], fs: number): [number, number][] {
  const { ventricularTachycardiaBeats: needed, ventricularTachycardiaBpm: fast } = DEFAULT_RHYTHM_LIMITS;
  const found: [number, number][] = [];
  for (let i = 0; i < reference.length; ) {
    let end = i;
    while (end < reference.length && reference[end]!.class === 'V') end++;
    const first = reference[i]!.sample;
    const last = reference[end - 1]?.sample ?? first;
    if (end - i >= needed && (60 * fs * (end - i - 1)) / (last - first) > fast) found.push([first, last]);
    i = Math.max(end, i + 1);
  }
  return found;
}
