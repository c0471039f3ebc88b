/**
 * From beats, waveform and time to the conditions of ecg/alarm.ts. Places are samples of the analysis axis.
 */
import type { RhythmLimits } from '../rhythm.ts';
import type { Hz } from '../units.ts';
import { AtrialFibrillationRule } from './atrial-fibrillation.ts';
import type { ConditionSet } from './conditions.ts';
import { EctopyRules } from './ectopy.ts';
import { WINDOW_S } from './fibrillation.ts';
import type { HeartRate } from './heart-rate.ts';
import { VENTRICULAR_ODDS } from './lead-odds.ts';
import { RecentIntervals } from './recent-intervals.ts';
import { VentricularRunRule } from './ventricular-run.ts';

/** Rate alarms end this far inside their limit, so that a rate on the limit does not make them flicker. */
const RATE_HYSTERESIS_BPM = 2;
/** Log odds at which a window counts as fibrillation, and below which as something else; chosen on the even-numbered records of cudb. */
const FIBRILLATION_ON = 1;
const FIBRILLATION_OFF = 0;
/** Where no QRS is found, a waveform less like it is fibrillation all the same: a flat line has none. */
const FIBRILLATION_WITHOUT_QRS = -1;
/** Windows must agree for this long, seconds; and for this long that it is over. */
const FIBRILLATION_CONFIRM_S = 0.5;
const FIBRILLATION_END_S = 1;
/** A pause is over when beats have come for this long, seconds. */
const PAUSE_HOLD_S = 10;
/**
 * A rate further above the limit of extreme tachycardia is known from fewer beats: half of them at 115 % of the limit
 * (161 bpm over 9 beats at the defaults). Chosen on the even-numbered records of cinc2015.
 */
const FASTER_FOR_FEWER = 0.3;
/** Likewise a rate further below the limit of extreme bradycardia: three of five beats where they are below 36 bpm together. */
const SLOWER_FOR_FEWER = 0.3;
const FEWEST_SHARE = 0.5;
/** A run of ventricular beats has ended when none came for this long, seconds. */
const RUN_END_S = 2;

export class RhythmRules {
  readonly #fs: Hz;
  readonly #conditions: ConditionSet;
  readonly #rate: HeartRate;
  readonly #ectopy: EctopyRules;
  readonly #atrial: AtrialFibrillationRule;
  readonly #intervals: RecentIntervals;
  readonly #run: VentricularRunRule;
  readonly #beatDelay: number;
  #quiet = 0;
  #quietFrom = 0;
  #fibrillationFrom = -1;
  #clearFrom = -1;
  #odds = -Infinity;
  #pausedAt = -Infinity;
  limits: RhythmLimits;

  /** @param beatDelay samples after an R peak by which it has been decided */
  constructor(fs: Hz, limits: RhythmLimits, conditions: ConditionSet, rate: HeartRate, beatDelay: number) {
    this.#fs = fs;
    this.limits = limits;
    this.#conditions = conditions;
    this.#rate = rate;
    this.#ectopy = new EctopyRules(fs, conditions);
    this.#atrial = new AtrialFibrillationRule(fs, conditions);
    this.#intervals = new RecentIntervals(fs);
    this.#run = new VentricularRunRule(conditions, this.#intervals);
    this.#beatDelay = beatDelay;
  }

  /** Nothing could be seen for a while: runs and counts start anew at `now`. */
  restart(now: number): void {
    this.#intervals.clear();
    this.#run.restart();
    this.#quiet = 0;
    this.#quietFrom = now;
    this.#fibrillationFrom = -1;
    this.#clearFrom = -1;
    this.#ectopy.restart(now);
    this.#atrial.restart(now);
    for (const condition of ['asystole', 'ventricularFibrillation', 'ventricularTachycardia', 'extremeTachycardia', 'extremeBradycardia', 'pause', 'heartRateHigh', 'heartRateLow'] as const) {
      this.#conditions.set(condition, false, now, now, 'no lead can be analysed');
    }
  }

