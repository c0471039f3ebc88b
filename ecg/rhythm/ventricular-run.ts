/**
 * Ventricular tachycardia: a run of beats that are ventricular together, fast enough and alike enough. Each beat is judged
 * at once, so that the alarm waits for nothing; those before it by what the next beat has told of them as well.
 */
import type { RhythmLimits } from '../rhythm.ts';
import type { ConditionSet } from './conditions.ts';
import type { RecentIntervals } from './recent-intervals.ts';

/** More than any limit counts beats. */
const MEMORY = 64;
/**
 * In a run, beats support each other: a run is ventricular where no beat of it has lower log odds than the first figure,
 * or than the second once it is settled, and the mean of its newest beats, as many as a tachycardia needs, is above the
 * third. The mean is of the newest alone: what a bigeminy has summed up before says nothing of them, nor does a slow
 * beginning delay the alarm. All constants here lie in the middle of what keeps every true run of the even-numbered records
 * of cinc2015 and mitdb that is kept at all and the fewest others, the records seen with all leads, with each lead alone,
 * and with muscle noise and baseline wander at 6 and 12 dB.
 */
const LEAST_ODDS = -2;
const LEAST_SETTLED_ODDS = -1.5;
const MEAN_ODDS = 2;
/**
 * The third figure is for runs up to this multiple of the limit of rate; above it each multiple takes so much off, down to
 * the least: bigeminy and aberrant beats are seldom that fast.
 */
const FAST = 1.2;
const ODDS_FOR_RATE = 1;
const LEAST_MEAN_ODDS = 1;
/** No beat of a run counts for more than this, so that two strange beats and three doubtful ones do not make a run. */
const MOST_ODDS = 3.25;
/**
 * A run's beats are like the one before each, the more so the less even their intervals are: artefacts of movement are
 * neither, even polymorphic tachycardias are one of the two. Least mean likeness of the newest beats where their intervals
 * are equal, what is added for each multiple of the shortest that the longest is above it, and most that is asked for.
 */
const LEAST_LIKENESS = 0.1;
const LIKENESS_FOR_UNEVEN = 0.5;
const MOST_LIKENESS = 0.55;
/** A run is over with this many beats in a row that are not of it. */
const OTHERS_TO_END = 2;

export class VentricularRunRule {
  readonly #conditions: ConditionSet;
  readonly #intervals: RecentIntervals;
  #beats = 0;
  #from = 0;
  /** Log odds of the newest beats of the run, cut to MOST_ODDS. */
  readonly #odds = new Float64Array(MEMORY);
  /** How alike each of them and the beat before it are. */
  readonly #likeness = new Float64Array(MEMORY);
  /** Of the newest beat, which is not settled yet. */
  #oddsAtOnce = 0;
  /** Settled beats in a row that are not of the run. */
  #others = 0;

  /** @param intervals the newest is the one before the beat that `beat` is told of */
  constructor(conditions: ConditionSet, intervals: RecentIntervals) {
    this.#conditions = conditions;
    this.#intervals = intervals;
  }

  /** What comes next begins a new run. */
  restart(): void {
    this.#beats = 0;
    this.#others = 0;
  }

  /** No ventricular beat has come for long. */
  end(now: number): void {
    this.restart();
    this.#endAfter(OTHERS_TO_END, now);
  }

  /** @param odds known at once @param likeness to the beat before (beat-likeness.ts); undefined where they could not be compared */
  beat(rPeak: number, odds: number, likeness: number | undefined, now: number, { ventricularTachycardiaBeats: needed, ventricularTachycardiaBpm: limit }: RhythmLimits): void {
    this.#oddsAtOnce = odds;
    if (odds < LEAST_ODDS) {
      this.#beats = 0;
      this.#endAfter(this.#others + 1, now);
      return;
    }
    if (this.#beats === 0) this.#from = rPeak;
    this.#likeness[this.#beats % MEMORY] = likeness ?? 1;
    this.#odds[this.#beats++ % MEMORY] = Math.min(MOST_ODDS, odds);
    if (this.#beats < needed) return;
    const rate = this.#intervals.rateOver(needed);
    if (rate === undefined || rate <= limit) return;
    const meanOdds = Math.max(LEAST_MEAN_ODDS, MEAN_ODDS - ODDS_FOR_RATE * Math.max(0, rate / limit - FAST));
    if (this.#meanOdds(needed) > meanOdds && this.#isOrdered(needed)) {
      this.#conditions.set('ventricularTachycardia', true, this.#from, now, `${needed} ventricular beats at ${rate.toFixed(0)} bpm`);
    }
  }

  /** What the next beat, or that none came, has told of the newest one. To be said before that next beat. */
  settled(odds: number, now: number): void {
    if (this.#oddsAtOnce >= LEAST_ODDS && odds >= LEAST_SETTLED_ODDS) {
      this.#others = 0;
      if (this.#beats > 0) this.#odds[(this.#beats - 1) % MEMORY] = Math.min(MOST_ODDS, (this.#oddsAtOnce + odds) / 2);
      return;
    }
    this.#beats = 0;
    this.#endAfter(++this.#others, now);
  }

  #endAfter(others: number, now: number): void {
    if (others >= OTHERS_TO_END) this.#conditions.set('ventricularTachycardia', false, now, now, 'no ventricular run');
  }

  #meanOdds(beats: number): number {
    let sum = 0;
    for (let i = 1; i <= beats; i++) sum += this.#odds[(this.#beats - i) % MEMORY]!;
    return sum / beats;
  }

  /** Whether the newest `beats` beats of the run are alike enough for how even their intervals are. */
  #isOrdered(beats: number): boolean {
    let likeness = 0, shortest = Infinity, longest = 0;
    for (let i = 1; i < beats; i++) {
      const rr = this.#intervals.back(i);
      likeness += this.#likeness[(this.#beats - i) % MEMORY]! / (beats - 1);
      shortest = Math.min(shortest, rr);
      longest = Math.max(longest, rr);
    }
    return likeness >= Math.min(MOST_LIKENESS, LEAST_LIKENESS + LIKENESS_FOR_UNEVEN * (longest / shortest - 1));
  }
}
