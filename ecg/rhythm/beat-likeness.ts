/** How alike one beat and the beat before it are, over all leads: the beats of a tachycardia are, the swings of a moving cable are not. */
import type { Hz } from '../units.ts';
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

  constructor(leads: number, fs: Hz) {
    this.#half = Math.round(HALF_S * fs);
    this.#shift = Math.round(SHIFT_S * fs);
    const length = 2 * (this.#half + this.#shift) + 1;
    this.#before = Array.from({ length: leads }, () => new Float64Array(length));
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
        sum += share(lead) * this.#correlation(this.#before[lead]!, track, rPeak);
        shares += share(lead);
      }
      this.#keep(this.#before[lead]!, track, rPeak);
      this.#known[lead] = true;
    }
    return shares > 0 ? sum / shares : undefined;
  }

  #keep(beat: Float64Array, track: LeadTrack, rPeak: number): void {
    const from = rPeak - this.#half - this.#shift;
    for (let i = 0; i < beat.length; i++) beat[i] = track.morphology.at(from + i);
  }

  /** Best correlation over the displacements. */
  #correlation(before: Float64Array, track: LeadTrack, rPeak: number): number {
    const count = 2 * this.#half + 1;
    let best = -1;
    for (let shift = 0; shift <= 2 * this.#shift; shift++) {
      let x = 0, y = 0, xx = 0, yy = 0, xy = 0;
      for (let i = 0; i < count; i++) {
        const a = before[i + shift]!;
        const b = track.morphology.at(rPeak - this.#half + i);
        x += a;
        y += b;
        xx += a * a;
        yy += b * b;
        xy += a * b;
      }
      const spread = Math.sqrt(Math.max(0, xx - (x * x) / count) * Math.max(0, yy - (y * y) / count));
      if (spread > 0) best = Math.max(best, (xy - (x * y) / count) / spread);
    }
    return best;
  }
}
