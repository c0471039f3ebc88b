/**
 * What a beat is, from its shape against the shapes the lead has shown and from its prematurity. A beat is known
 * when its QRS has passed; the pause after it, which comes later, plays no part.
 */
import type { Ring } from '../dsp/ring.ts';
import type { Hz } from '../units.ts';
import { BeatClusters } from './beat-clusters.ts';

/** The QRS and the beginning of ST, seconds about the R peak. */
const BEFORE_S = 0.1;
const AFTER_S = 0.16;
/** Half the stretch that counts in full; outwards of it a sample counts less and less. */
const CORE_S = 0.05;
/** The part after it, where a ventricular beat turns over. */
const TAIL_S = 0.26;
const SHIFT_S = 0.04;
const STEEP_SHARE = 0.2;
/** A shape's means follow its beats with this share at least. */
const SHAPE_RATE = 1 / 16;
/** Beats after which one shape can be called usual. */
const BEATS_TO_KNOW = 3;
/** So like the usual beat in shape, size (log ratio) and width (seconds) that timing does not matter: a supraventricular beat. */
const USUAL_LIKENESS = 0.95;
const USUAL_SIZE = 0.6;
const USUAL_WIDENING_S = 0.012;
const CERTAINLY_USUAL = -5;
/** Share of the usual shape's beats below which rarer makes no difference. */
const RAREST = 0.002;
/**
 * Log odds of a ventricular beat, a logistic regression on the even-numbered records of mitdb (classes of EC57, fusion
 * and unclassifiable beats left out, no class of a record counting for more than 300 beats, the second lead for a fifth
 * of the first; features and penalty chosen by leaving out one record at a time).
 */
const WEIGHTS = {
  constant: -6.197,
  unlike: 2.695,
  unlikeSquared: -1.751,
  unlikeAndPremature: 2.114,
  premature: 8.833,
  shapePremature: 10.86,
  late: 0.952,
  wider: 1.22,
  steepForLonger: 0.015,
  larger: 1.188,
  otherSize: -0.891,
  sharper: -0.138,
  unlikeItsShape: -1.671,
  usualShape: 0.001,
  irregularAndPremature: -5.379,
  noise: 0.266,
  tail: 1.49,
  intervalGrew: -1.064,
  wide: 5.28,
  steepLong: -0.343,
  rare: -0.45,
  shapeWider: 4.079,
  shapeSteepForLonger: 0.286,
  unlikeAndWider: 1.525,
  rareAndPremature: 1.127,
  irregular: 6.421,
  noiseAndUnlike: -8.24,
} as const;

/** What surrounds a beat. */
export interface BeatTiming {
  /** QRS envelope at the beat. */
  readonly envelope: number;
  /** Interval to the beat before over the usual one; 1 where not known. */
  readonly rrRatio: number;
  /** The same over the interval before it; 1 where not known. */
  readonly rrChange: number;
  /** Of the usual intervals, see UsualRr. */
  readonly irregularity: number;
  /** Envelope about the beat over its own. */
  readonly noise: number;
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

export class BeatClassifier {
  readonly #fs: Hz;
  readonly #before: number;
  readonly #length: number;
  readonly #shift: number;
  readonly #tail: number;
  readonly #taper: Float64Array;
  readonly #clusters: BeatClusters;
  readonly #beat: Float64Array;
  #seen = 0;

  constructor(fs: Hz) {
    this.#fs = fs;
    this.#before = Math.round(BEFORE_S * fs);
    this.#length = this.#before + Math.round(AFTER_S * fs);
    this.#shift = Math.round(SHIFT_S * fs);
    this.#tail = Math.round(TAIL_S * fs);
    const core = CORE_S * fs;
    this.#taper = Float64Array.from({ length: this.#length }, (_, i) => {
      const distance = i - this.#before;
      const outside = distance < 0 ? (-distance - core) / (this.#before - core) : (distance - core) / (this.#length - this.#before - core);
      return outside <= 0 ? 1 : Math.cos((Math.PI / 2) * outside) ** 2;
    });
    this.#clusters = new BeatClusters(this.#taper, this.#shift);
    this.#beat = new Float64Array(this.#length + 2 * this.#shift);
  }

