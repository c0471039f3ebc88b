/**
 * What a beat is, from its shape against the shapes the lead has shown and from its prematurity. It is judged twice: when
 * its QRS has passed, for the alarms that cannot wait, and with the pause after it, for its class.
 */
import type { Ring } from '../dsp/ring.ts';
import type { Hz } from '../units.ts';
import { BeatClusters, type Shape } from './beat-clusters.ts';
import { BEAT_FEATURES, clamp, describeBeat, describePause, ventricularOdds, type ClassifierWeights } from './beat-features.ts';
import { BeatShape } from './beat-shape.ts';

/** A shape's means follow its beats with this share at least. */
const SHAPE_RATE = 1 / 16;
/** Beats after which one shape can be called usual. */
const BEATS_TO_KNOW = 3;
/** No beat tells the next ones more than this, log odds; and what is taken for the first one's. */
const MOST_ODDS = 6;
const FIRST_ODDS_BEFORE = -3;
/** An interval within these shares of the usual one is on time. */
const EARLY = 0.85;
const LATE = 1.2;

/** What surrounds a beat. */
export interface BeatTiming {
  /** Interval to the beat before over the usual one; 1 where not known. */
  readonly rrRatio: number;
  /** Of the usual intervals, see UsualRr. */
  readonly irregularity: number;
  /** Envelope about the beat over its own. */
  readonly noise: number;
}

export class BeatClassifier {
  readonly #beat: BeatShape;
  readonly #clusters: BeatClusters;
  readonly #weights: ClassifierWeights;
  #shapeBefore: Shape | undefined;
  /** What was seen of the last beat, for `settle`; BEAT_FEATURES names the numbers. */
  readonly features = new Float64Array(BEAT_FEATURES.length);
  #rrRatio = 1;
  #oddsBefore = FIRST_ODDS_BEFORE;
  #unsettled = false;
  #seen = 0;

  constructor(fs: Hz, weights: ClassifierWeights) {
    this.#weights = weights;
    this.#beat = new BeatShape(fs);
    this.#clusters = new BeatClusters(this.#beat.taper, this.#beat.shift, this.#beat.leadIn.length);
  }

  /**
   * @param signal monitor band
   * @param rPeak index of the R peak in it
   * @param timing what surrounds the beat
   * @returns log odds of a ventricular beat as far as it can be told now; undefined until there is a usual beat to compare with
   */
  classify(signal: Ring, rPeak: number, timing: BeatTiming): number | undefined {
    const beat = this.#beat;
    beat.measure(signal, rPeak);
    const before = this.#shapeBefore;
    if (before) before.pause += Math.max(SHAPE_RATE, 1 / (before.beats + 1)) * (Math.min(2, timing.rrRatio) - before.pause);
    const shape = this.#clusters.assign(beat.samples);
    this.#shapeBefore = shape;
    const own = this.#clusters.lastCorrelation;
    this.#follow(shape, timing.rrRatio);
    const usual = this.#clusters.usual!;
    const likeness = Math.max(shape === usual ? own : -1, this.#clusters.correlation(usual, beat.samples));
    const distance = this.#clusters.distance(usual, beat.samples);
    const leadIn = leadInDistance(beat.leadIn, usual.leadIn) / Math.max(1, usual.deflection);
    this.#followNearness(shape, distance, leadIn);
    const unlike = clamp(1 - likeness, 0, 1.2);
    const shapeUnlike = clamp(1 - this.#clusters.likeness(shape, usual), 0, 1.2);
    this.#unsettled = this.#seen >= BEATS_TO_KNOW;
    const { rrRatio, irregularity, noise } = timing;
    this.#rrRatio = rrRatio;
    describeBeat(this.features, beat, shape, usual, { unlike, shapeUnlike, distance, leadIn, rrRatio, irregularity, noise, kinOdds: this.#clusters.kinOdds, oddsBefore: this.#oddsBefore });
    this.#followUsual(shape, usual, distance, leadIn);
    if (this.#seen < BEATS_TO_KNOW) {
      this.#seen += 1;
      return undefined;
    }
    const odds = ventricularOdds(this.#weights.atOnce, this.features);
    this.#oddsBefore = clamp(odds, -MOST_ODDS, MOST_ODDS);
    shape.odds += Math.max(SHAPE_RATE, 1 / (shape.beats + 1)) * (this.#oddsBefore - shape.odds);
    return odds;
  }

  /**
   * Judges the last beat anew, with the interval after it.
   * @param next that interval over the usual one
   * @returns log odds of a ventricular beat; undefined where `classify` gave none, or was not called since
   */
  settle(next: number): number | undefined {
    if (!this.#unsettled) return undefined;
    this.#unsettled = false;
    describePause(this.features, this.#rrRatio, next);
    return ventricularOdds(this.#weights.settled, this.features);
  }

  /** The shape's means, and how often it is on time. */
  #follow(shape: Shape, rrRatio: number): void {
    const { deflection, slopeWidth, steepness, areaWidth, tail } = this.#beat;
    const rate = Math.max(SHAPE_RATE, 1 / shape.beats);
    shape.prematurity += rate * (Math.min(2, rrRatio) - shape.prematurity);
    shape.slopeWidth += rate * (slopeWidth - shape.slopeWidth);
    shape.steepness += rate * (steepness - shape.steepness);
    shape.areaWidth += rate * (areaWidth - shape.areaWidth);
    shape.deflection += rate * (deflection - shape.deflection);
    shape.tail += rate * (tail - shape.tail);
    const onTime = rrRatio > EARLY && rrRatio < LATE ? 1 : 0;
    shape.onTime += Math.max(SHAPE_RATE, 1 / (shape.beats + 1)) * (onTime - shape.onTime);
  }

  /** How far the shape is from the usual one. */
  #followNearness(shape: Shape, distance: number, leadIn: number): void {
    const rate = Math.max(SHAPE_RATE, 1 / shape.beats);
    shape.discordance += rate * (this.#beat.discordance - shape.discordance);
    shape.fromUsual += rate * (distance - shape.fromUsual);
    shape.leadInFromUsual += rate * (leadIn - shape.leadInFromUsual);
  }

  /** How far usual beats are from their own mean, once a beat has been compared with it. */
  #followUsual(shape: Shape, usual: Shape, distance: number, leadIn: number): void {
    const rate = Math.max(SHAPE_RATE, 1 / shape.beats);
    for (let i = 0; i < shape.leadIn.length; i++) shape.leadIn[i] = shape.leadIn[i]! + rate * (this.#beat.leadIn[i]! - shape.leadIn[i]!);
    if (shape !== usual) return;
    const slower = Math.max(SHAPE_RATE, 1 / (usual.beats + 1));
    usual.distance += slower * (distance - usual.distance);
    usual.leadInDistance += slower * (leadIn - usual.leadInDistance);
  }
}

function leadInDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum / a.length);
}
