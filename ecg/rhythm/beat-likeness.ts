/** How alike one beat and the beat before it are, over all leads: the beats of a tachycardia are, the swings of a moving cable are not. */
import type { Hz } from '../units.ts';
import { correlationAt } from './correlation.ts';
import type { LeadTrack } from './lead-track.ts';

/** Half the stretch compared about the R peak, seconds: the QRS and the beginning of its T wave. */
const HALF_S = 0.12;
/** Largest displacement at which two beats are compared, seconds. */
const SHIFT_S = 0.032;

export class BeatLikeness {
  readonly #half: number;
  readonly #shift: number;
  /** The beat before in each lead, with `#shift` samples more on either side, microvolts. */
  readonly #before: readonly Float64Array[];
  readonly #known: boolean[];
  /** The beat that is compared with it, and how much each of its samples counts. */
  readonly #beat: Float64Array;
  readonly #weights: Float64Array;

  constructor(leads: number, fs: Hz) {
    this.#half = Math.round(HALF_S * fs);
    this.#shift = Math.round(SHIFT_S * fs);
    this.#beat = new Float64Array(2 * this.#half + 1);
    this.#weights = new Float64Array(this.#beat.length).fill(1);
    this.#before = Array.from({ length: leads }, () => new Float64Array(this.#beat.length + 2 * this.#shift));
    this.#known = new Array<boolean>(leads).fill(false);
  }

  /**
   * Takes the next beat. @param rPeak its R peak in the leads' monitor band @param share how much each lead counts
   * @returns correlation with the beat before, from -1 to 1, mean over the leads by their share; undefined where no lead shows both
   */
  next(tracks: readonly LeadTrack[], rPeak: number, share: (lead: number) => number): number | undefined {
    let sum = 0;
    let shares = 0;
    for (let lead = 0; lead < tracks.length; lead++) {
      const track = tracks[lead]!;
      if (!track.usable) {
        this.#known[lead] = false;
        continue;
      }
      if (this.#known[lead] === true) {
        take(this.#beat, track, rPeak);
        sum += share(lead) * this.#correlation(this.#before[lead]!);
        shares += share(lead);
      }
      take(this.#before[lead]!, track, rPeak);
      this.#known[lead] = true;
    }
    return shares > 0 ? sum / shares : undefined;
  }

  /** Best correlation over the displacements. */
  #correlation(before: Float64Array): number {
    let best = -1;
    for (let shift = 0; shift <= 2 * this.#shift; shift++) {
      best = Math.max(best, correlationAt(before, shift, this.#beat, this.#weights, this.#beat.length) ?? -1);
    }
    return best;
  }
}

/** As many samples of the lead as there is room for, the R peak in their middle. */
function take(beat: Float64Array, track: LeadTrack, rPeak: number): void {
  const from = rPeak - (beat.length - 1) / 2;
  for (let i = 0; i < beat.length; i++) beat[i] = track.morphology.at(from + i);
}