  /**
   * @param signal monitor band
   * @param rPeak index of the R peak in it
   * @param timing what surrounds the beat
   * @returns log odds of a ventricular beat; undefined until there is a usual beat to compare with
   */
  classify(signal: Ring, rPeak: number, timing: BeatTiming): number | undefined {
    const beat = this.#beat;
    const from = rPeak - this.#before - this.#shift;
    for (let i = 0; i < beat.length; i++) beat[i] = signal.at(from + i);
    this.#level();
    const deflection = Math.max(1, this.#deflection());
    const slopeWidth = this.#slopeWidth();
    const areaWidth = this.#areaWidth(deflection);
    const sharpness = Math.log(Math.max(1e-6, timing.envelope / deflection));
    const tail = this.#tailMean(signal, rPeak) / deflection;
    const shape = this.#clusters.assign(beat);
    const own = this.#clusters.lastCorrelation;
    const rate = Math.max(SHAPE_RATE, 1 / shape.beats);
    shape.prematurity += rate * (Math.min(2, timing.rrRatio) - shape.prematurity);
    shape.slopeWidth += rate * (slopeWidth - shape.slopeWidth);
    shape.areaWidth += rate * (areaWidth - shape.areaWidth);
    shape.sharpness += rate * (sharpness - shape.sharpness);
    shape.deflection += rate * (deflection - shape.deflection);
    shape.tail += rate * (tail - shape.tail);
    const usual = this.#clusters.usual!;
    const likeness = Math.max(shape === usual ? own : -1, this.#clusters.correlation(usual, beat));
    if (this.#seen < BEATS_TO_KNOW) {
      this.#seen += 1;
      return undefined;
    }
    const size = Math.log(deflection / Math.max(1, usual.deflection));
    const wider = areaWidth - usual.areaWidth;
    if (likeness > USUAL_LIKENESS && Math.abs(size) < USUAL_SIZE && wider < USUAL_WIDENING_S) return CERTAINLY_USUAL;
    const unlike = clamp(1 - likeness, 0, 1.2);
    const premature = clamp(1 - timing.rrRatio, 0, 0.6);
    const rarity = Math.log(clamp(shape.weight / usual.weight, RAREST, 1));
    return (
      WEIGHTS.constant +
      WEIGHTS.unlike * unlike +
      WEIGHTS.unlikeSquared * unlike * unlike +
      WEIGHTS.unlikeAndPremature * unlike * premature +
      WEIGHTS.premature * premature +
      WEIGHTS.shapePremature * clamp(1 - shape.prematurity, -0.3, 0.6) +
      WEIGHTS.late * clamp(timing.rrRatio - 1.1, 0, 0.9) +
      WEIGHTS.wider * clamp(wider, -0.03, 0.08) * 10 +
      WEIGHTS.steepForLonger * clamp(slopeWidth - usual.slopeWidth, -0.1, 0.2) * 5 +
      WEIGHTS.larger * clamp(size, -1.5, 1.5) +
      WEIGHTS.otherSize * Math.abs(clamp(size, -1.5, 1.5)) +
      WEIGHTS.sharper * clamp(sharpness - usual.sharpness, -1.5, 1.5) +
      WEIGHTS.unlikeItsShape * clamp(1 - own, 0, 1) +
      WEIGHTS.usualShape * (shape === usual ? 1 : 0) +
      WEIGHTS.irregularAndPremature * clamp(timing.irregularity, 0, 0.5) * premature * 4 +
      WEIGHTS.noise * clamp(timing.noise, 0, 0.6) +
      WEIGHTS.tail * clamp(tail - usual.tail, -0.6, 0.6) +
      WEIGHTS.intervalGrew * clamp(timing.rrChange - 1, 0, 1) +
      WEIGHTS.wide * clamp(areaWidth, 0.02, 0.12) * 10 +
      WEIGHTS.steepLong * clamp(slopeWidth, 0.04, 0.26) * 5 +
      WEIGHTS.rare * rarity +
      WEIGHTS.shapeWider * clamp(shape.areaWidth - usual.areaWidth, -0.03, 0.08) * 10 +
      WEIGHTS.shapeSteepForLonger * clamp(shape.slopeWidth - usual.slopeWidth, -0.1, 0.2) * 5 +
      WEIGHTS.unlikeAndWider * unlike * clamp(wider, -0.03, 0.08) * 10 +
      WEIGHTS.rareAndPremature * rarity * premature +
      WEIGHTS.irregular * clamp(timing.irregularity, 0, 0.5) +
      WEIGHTS.noiseAndUnlike * clamp(timing.noise, 0, 0.6) * unlike
    );
  }

  /** Takes the straight line from before the QRS to after it away: P waves, flutter waves and ST slopes then weigh less. */
  #level(): void {
    const b = this.#beat;
    const n = this.#shift;
    let left = 0;
    let right = 0;
    for (let i = 0; i < n; i++) {
      left += b[i]! / n;
      right += b[b.length - 1 - i]! / n;
    }
    const slope = (right - left) / (b.length - n);
    for (let i = 0; i < b.length; i++) b[i] = b[i]! - left - slope * (i - n / 2);
  }

  #deflection(): number {
    let low = Infinity;
    let high = -Infinity;
    for (const x of this.#beat) {
      low = Math.min(low, x);
      high = Math.max(high, x);
    }
    return high - low;
  }

  /** From the first to the last steep sample, seconds. */
  #slopeWidth(): number {
    const b = this.#beat;
    let steepest = 0;
    for (let i = 2; i < b.length; i++) steepest = Math.max(steepest, Math.abs(b[i]! - b[i - 2]!));
    let first = -1;
    let last = -1;
    for (let i = 2; i < b.length; i++) {
      if (Math.abs(b[i]! - b[i - 2]!) < STEEP_SHARE * steepest) continue;
      if (first < 0) first = i;
      last = i;
    }
    return (last - first) / this.#fs;
  }

  /** Area over height: the length of a rectangle of the same area, seconds. */
  #areaWidth(deflection: number): number {
    const b = this.#beat;
    let base = 0;
    for (let i = 0; i < this.#shift; i++) base += b[i]!;
    base /= this.#shift;
    let area = 0;
    for (let i = 0; i < this.#length; i++) area += this.#taper[i]! * Math.abs(b[i + this.#shift]! - base);
    return area / Math.max(1, deflection) / this.#fs;
  }

  #tailMean(signal: Ring, rPeak: number): number {
    const from = rPeak + this.#length - this.#before;
    const to = Math.min(signal.end, rPeak + this.#tail);
    let sum = 0;
    for (let i = from; i < to; i++) sum += signal.at(i);
    return to > from ? sum / (to - from) : 0;
  }
}
