import { INPUT_SPEC } from './data/input-spec.ts';
import { readInput, type Signals } from './data/signals.ts';

/** A record with only some of its leads, as serving fills an input for a bed that has no others. */
export function maskedInput(signals: Signals, record: number, presence: Uint8Array, out: Float32Array): void {
  readInput(signals, record, out);
  presence.forEach((present, lead) => {
    if (present === 0) out.fill(0, lead * INPUT_SPEC.length, (lead + 1) * INPUT_SPEC.length);
  });
}
