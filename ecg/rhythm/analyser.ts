/**
 * The model-free path behind the contract of ecg/rhythm.ts: intake -> lead tracks -> beats and waveform -> rules.
 * Everything happens on one analysis axis, sample by sample, so the cutting of the feed into blocks does not matter.
 */
import type { Beat } from '../beat.ts';
import type { Lead } from '../leads.ts';
import { DEFAULT_RHYTHM_LIMITS, type RhythmAnalyser, type RhythmChange, type RhythmLimits, type RhythmResult } from '../rhythm.ts';
import { hz, type Bpm, type Hz } from '../units.ts';
import { BeatClassifier } from './beat-classifier.ts';
import type { ClassifierWeights } from './beat-features.ts';
import { BeatLikeness } from './beat-likeness.ts';
import { BEAT_WEIGHTS } from './beat-weights.ts';
import { ConditionSet } from './conditions.ts';
import { FibrillationJudge, WINDOW_S } from './fibrillation.ts';
import { HeartRate } from './heart-rate.ts';
import { LeadIntake } from './lead-intake.ts';
import { oddsTogether, VENTRICULAR_ODDS } from './lead-odds.ts';
import { LeadTrack } from './lead-track.ts';
import { QrsDetector } from './qrs-detector.ts';
import { RhythmRules } from './rules.ts';
import { UsualRr } from './usual-rr.ts';

/** Every feed is analysed at this frequency, so that all constants mean the same at 50 and at 4,000 Hz. */
export const ANALYSIS_FREQUENCY = hz(250);
/** How often the waveform is judged, seconds. */
const FIBRILLATION_PERIOD_S = 0.25;
/** No lead's log odds of fibrillation count more than this. */
const MOST_ODDS = 6;
/** Nothing to analyse for this long ends every run and count, seconds; shorter gaps only stop the clock. */
const LOST_S = 1;
/** Nothing to analyse for this long, and asystole is said not to be monitored, seconds. */
const UNMONITORED_S = 0.5;
/** From an R peak to its decision: envelope delay and refractory window, and a little for a pause that ends just then, seconds. */
const BEAT_DELAY_S = 0.4;
/** A captured pacer pulse has its R peak within this time, seconds. */
const PACER_TO_QRS_S = 0.25;
/** A beat's class is settled by the beat after it, or when none has come for this long after its R peak, seconds. */
const SETTLE_S = 2;
const NO_BEATS: readonly Beat[] = [];

export interface RhythmAnalyserOptions {
  readonly samplingFrequency: Hz;
  readonly leads: readonly Lead[];
  /** Lowest and highest voltage the converter can give, per lead, microvolts. */
  readonly railUv?: readonly (readonly [number, number])[] | undefined;
  readonly limits?: RhythmLimits | undefined;
  /** What beats are judged by: what ships, unless it is to be learned anew. */
  readonly beatWeights?: ClassifierWeights | undefined;
  /** Told what a lead has measured of a beat whose class is settled: BEAT_FEATURES names the numbers, which are overwritten by the next beat. */
  readonly onMeasured?: ((lead: number, sampleIndex: number, features: Float64Array) => void) | undefined;
}

/** A beat that waits for the next one. */
interface UnsettledBeat {
  readonly rPeak: number;
  readonly rr: number | undefined;
  readonly usualRr: number | undefined;
  readonly bestLead: number;
  readonly paced: boolean;
}

/** @throws RangeError where there is no lead, or rails for another number of leads */
export function createRhythmAnalyser(options: RhythmAnalyserOptions): RhythmAnalyser {
  return new Analyser(options);
}

class Analyser implements RhythmAnalyser {
  readonly #feedFs: Hz;
  readonly #fs = ANALYSIS_FREQUENCY;
  readonly #intakes: readonly LeadIntake[];
  readonly #tracks: readonly LeadTrack[];
  readonly #fibrillation = new FibrillationJudge(ANALYSIS_FREQUENCY);
  readonly #waveformPeriod = Math.round(FIBRILLATION_PERIOD_S * ANALYSIS_FREQUENCY);
  readonly #detector: QrsDetector;
  readonly #classifiers: readonly BeatClassifier[];
  readonly #likeness: BeatLikeness;
  readonly #rate: HeartRate;
  readonly #conditions = new ConditionSet();
  readonly #rules: RhythmRules;
  readonly #usualRr = new UsualRr();
  readonly #timing = { rrRatio: 1, irregularity: 0, noise: 0 };
  readonly #onMeasured: RhythmAnalyserOptions['onMeasured'];
  #origin: number | undefined;
  #marks = new Uint8Array(0);
  #n = -1;
  #lost = 0;
  #lastBeat = -1;
  #unsettled: UnsettledBeat | undefined;
  #pacerMarks: number[] = [];
  #beats: Beat[] = [];

