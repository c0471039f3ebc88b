/**
 * Atrial fibrillation from the intervals alone: no interval foretells the next. Measured as the coefficient of sample
 * entropy (Lake & Moorman, Am J Physiol Heart Circ Physiol 2011;300:H319), over intervals between beats that are not
 * ventricular, so that bigeminy, which is irregular but orderly, does not count.
 */
import type { RhythmLimits } from '../rhythm.ts';
import type { Hz } from '../units.ts';
import type { ConditionSet } from './conditions.ts';

/** Intervals looked at: the paper's 12 tell it quickest, more than twice as many tell it from ectopic beats. */
const INTERVALS = 32;
/** Two intervals are alike within this, seconds (Lake & Moorman: 30 ms). */
const ALIKE_S = 0.03;
/** Entropy from which on it is fibrillation, and below which it is over; chosen on the even-numbered records of mitdb (Lake & Moorman, 12 intervals: -1.4). */
const ENTROPY_ON = -1;
const ENTROPY_OFF = -1.1;
/** Where ventricular beats leave fewer than every second interval, nothing can be said, and nothing is. */
const MOST_BEATS = 64;

export class AtrialFibrillationRule {
  readonly #fs: Hz;
  readonly #conditions: ConditionSet;
  /** Seconds, oldest first once full. */
  readonly #rr = new Float64Array(INTERVALS);
  /** Number of the beat that ended each of them. */
  readonly #beatOf = new Float64Array(INTERVALS);
  #beats = 0;
  #count = 0;
  #afterVentricular = true;
  #irregularFrom = -1;
  #orderlyFrom = -1;

  constructor(fs: Hz, conditions: ConditionSet) {
    this.#fs = fs;
    this.#conditions = conditions;
  }

  /** Nothing could be seen for a while. */
  restart(now: number): void {
    this.#count = 0;
    this.#irregularFrom = -1;
    this.#orderlyFrom = -1;
    this.#conditions.set('atrialFibrillation', false, now, now, 'no lead can be analysed');
  }

  /** @param rr interval to the beat before, samples; undefined where a beat may have been missed */
  beat(rPeak: number, rr: number | undefined, ventricular: boolean, now: number, limits: RhythmLimits): void {
    const counts = rr !== undefined && !ventricular && !this.#afterVentricular;
    this.#afterVentricular = ventricular;
    this.#beats += 1;
    if (!counts) return;
    this.#rr.copyWithin(0, 1);
    this.#rr[INTERVALS - 1] = rr / this.#fs;
    this.#beatOf.copyWithin(0, 1);
    this.#beatOf[INTERVALS - 1] = this.#beats;
    if (++this.#count < INTERVALS) return;
    const entropy = this.#beats - this.#beatOf[0]! < MOST_BEATS ? this.#entropy() : -Infinity;
    const dwell = (limits.atrialFibrillationMs / 1000) * this.#fs;
    if (entropy >= ENTROPY_ON) {
      this.#orderlyFrom = -1;
      if (this.#irregularFrom < 0) this.#irregularFrom = rPeak;
      if (rPeak - this.#irregularFrom >= dwell && !this.#conditions.has('atrialFibrillation')) {
        this.#conditions.set('atrialFibrillation', true, this.#irregularFrom, now, `intervals without order for ${((rPeak - this.#irregularFrom) / this.#fs).toFixed(0)} s`);
      }
    } else if (entropy < ENTROPY_OFF) {
      this.#irregularFrom = -1;
      if (this.#orderlyFrom < 0) this.#orderlyFrom = rPeak;
      if (rPeak - this.#orderlyFrom >= dwell) this.#conditions.set('atrialFibrillation', false, this.#orderlyFrom, now, 'intervals in order again');
    }
  }

  /** Coefficient of sample entropy: template length 1, tolerance fixed, corrected for tolerance and rate. */
  #entropy(): number {
    const x = this.#rr;
    let alike = 0;
    let alikeNext = 0;
    let sum = x[INTERVALS - 1]!;
    for (let i = 0; i < INTERVALS - 1; i++) {
      sum += x[i]!;
      for (let j = i + 1; j < INTERVALS - 1; j++) {
        if (Math.abs(x[i]! - x[j]!) >= ALIKE_S) continue;
        alike++;
        if (Math.abs(x[i + 1]! - x[j + 1]!) < ALIKE_S) alikeNext++;
      }
    }
    return Math.log(Math.max(0.5, alike) / Math.max(0.5, alikeNext)) + Math.log(2 * ALIKE_S) - Math.log(sum / INTERVALS);
  }
}
