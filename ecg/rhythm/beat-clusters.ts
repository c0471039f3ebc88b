/**
 * The shapes of beat one lead has shown lately. A beat joins the shape it correlates with best, or starts its own;
 * the shape most beats have is the patient's usual one.
 */
import { correlationAt } from './correlation.ts';

/** Shapes kept; the least used makes room. A patient seldom has more than two kinds of ventricular beat. */
const SHAPES = 8;
const SAME_SHAPE = 0.9;
/** Two beats of one shape differ in size by no more than this factor. */
const SAME_SIZE = 1.8;
/** A shape's template follows its beats with this share at least, so that it follows slow change. */
const LEAST_RATE = 1 / 16;
/** Shapes this much alike begin to count as kin; this many beats make one count in full. */
const KIN = 0.5;
const KIN_BEATS = 4;
/** Log odds of a shape nothing is known of, and how much they count beside those of a shape that is the same. */
const FIRST_ODDS = -2;
const FIRST_ODDS_WEIGHT = 0.3;
/** What a count loses with every beat: half in some 230 beats, three minutes. */
const FORGET = 0.997;

export interface Shape {
  readonly template: Float64Array;
  /** Beats of this shape, older ones counting less. */
  weight: number;
  /** Beats of this shape in all. */
  beats: number;
  size: number;
  /** Mean of what comes before the QRS; see BeatShape. */
  readonly leadIn: Float64Array;
  /** Means over its beats; see BeatShape. */
  slopeWidth: number;
  steepness: number;
  areaWidth: number;
  deflection: number;
  tail: number;
  discordance: number;
  /** Means over its beats of how far they are from the usual shape, and their P waves from the usual ones. */
  fromUsual: number;
  leadInFromUsual: number;
  /** Means over its beats of the intervals before and after them over the usual one. */
  prematurity: number;
  pause: number;
  /** Share of its beats that came on time. */
  onTime: number;
  /** Mean of the log odds its beats had before the next one came. */
  odds: number;
  /** Correlation with the beat last assigned; 0 where that began it. */
  toLast: number;
  /** While it is the usual shape: means of how far its beats are from the template, and their P waves from `leadIn`. */
  distance: number;
  leadInDistance: number;
}

/** What is taken of a shape before its beats have told: nothing unusual. */
const FIRST = { odds: FIRST_ODDS, toLast: 0, prematurity: 1, pause: 1, onTime: 0.5, distance: 0.1, leadInDistance: 0.1 };

export class BeatClusters {
  readonly #length: number;
  readonly #shift: number;
  readonly #taper: Float64Array;
  readonly #taperSum: number;
  readonly #leadInLength: number;
  /** A template with room for every displacement. */
  readonly #padded: Float64Array;
  readonly shapes: Shape[] = [];
  #matchAt = 0;
  #match = 0;

  /** @param taper how much each sample of a template counts @param shift largest displacement tried; beats hold `taper.length + 2 shift` samples @param leadInLength samples before the QRS that a shape remembers */
  constructor(taper: Float64Array, shift: number, leadInLength: number) {
    this.#taper = taper;
    this.#taperSum = taper.reduce((sum, w) => sum + w, 0);
    this.#length = taper.length;
    this.#shift = shift;
    this.#leadInLength = leadInLength;
    this.#padded = new Float64Array(taper.length + 2 * shift);
  }

  /** The correlation the last `find` or `correlation` came to. */
  get lastCorrelation(): number {
    return this.#match;
  }

  /** The shape most beats have; of two nearly as usual, the narrower one. */
  get usual(): Shape | undefined {
    let most = 0;
    for (const shape of this.shapes) most = Math.max(most, shape.weight);
    let best: Shape | undefined;
    for (const shape of this.shapes) {
      if (shape.weight < 0.4 * most) continue;
      const value = shape.weight / shape.areaWidth;
      if (!best || value > best.weight / best.areaWidth) best = shape;
    }
    return best;
  }