  constructor({ samplingFrequency, leads, railUv, limits = DEFAULT_RHYTHM_LIMITS, beatWeights = BEAT_WEIGHTS, onMeasured }: RhythmAnalyserOptions) {
    if (leads.length === 0) throw new RangeError('a rhythm analysis needs at least 1 lead, received 0');
    if (railUv && railUv.length !== leads.length) throw new RangeError(`rails go with leads: expected ${leads.length}, received ${railUv.length}`);
    this.#feedFs = samplingFrequency;
    this.#onMeasured = onMeasured;
    this.#intakes = leads.map((_, i) => new LeadIntake(samplingFrequency, this.#fs, railUv?.[i]));
    this.#tracks = leads.map(() => new LeadTrack(this.#fs));
    this.#detector = new QrsDetector(this.#tracks, this.#fs);
    this.#classifiers = leads.map(() => new BeatClassifier(this.#fs, beatWeights));
    this.#likeness = new BeatLikeness(leads.length, this.#fs);
    this.#rate = new HeartRate(this.#fs);
    this.#rules = new RhythmRules(this.#fs, limits, this.#conditions, this.#rate, Math.round(BEAT_DELAY_S * this.#fs));
  }

  get heartRateBpm(): Bpm | undefined {
    if (!this.monitored || this.#conditions.has('asystole') || this.#conditions.has('ventricularFibrillation')) return undefined;
    return this.#rate.bpm;
  }

  get monitored(): boolean {
    return this.#n >= 0 && this.#lost <= UNMONITORED_S * this.#fs;
  }

  setLimits(limits: RhythmLimits): void {
    this.#rules.limits = limits;
  }

  push(samplesUv: readonly Float32Array[], startIndex: number, leadOffMask: number, pacerMarks: Uint16Array): RhythmResult {
    const count = samplesUv[0]?.length ?? 0;
    if (samplesUv.length !== this.#intakes.length || samplesUv.some((lead) => lead.length !== count)) {
      throw new RangeError(`a block has ${this.#intakes.length} leads of equal length, received ${samplesUv.map((lead) => lead.length).join(', ')} samples`);
    }
    this.#origin ??= startIndex;
    if (this.#marks.length < count) this.#marks = new Uint8Array(count);
    this.#marks.fill(0);
    for (const mark of pacerMarks) this.#marks[mark] = 1;
    for (const mark of pacerMarks) this.#pacerMarks.push(startIndex - this.#origin + mark);
    const blocks = samplesUv.map((samples, lead) => this.#intakes[lead]!.push(samples, ((leadOffMask >>> lead) & 1) === 1, this.#marks));
    const produced = blocks[0]!.length;
    for (let i = 0; i < produced; i++) {
      for (let lead = 0; lead < this.#tracks.length; lead++) this.#tracks[lead]!.step(blocks[lead]![i]!);
      this.#step();
    }
    const beats = this.#beats.length === 0 ? NO_BEATS : this.#beats;
    if (this.#beats.length > 0) this.#beats = [];
    return { beats, changes: this.#conditions.take().map((change) => this.#onFeedAxis(change)) };
  }

  #step(): void {
    const now = ++this.#n;
    if (!this.#anyUsable()) {
      this.#lost += 1;
      if (this.#lost === 1) this.#interrupt(now);
      if (this.#lost === LOST_S * this.#fs) this.#forget(now);
      return;
    }
    if (this.#lost >= LOST_S * this.#fs) this.#rules.restart(now);
    this.#lost = 0;
    for (let rPeak = this.#detector.next(now); rPeak >= 0; rPeak = this.#detector.next(now)) this.#beat(rPeak, now);
    if (this.#unsettled && now - this.#unsettled.rPeak > SETTLE_S * this.#fs) this.#settle(now, now);
    this.#rules.sample(now);
    if (now % this.#waveformPeriod === 0) this.#judgeWaveform(now);
  }

  #anyUsable(): boolean {
    for (let lead = 0; lead < this.#tracks.length; lead++) if (this.#tracks[lead]!.usable) return true;
    return false;
  }

  /** A beat may hide in what is missing: no interval spans it. */
  #interrupt(now: number): void {
    this.#settle(now, now);
    this.#detector.forgetLast();
    this.#lastBeat = -1;
  }

  #forget(now: number): void {
    this.#rate.reset();
    this.#rules.restart(now);
  }

  #beat(rPeak: number, now: number): void {
    this.#settle(rPeak, now);
    const rr = this.#lastBeat < 0 ? undefined : rPeak - this.#lastBeat;
    const usualRr = this.#usualRr.usual;
    const timing = this.#timing;
    timing.rrRatio = rr === undefined || usualRr === undefined ? 1 : rr / usualRr;
    timing.irregularity = this.#usualRr.irregularity;
    timing.noise = this.#detector.lastNoise;
    const bestLead = this.#detector.bestLead;
    const odds = oddsTogether(this.#tracks.length, bestLead, (lead) => {
      const { usable, morphology } = this.#tracks[lead]!;
      return usable ? this.#classifiers[lead]!.classify(morphology, rPeak, timing) : undefined;
    });
    if (rr !== undefined) {
      this.#usualRr.add(rr, odds !== undefined && odds > VENTRICULAR_ODDS.above);
      this.#rate.add(rr);
    }
    this.#lastBeat = rPeak;
    const paced = this.#isPaced(rPeak);
    this.#unsettled = { rPeak, rr, usualRr, bestLead, paced };
    const likeness = this.#likeness.next(this.#tracks, rPeak, this.#detector.leadShare);
    this.#rules.beat(rPeak, rr, paced ? -Infinity : (odds ?? -Infinity), likeness, now);
  }

  /** @param next place of the next beat; where none has come, how far it is known that none did */
  #settle(next: number, now: number): void {
    const beat = this.#unsettled;
    if (!beat) return;
    this.#unsettled = undefined;
    const { rPeak, rr, usualRr, bestLead, paced } = beat;
    const pause = usualRr === undefined ? 1 : (next - rPeak) / usualRr;
    const sampleIndex = this.#feedIndex(rPeak) + this.#origin!;
    const odds = oddsTogether(this.#tracks.length, bestLead, (lead) => {
      const classifier = this.#classifiers[lead]!;
      const own = classifier.settle(pause);
      if (own !== undefined) this.#onMeasured?.(lead, sampleIndex, classifier.features);
      return own;
    });
    const beatClass = paced ? 'paced' : odds === undefined ? 'unclassified' : odds > VENTRICULAR_ODDS.above ? 'ventricular' : 'normal';
    this.#beats.push({ sampleIndex, class: beatClass, rrMs: rr === undefined ? undefined : (rr * 1000) / this.#fs });
    this.#rules.settled(rPeak, rr, paced ? -Infinity : (odds ?? -Infinity), now);
  }

  #isPaced(rPeak: number): boolean {
    const at = this.#feedIndex(rPeak);
    const from = at - PACER_TO_QRS_S * this.#feedFs;
    while (this.#pacerMarks.length > 0 && this.#pacerMarks[0]! < from) this.#pacerMarks.shift();
    return this.#pacerMarks.length > 0 && this.#pacerMarks[0]! <= at;
  }

  #judgeWaveform(now: number): void {
    let judged = 0;
    let odds = 0;
    for (let lead = 0; lead < this.#tracks.length; lead++) {
      const track = this.#tracks[lead]!;
      const own = track.presentFor(WINDOW_S) ? this.#fibrillation.judge(track.morphology) : undefined;
      if (own === undefined) continue;
      judged += 1;
      odds += Math.max(-MOST_ODDS, Math.min(MOST_ODDS, own));
    }
    this.#rules.fibrillation(judged === 0 ? -Infinity : odds / judged, now);
  }

  /** Feed sample, counted from the first one pushed, at the instant of an analysis sample. */
  #feedIndex(index: number): number {
    return Math.round((index * this.#feedFs) / this.#fs);
  }

  #onFeedAxis(change: RhythmChange): RhythmChange {
    const { onsetIndex, decidedIndex } = change;
    return {
      ...change,
      onsetIndex: this.#origin! + this.#feedIndex(onsetIndex),
      decidedIndex: this.#origin! + this.#feedIndex(decidedIndex) + this.#intakes[0]!.delaySamples,
    };
  }
}
