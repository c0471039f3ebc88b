/**
 * What a beat is, from its shape against the shapes the lead has shown and from its prematurity. It is judged twice: when
 * its QRS has passed, for the alarms that cannot wait, and with the pause after it, for its class.
 */
import type { Ring } from '../dsp/ring.ts';
import type { Hz } from '../units.ts';
import { BeatClusters, type Shape } from './beat-clusters.ts';
import { BEAT_FEATURES, clamp, describeBeat, describePause, farther, otherLeadIn, prematureAndUnlike, ventricularOdds } from './beat-features.ts';
import { BeatShape } from './beat-shape.ts';
import { BEAT_WEIGHTS } from './beat-weights.ts';

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
/**
 * Log odds of a ventricular beat before the next one has come: a logistic regression on the even-numbered records of mitdb
 * (classes of EC57, fusion and unclassifiable beats left out, no class of a record counting for more than 200 beats of the
 * first lead and 40 of the second) and, four times as much in all, on folds 1 to 8 of PTB-XL, leads II and V1, each ten seconds shown twice: there
 * only the record says whether it has ventricular beats, and which ones is found by the regression itself. Features,
 * penalty and weighing were chosen by leaving records of mitdb out and by fold 9 of PTB-XL.
 */
const WEIGHTS = {
  constant: -5.382,
  unlikeSquared: -1.764,
  prematureAndUnlike: 4.883,
  shapePremature: 1.656,
  shapeWider: 10.786,
  steepForLonger: 10.15,
  noise: -13.767,
  irregular: 1.505,
  wide: 75.136,
  shapePauses: 4.691,
  shapeOnTime: -2.582,
  farther: 1.92,
  otherLeadIn: 0.971,
  tail: 1.342,
  discordant: 3.037,
} as const;

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
  #shapeBefore: Shape | undefined;
  /** What was seen of the last beat, for `settle`; BEAT_FEATURES names the numbers. */
  readonly features = new Float64Array(BEAT_FEATURES.length);
  #rrRatio = 1;
  #oddsBefore = FIRST_ODDS_BEFORE;
  #unsettled = false;
  #seen = 0;

  constructor(fs: Hz) {
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
    const far = farther(distance, usual);
    const otherPWave = otherLeadIn(leadIn, usual);
    this.#followUsual(shape, usual, distance, leadIn);
    if (this.#seen < BEATS_TO_KNOW) {
      this.#seen += 1;
      return undefined;
    }
    const odds = (
      WEIGHTS.constant +
      WEIGHTS.unlikeSquared * unlike * unlike +
      WEIGHTS.prematureAndUnlike * prematureAndUnlike(rrRatio, unlike) +
      WEIGHTS.shapePremature * clamp(1 - shape.prematurity, -0.3, 0.6) +
      WEIGHTS.shapeWider * clamp(shape.areaWidth - usual.areaWidth, -0.03, 0.08) +
      WEIGHTS.steepForLonger * clamp(beat.slopeWidth - usual.slopeWidth, -0.1, 0.2) +
      WEIGHTS.noise * clamp(noise, 0, 0.6) +
      WEIGHTS.irregular * clamp(irregularity, 0, 0.5) +
      WEIGHTS.wide * clamp(beat.areaWidth, 0.02, 0.12) +
      WEIGHTS.shapePauses * clamp(shape.pause - 1, -0.3, 0.8) +
      WEIGHTS.shapeOnTime * shape.onTime +
      WEIGHTS.farther * far +
      WEIGHTS.otherLeadIn * otherPWave +
      WEIGHTS.tail * clamp(beat.tail - usual.tail, -0.6, 0.6) +
      WEIGHTS.discordant * clamp(beat.discordance, -0.6, 0.6)
    );
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
    return ventricularOdds(BEAT_WEIGHTS, this.features);
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
