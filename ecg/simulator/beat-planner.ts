/** Decides when the next beat comes and of which kind: the rhythm, without its shape. */
import type { BeatClass } from '../beat.ts';
import type { RhythmSpan, Timeline } from './course.ts';
import type { BeatShape } from './morphology.ts';
import type { Random } from './random.ts';

export interface PlannedBeat {
  /** R peak, seconds after the start. */
  readonly time: number;
  /** Interval the rhythm meant to have before it, in seconds; the real one is longer after a pause. */
  readonly rr: number;
  readonly shape: BeatShape;
  readonly class: Extract<BeatClass, 'normal' | 'ventricular'>;
}

/** Heart rates in bpm. VT and bradycardia lie well inside the alarm limits of docs/alarms.md. */
export interface HeartRates {
  readonly sinus: number;
  readonly bradycardia: number;
  readonly af: number;
  readonly vt: number;
}

export const DEFAULT_HEART_RATES: HeartRates = { sinus: 72, bradycardia: 34, af: 92, vt: 170 };

/** Respiratory sinus arrhythmia and Mayer waves (0.1 Hz), as shares of RR; the two bands of McSharry et al. 2003. */
const RESPIRATORY_ARRHYTHMIA = 0.035;
const MAYER = { share: 0.02, hz: 0.1 };
/** What is left of RR's variation, as a share. */
const RR_JITTER = 0.008;
/** Spread of RR in atrial fibrillation as a share of its mean, and the shortest the AV node lets through, in seconds. */
const AF_SPREAD = 0.24;
const AF_SHORTEST = 0.34;
/** A premature beat's coupling and the pause after it, as shares of the sinus interval: their sum is 2, a full compensatory pause. */
const COUPLING = 0.58;
const COMPENSATORY_PAUSE = 1.42;
/** Interval within a short run, in seconds: 150 bpm. */
const RUN_RR = 0.4;
/** Chance that the next sinus beat of `pvc-runs` is followed by ectopy, and lengths of it: runs stay shorter than VT's five. */
const ECTOPY_CHANCE = 0.22;
const RUN_LENGTHS = [1, 1, 1, 2, 3, 3, 4] as const;

/** A heart that begins to beat again is taken to have had its last beat this long before the pause ended, in seconds. */
const RESUME_SECONDS = 0.3;
/** More spans without a beat in a row than any sensible course has. */
const MOST_SPANS_PASSED = 64;

/** Plans beats in order of time; draws random numbers only here, so that a beat never depends on how samples are asked for. */
export class BeatPlanner {
  readonly #timeline: Timeline;
  readonly #rates: HeartRates;
  readonly #respirationHz: number;
  readonly #random: Random;
  #last = -0.5; // R peak before the first: the first beat comes soon after the start
  #ectopyLeft = 0;
  #afterEctopy = false;

  constructor(timeline: Timeline, rates: HeartRates, respirationHz: number, random: Random) {
    this.#timeline = timeline;
    this.#rates = rates;
    this.#respirationHz = respirationHz;
    this.#random = random;
  }

  /** The next beat. Rhythms without beats are passed over; a course of nothing else gives a beat at infinity. */
  next(): PlannedBeat {
    let span = this.#timeline.at(Math.max(0, this.#last));
    let previous = this.#last;
    for (let passed = 0; passed < MOST_SPANS_PASSED; passed++) {
      const beat = this.#propose(span, previous);
      if (beat && beat.time < span.end) {
        this.#last = beat.time;
        return beat;
      }
      // What was proposed belongs to the next rhythm, which has an interval of its own.
      if (!beat) previous = Math.max(this.#last, span.end - RESUME_SECONDS);
      span = this.#timeline.at(span.end);
      this.#ectopyLeft = 0;
      this.#afterEctopy = false;
    }
    return { time: Infinity, rr: Infinity, shape: 'sinus', class: 'normal' };
  }

  #propose({ rhythm, start }: RhythmSpan, previous: number): PlannedBeat | undefined {
    const after = (rr: number, shape: BeatShape): PlannedBeat => ({
      time: Math.max(start, previous + rr), rr, shape, class: shape === 'ectopic' || shape === 'tachycardia' ? 'ventricular' : 'normal' });
    switch (rhythm) {
      case 'sinus':
      case 'lead-off':
        return after(this.#sinusInterval(this.#rates.sinus, previous), 'sinus');
      case 'bradycardia':
        return after(this.#sinusInterval(this.#rates.bradycardia, previous), 'sinus');
      case 'af':
        return after(Math.max(AF_SHORTEST, (60 / this.#rates.af) * (1 + AF_SPREAD * this.#random.normal())), 'conducted');
      case 'vt':
        return after((60 / this.#rates.vt) * (1 + RR_JITTER * this.#random.normal()), 'tachycardia');
      case 'pvc-runs':
        return this.#ectopy(after, this.#sinusInterval(this.#rates.sinus, previous));
      case 'vf':
      case 'asystole':
        return undefined;
    }
  }

  #ectopy(after: (rr: number, shape: BeatShape) => PlannedBeat, sinus: number): PlannedBeat {
    if (this.#ectopyLeft > 0) {
      const isFirst = !this.#afterEctopy;
      this.#ectopyLeft--;
      this.#afterEctopy = true;
      return after(isFirst ? sinus * COUPLING : RUN_RR, 'ectopic');
    }
    const pause = this.#afterEctopy;
    this.#afterEctopy = false;
    if (this.#random.uniform() < ECTOPY_CHANCE) this.#ectopyLeft = RUN_LENGTHS[Math.floor(this.#random.uniform() * RUN_LENGTHS.length)]!;
    return after(pause ? sinus * COMPENSATORY_PAUSE : sinus, 'sinus');
  }

  #sinusInterval(rate: number, time: number): number {
    const respiratory = RESPIRATORY_ARRHYTHMIA * Math.sin(2 * Math.PI * this.#respirationHz * time);
    const mayer = MAYER.share * Math.sin(2 * Math.PI * MAYER.hz * time);
    return (60 / rate) * (1 + respiratory + mayer + RR_JITTER * this.#random.normal());
  }
}