  /**
   * @param rr interval to the beat before, samples; undefined where a beat may have been missed
   * @param ventricularOdds of its shape and timing, before the next beat
   * @param likeness to the beat before (beat-likeness.ts); undefined where they could not be compared
   */
  beat(rPeak: number, rr: number | undefined, ventricularOdds: number, likeness: number | undefined, now: number): void {
    if (rr !== undefined) this.#intervals.add(rr);
    this.#quiet = now - rPeak;
    this.#quietFrom = rPeak;
    this.#conditions.set('asystole', false, rPeak, now, 'QRS again');
    this.#run.beat(rPeak, ventricularOdds, likeness, now, this.limits);
    this.#extremes(rPeak, now);
    this.#averaged(rPeak, now);
  }

  /** What is known of a beat when the next one has come, or none has; before `beat` is told of that one. */
  settled(rPeak: number, rr: number | undefined, ventricularOdds: number, now: number): void {
    const ventricular = ventricularOdds > VENTRICULAR_ODDS.above;
    this.#run.settled(ventricularOdds, now);
    if (rr === undefined) this.#ectopy.interrupt();
    this.#ectopy.beat(rPeak, ventricular, now, this.limits);
    this.#atrial.beat(rPeak, rr, ventricular, now, this.limits);
  }

  /** One analysable sample has gone by. */
  sample(now: number): void {
    this.#quiet += 1;
    const conditions = this.#conditions;
    const quiet = this.#quiet > (this.limits.asystoleMs / 1000) * this.#fs + this.#beatDelay;
    if (quiet && !conditions.has('asystole') && !conditions.has('ventricularFibrillation') && this.#odds > FIBRILLATION_WITHOUT_QRS) {
      this.#beginFibrillation(now, this.#quietFrom, `fibrillation waveform and no QRS for ${(this.limits.asystoleMs / 1000).toFixed(1)} s`);
    } else if (quiet && !conditions.has('asystole') && !conditions.has('ventricularFibrillation')) {
      conditions.set('asystole', true, this.#quietFrom, now, `no QRS for ${(this.limits.asystoleMs / 1000).toFixed(1)} s`);
      conditions.set('extremeBradycardia', false, now, now, 'asystole');
      this.#rate.reset();
      this.#intervals.clear();
    }
    this.#pause(now);
    this.#ectopy.sample(now);
    if (this.#quiet > RUN_END_S * this.#fs) this.#run.end(now);
  }

  #pause(now: number): void {
    const { pauseMs } = this.limits;
    if (this.#quiet > (pauseMs / 1000) * this.#fs + this.#beatDelay && !this.#conditions.has('ventricularFibrillation')) {
      this.#pausedAt = now;
      if (!this.#conditions.has('pause')) this.#conditions.set('pause', true, this.#quietFrom, now, `no QRS for ${(pauseMs / 1000).toFixed(1)} s`);
    } else if (now - this.#pausedAt > PAUSE_HOLD_S * this.#fs && this.#conditions.has('pause')) {
      this.#conditions.set('pause', false, now, now, `no pause for ${PAUSE_HOLD_S} s`);
    }
  }

  /** @param odds log odds of fibrillation over the last window, all leads together */
  fibrillation(odds: number, now: number): void {
    this.#odds = odds;
    const quiet = this.#quiet > (this.limits.asystoleMs / 1000) * this.#fs;
    if (odds < (quiet ? FIBRILLATION_WITHOUT_QRS : FIBRILLATION_OFF)) {
      this.#fibrillationFrom = -1;
      if (this.#clearFrom < 0) this.#clearFrom = now;
      if (now - this.#clearFrom >= FIBRILLATION_END_S * this.#fs) this.#conditions.set('ventricularFibrillation', false, this.#clearFrom, now, 'fibrillation waveform gone');
      return;
    }
    this.#clearFrom = -1;
    if (odds < FIBRILLATION_ON) {
      this.#fibrillationFrom = -1;
      return;
    }
    if (this.#fibrillationFrom < 0) this.#fibrillationFrom = now;
    const needed = Math.max(0, this.limits.fibrillationMs / 1000 - WINDOW_S) + FIBRILLATION_CONFIRM_S;
    if (now - this.#fibrillationFrom < needed * this.#fs) return;
    if (!this.#conditions.has('ventricularFibrillation')) {
      const from = Math.max(0, this.#fibrillationFrom - WINDOW_S * this.#fs);
      this.#beginFibrillation(now, from, `fibrillation waveform for ${(WINDOW_S + needed).toFixed(1)} s`);
    }
    this.#rate.reset();
  }

  #beginFibrillation(now: number, from: number, cause: string): void {
    this.#conditions.set('ventricularFibrillation', true, from, now, cause);
    this.#conditions.set('asystole', false, now, now, 'fibrillation waveform');
    this.#rate.reset();
  }

  #extremes(rPeak: number, now: number): void {
    const limits = this.limits;
    const fast = this.#extremeBeats(limits.extremeTachycardiaBeats, (bpm, missing) => bpm > limits.extremeTachycardiaBpm * (1 + FASTER_FOR_FEWER * missing));
    const slow = this.#extremeBeats(limits.extremeBradycardiaBeats, (bpm, missing) => bpm < limits.extremeBradycardiaBpm / (1 + SLOWER_FOR_FEWER * missing));
    const overAll = this.#intervals.rateOver(limits.extremeBradycardiaBeats);
    const recent = this.#intervals.rateOver(5);
    if (fast > 0) {
      if (!this.#conditions.has('extremeTachycardia')) {
        this.#conditions.set('extremeTachycardia', true, rPeak - this.#intervals.span(fast)!, now, `${this.#intervals.rateOver(fast)!.toFixed(0)} bpm over ${fast} beats`);
      }
    } else if (recent !== undefined && recent < limits.extremeTachycardiaBpm - RATE_HYSTERESIS_BPM) {
      this.#conditions.set('extremeTachycardia', false, rPeak, now, `${recent.toFixed(0)} bpm`);
    }
    if (slow > 0) {
      this.#conditions.set('extremeBradycardia', true, rPeak - this.#intervals.span(slow)!, now, `${this.#intervals.rateOver(slow)!.toFixed(0)} bpm over ${slow} beats`);
    } else if (overAll !== undefined && overAll > limits.extremeBradycardiaBpm + RATE_HYSTERESIS_BPM) {
      this.#conditions.set('extremeBradycardia', false, rPeak, now, `${overAll.toFixed(0)} bpm`);
    }
  }

  /**
   * How many of the newest beats are beyond a limit together: all that the limit names, or fewer that are further beyond it; 0 where none are.
   * @param isBeyond told their rate and the share of the beats that is missing
   */
  #extremeBeats(all: number, isBeyond: (bpm: number, missing: number) => boolean): number {
    for (let beats = all; beats >= all * FEWEST_SHARE; beats--) {
      const rate = this.#intervals.rateOver(beats);
      if (rate !== undefined && isBeyond(rate, 1 - beats / all)) return beats;
    }
    return 0;
  }

  #averaged(rPeak: number, now: number): void {
    const rate = this.#rate.bpm;
    if (rate === undefined) return;
    const { heartRateHighBpm: high, heartRateLowBpm: low } = this.limits;
    const words = `heart rate ${rate.toFixed(0)} bpm`;
    if (rate > high) this.#conditions.set('heartRateHigh', true, rPeak, now, words);
    else if (rate < high - RATE_HYSTERESIS_BPM) this.#conditions.set('heartRateHigh', false, rPeak, now, words);
    if (rate < low) this.#conditions.set('heartRateLow', true, rPeak, now, words);
    else if (rate > low + RATE_HYSTERESIS_BPM) this.#conditions.set('heartRateLow', false, rPeak, now, words);
  }
}
