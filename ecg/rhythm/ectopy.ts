/**
 * What ventricular beats do between others: runs too short or too slow for a tachycardia, couplets, bigeminy, and
 * many in a minute. Each is an event of a moment, held for a dwell after it was last seen, so that none flickers.
 */
import type { RhythmLimits } from '../rhythm.ts';
import type { Hz } from '../units.ts';
import type { ConditionSet } from './conditions.ts';

/** How long an event stays on after it was last seen, seconds. */
const HOLD_S = 10;
const MINUTE_S = 60;
/** Ventricular beats remembered: 300 in a minute are the most a detector gives. */
const MEMORY = 301;
/** Beats whose order is known, one bit each. */
const PATTERN = 32;

const CONDITIONS = ['ventricularRun', 'ventricularCouplet', 'ventricularBigeminy', 'frequentVentricularBeats'] as const;
type Ectopy = (typeof CONDITIONS)[number];

export class EctopyRules {
  readonly #fs: Hz;
  readonly #conditions: ConditionSet;
  readonly #seen: Record<Ectopy, number> = { ventricularRun: -Infinity, ventricularCouplet: -Infinity, ventricularBigeminy: -Infinity, frequentVentricularBeats: -Infinity };
  readonly #ventricularAt = new Float64Array(MEMORY);
  #ventriculars = 0;
  /** The newest beats, bit 0 the last: 1 = ventricular. */
  #pattern = 0;
  #patternBeats = 0;
  #run = 0;
  #runFrom = 0;

  constructor(fs: Hz, conditions: ConditionSet) {
    this.#fs = fs;
    this.#conditions = conditions;
  }

  /** A beat may have been missed: no pattern spans the gap. */
  interrupt(): void {
    this.#run = 0;
    this.#patternBeats = 0;
  }

  /** Nothing could be seen for a while. */
  restart(now: number): void {
    this.interrupt();
    this.#ventriculars = 0;
    for (const condition of CONDITIONS) this.#conditions.set(condition, false, now, now, 'no lead can be analysed');
  }

  beat(rPeak: number, ventricular: boolean, now: number, limits: RhythmLimits): void {
    this.#pattern = (this.#pattern << 1) | (ventricular ? 1 : 0);
    this.#patternBeats = Math.min(PATTERN, this.#patternBeats + 1);
    if (!ventricular) {
      if (this.#run === 2) this.#note('ventricularCouplet', this.#runFrom, now, 'two ventricular beats in a row');
      this.#run = 0;
      return;
    }
    if (this.#run === 0) this.#runFrom = rPeak;
    this.#run += 1;
    this.#ventricularAt[this.#ventriculars++ % MEMORY] = rPeak;
    if (this.#run >= limits.ventricularRunBeats) this.#note('ventricularRun', this.#runFrom, now, `${this.#run} ventricular beats in a row`);
    if (this.#alternates(2 * limits.bigeminyCycles)) this.#note('ventricularBigeminy', rPeak, now, `every second beat ventricular, ${limits.bigeminyCycles} times`);
    const lastMinute = this.#inLastMinute(rPeak);
    if (lastMinute > limits.ventricularBeatsPerMinute) this.#note('frequentVentricularBeats', rPeak, now, `${lastMinute} ventricular beats in a minute`);
  }

  /** One analysable sample has gone by. */
  sample(now: number): void {
    for (let i = 0; i < CONDITIONS.length; i++) {
      const condition = CONDITIONS[i]!;
      if (now - this.#seen[condition] > HOLD_S * this.#fs && this.#conditions.has(condition)) this.#conditions.set(condition, false, now, now, `none for ${HOLD_S} s`);
    }
  }

  #note(condition: Ectopy, onset: number, now: number, cause: string): void {
    this.#seen[condition] = now;
    this.#conditions.set(condition, true, onset, now, cause);
  }

  /** Whether the newest `beats` are normal and ventricular in turn, a ventricular one last. */
  #alternates(beats: number): boolean {
    if (this.#patternBeats < beats) return false;
    for (let i = 0; i < beats; i++) if (((this.#pattern >>> i) & 1) !== (i + 1) % 2) return false;
    return true;
  }

  #inLastMinute(rPeak: number): number {
    const known = Math.min(MEMORY, this.#ventriculars);
    let count = 0;
    while (count < known && rPeak - this.#ventricularAt[(this.#ventriculars - 1 - count) % MEMORY]! <= MINUTE_S * this.#fs) count++;
    return count;
  }
}