  /** The shape `beat` belongs to; a new, empty one where it is like none. */
  assign(beat: Float64Array): Shape {
    for (const shape of this.shapes) shape.weight *= FORGET;
    let best: Shape | undefined;
    let bestR = SAME_SHAPE;
    let bestAt = this.#shift;
    for (const shape of this.shapes) {
      const r = this.correlation(shape, beat);
      shape.toLast = r;
      if (r <= bestR) continue;
      const size = this.#size(beat, this.#matchAt);
      if (size > SAME_SIZE * shape.size || size * SAME_SIZE < shape.size) continue;
      best = shape;
      bestR = r;
      bestAt = this.#matchAt;
    }
    best ??= this.#room();
    this.#match = best.beats === 0 ? 0 : bestR;
    const rate = Math.max(LEAST_RATE, 1 / (best.beats + 1));
    for (let i = 0; i < this.#length; i++) best.template[i] = best.template[i]! + rate * (beat[bestAt + i]! - best.template[i]!);
    best.size += rate * (this.#size(beat, bestAt) - best.size);
    best.weight += 1;
    best.beats += 1;
    return best;
  }

  /** Highest correlation of `beat` with a shape's template over all displacements. */
  correlation(shape: Shape, beat: Float64Array): number {
    let best = -1;
    for (let shift = 0; shift <= 2 * this.#shift; shift++) {
      const r = correlationAt(beat, shift, shape.template, this.#taper, this.#taperSum) ?? 0;
      if (r <= best) continue;
      best = r;
      this.#matchAt = shift;
    }
    this.#match = best;
    return best;
  }

  /** Log odds of the shapes that the beat last assigned is like, each counting the more the more alike. To be asked before its own odds join its shape's. */
  get kinOdds(): number {
    let sum = FIRST_ODDS_WEIGHT * FIRST_ODDS;
    let weights = FIRST_ODDS_WEIGHT;
    for (const { toLast, beats, odds } of this.shapes) {
      const weight = Math.max(0, (toLast - KIN) / (1 - KIN)) ** 3 * Math.min(1, beats / KIN_BEATS);
      sum += weight * odds;
      weights += weight;
    }
    return sum / weights;
  }

  /** Highest correlation of one shape's template with another's. */
  likeness(of: Shape, to: Shape): number {
    if (of === to) return 1;
    this.#padded.set(of.template, this.#shift);
    return this.correlation(to, this.#padded);
  }

  /** Root of the mean square between `beat` and the template of the shape it was last correlated with, where they match best, as a share of the template's own. */
  distance(shape: Shape, beat: Float64Array): number {
    let apart = 0;
    let own = 0;
    for (let i = 0; i < this.#length; i++) {
      const w = this.#taper[i]!;
      apart += w * (beat[this.#matchAt + i]! - shape.template[i]!) ** 2;
      own += w * shape.template[i]! ** 2;
    }
    return Math.sqrt(apart / Math.max(1, own));
  }

  #room(): Shape {
    let shape: Shape | undefined;
    if (this.shapes.length < SHAPES) {
      shape = {
        template: new Float64Array(this.#length), weight: 0, beats: 0, size: 0, leadIn: new Float64Array(this.#leadInLength),
        slopeWidth: 0, steepness: 0, areaWidth: 0, deflection: 0, tail: 0, discordance: 0, fromUsual: 0, leadInFromUsual: 0, ...FIRST,
      };
      this.shapes.push(shape);
      return shape;
    }
    shape = this.shapes[0]!;
    for (const other of this.shapes) if (other.weight < shape.weight) shape = other;
    Object.assign(shape, FIRST);
    shape.template.fill(0);
    shape.leadIn.fill(0);
    shape.weight = 0;
    shape.beats = 0;
    return shape;
  }

  #size(beat: Float64Array, from: number): number {
    let low = Infinity;
    let high = -Infinity;
    for (let i = from; i < from + this.#length; i++) {
      low = Math.min(low, beat[i]!);
      high = Math.max(high, beat[i]!);
    }
    return high - low;
  }
}
