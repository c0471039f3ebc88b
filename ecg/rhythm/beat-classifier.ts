/**
 * What a beat is, from its shape against the shapes the lead has shown and from its prematurity. A beat is known
 * when its QRS has passed; the pause after it, which comes later, tells of the next beats of its shape.
 */
import type { Ring } from '../dsp/ring.ts';
import type { Hz } from '../units.ts';
import { BeatClusters, type Shape } from './beat-clusters.ts';
import { BeatShape } from './beat-shape.ts';

/** A shape's means follow its beats with this share at least. */
const SHAPE_RATE = 1 / 16;
/** Beats after which one shape can be called usual. */
const BEATS_TO_KNOW = 3;
/** An interval within these shares of the usual one is on time. */
const EARLY = 0.85;
const LATE = 1.2;
/** Least spread of the usual beats about their template and of their P waves, as a share of the QRS; and beyond how many times that nothing changes. */
const LEAST_DISTANCE = 0.05;
const LEAST_LEAD_IN_DISTANCE = 0.02;
const NEAREST = 0.3;
const FARTHEST = 10;
/** A beat less unlike the usual one than this is the less suspicious for coming early: the atria give such beats. */
const UNLIKE = 0.1;
/**
 * Log odds of a ventricular beat: a logistic regression on the even-numbered records of mitdb (classes of EC57, fusion
 * and unclassifiable beats left out, no class of a record counting for more than 200 beats of the first lead and 40 of the
 * second) and, four times as much in all, on folds 1 to 8 of PTB-XL, leads II and V1, each ten seconds shown twice: there
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

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

export class BeatClassifier {
  readonly #beat: BeatShape;
  readonly #clusters: BeatClusters;
  #shapeBefore: Shape | undefined;
  #seen = 0;

  constructor(fs: Hz) {
    this.#beat = new BeatShape(fs);
    this.#clusters = new BeatClusters(this.#beat.taper, this.#beat.shift, this.#beat.leadIn.length);
  }

  /**
   * @param signal monitor band
   * @param rPeak index of the R peak in it
   * @param timing what surrounds the beat
   * @returns log odds of a ventricular beat; undefined until there is a usual beat to compare with
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
    const farther = Math.log(clamp(distance / Math.max(LEAST_DISTANCE, usual.distance), NEAREST, FARTHEST));
    const otherLeadIn = Math.log(clamp(leadIn / Math.max(LEAST_LEAD_IN_DISTANCE, usual.leadInDistance), NEAREST, FARTHEST));
    this.#followNearness(shape, usual, distance, leadIn);
    if (this.#seen < BEATS_TO_KNOW) {
      this.#seen += 1;
      return undefined;
    }
    const unlike = clamp(1 - likeness, 0, 1.2);
    const premature = clamp(1 - timing.rrRatio, 0, 0.6);
    const irregular = clamp(timing.irregularity, 0, 0.5);
    return (
      WEIGHTS.constant +
      WEIGHTS.unlikeSquared * unlike * unlike +
      WEIGHTS.prematureAndUnlike * premature * Math.min(1, unlike / UNLIKE) +
      WEIGHTS.shapePremature * clamp(1 - shape.prematurity, -0.3, 0.6) +
      WEIGHTS.shapeWider * clamp(shape.areaWidth - usual.areaWidth, -0.03, 0.08) +
      WEIGHTS.steepForLonger * clamp(beat.slopeWidth - usual.slopeWidth, -0.1, 0.2) +
      WEIGHTS.noise * clamp(timing.noise, 0, 0.6) +
      WEIGHTS.irregular * irregular +
      WEIGHTS.wide * clamp(beat.areaWidth, 0.02, 0.12) +
      WEIGHTS.shapePauses * clamp(shape.pause - 1, -0.3, 0.8) +
      WEIGHTS.shapeOnTime * shape.onTime +
      WEIGHTS.farther * farther +
      WEIGHTS.otherLeadIn * otherLeadIn +
      WEIGHTS.tail * clamp(beat.tail - usual.tail, -0.6, 0.6) +
      WEIGHTS.discordant * clamp(beat.discordance, -0.6, 0.6)
    );
  }

  /** The shape's means, and how often it is on time. */
  #follow(shape: Shape, rrRatio: number): void {
    const { deflection, slopeWidth, areaWidth, tail } = this.#beat;
    const rate = Math.max(SHAPE_RATE, 1 / shape.beats);
    shape.prematurity += rate * (Math.min(2, rrRatio) - shape.prematurity);
    shape.slopeWidth += rate * (slopeWidth - shape.slopeWidth);
    shape.areaWidth += rate * (areaWidth - shape.areaWidth);
    shape.deflection += rate * (deflection - shape.deflection);
    shape.tail += rate * (tail - shape.tail);
    const onTime = rrRatio > EARLY && rrRatio < LATE ? 1 : 0;
    shape.onTime += Math.max(SHAPE_RATE, 1 / (shape.beats + 1)) * (onTime - shape.onTime);
  }

  #followNearness(shape: Shape, usual: Shape, distance: number, leadIn: number): void {
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
