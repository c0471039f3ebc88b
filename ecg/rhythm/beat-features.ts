/**
 * What a beat is known by once the beat after it has come, and the log odds these numbers add up to. They compare the beat with the
 * patient's own usual one or its parts with each other: none is a width or height by itself, and all are cut to the range in
 * which they say something. In patients that nothing was learned from, a sum of them did as well as a network.
 */
import type { BeatShape } from './beat-shape.ts';
import type { Shape } from './beat-clusters.ts';

/** In the order of the numbers; `*Shape*` are means over the beats of the same shape. */
export const BEAT_FEATURES = [
  'unlikeSquared', 'prematureAndUnlike', 'steepForLonger', 'steepForLongerRatio', 'lessSteepRatio', 'wideRatio', 'tail', 'discordant', 'farther', 'otherLeadIn',
  'noise', 'irregular', 'shapePremature', 'shapePauses', 'shapeOnTime', 'shapeWider', 'shapeLarger', 'shapeUnlike', 'shapeDiscordant', 'shapeFarther',
  'shapeOtherLeadIn', 'shapeRare', 'kin', 'beatBefore',
  'pause', 'compensated',
] as const;
export type BeatFeature = (typeof BEAT_FEATURES)[number];
/** The last two are known with the next beat only. */
const KNOWN_LATE = 2;
/** What a beat is judged by at once: what is known before the next one comes, and not made of what was said at once of others. */
export const FEATURES_AT_ONCE = BEAT_FEATURES.slice(0, BEAT_FEATURES.indexOf('kin'));

/** Least spread of the usual beats about their template and of their P waves, as a share of the QRS; and beyond how many times that nothing changes. */
const LEAST_DISTANCE = 0.05;
const LEAST_LEAD_IN_DISTANCE = 0.02;
const NEAREST = 0.3;
const FARTHEST = 10;
/** Below these a usual width or steepness is none. */
const LEAST_SLOPE_WIDTH_S = 0.02;
const LEAST_STEEPNESS = 1e-6;
/** A beat less unlike the usual one than this is the less suspicious for coming early: the atria give such beats. */
const UNLIKE = 0.1;
/** A shape with fewer beats than this share of the usual one's is no rarer for it. */
const RAREST = 0.1;
/** How exactly the intervals before and after an extrasystole make up two usual ones (1 sigma), as a share of one. */
const COMPENSATION = 0.15 / Math.SQRT2;

export const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

/** A distance against how far usual beats are from each other, as a logarithm. */
const farther = (distance: number, usual: Shape): number => Math.log(clamp(distance / Math.max(LEAST_DISTANCE, usual.distance), NEAREST, FARTHEST));
const otherLeadIn = (distance: number, usual: Shape): number => Math.log(clamp(distance / Math.max(LEAST_LEAD_IN_DISTANCE, usual.leadInDistance), NEAREST, FARTHEST));
/** How early, as far as the shape is not the usual one. */
const prematureAndUnlike = (rrRatio: number, unlike: number): number => clamp(1 - rrRatio, 0, 0.6) * Math.min(1, unlike / UNLIKE);

/** A beat beside the usual one; shares as in BeatShape. */
export interface Comparison {
  /** One less the correlation with the usual shape, for the beat and for the shape it belongs to. */
  readonly unlike: number;
  readonly shapeUnlike: number;
  /** From the usual shape's template, and of its P wave from the usual one. */
  readonly distance: number;
  readonly leadIn: number;
  /** The interval before over the usual one. */
  readonly rrRatio: number;
  readonly irregularity: number;
  readonly noise: number;
  /** Log odds of the shapes it is like (BeatClusters), and of the beat before. */
  readonly kinOdds: number;
  readonly oddsBefore: number;
}

const ratio = (value: number, usual: number, least: number, most: number): number => Math.log(clamp(value / usual, least, most));

/** Writes all features but those known late into `to`. */
export function describeBeat(to: Float64Array, beat: BeatShape, shape: Shape, usual: Shape, than: Comparison): void {
  let at = 0;
  to[at++] = than.unlike * than.unlike;
  to[at++] = prematureAndUnlike(than.rrRatio, than.unlike);
  to[at++] = clamp(beat.slopeWidth - usual.slopeWidth, -0.1, 0.2);
  to[at++] = ratio(beat.slopeWidth, Math.max(LEAST_SLOPE_WIDTH_S, usual.slopeWidth), 0.3, 4);
  to[at++] = ratio(beat.steepness, Math.max(LEAST_STEEPNESS, usual.steepness), 0.2, 5);
  to[at++] = ratio(beat.areaWidth, usual.areaWidth, 0.4, 3);
  to[at++] = clamp(beat.tail - usual.tail, -0.6, 0.6);
  to[at++] = clamp(beat.discordance, -0.6, 0.6);
  to[at++] = farther(than.distance, usual);
  to[at++] = otherLeadIn(than.leadIn, usual);
  to[at++] = clamp(than.noise, 0, 0.6);
  to[at++] = clamp(than.irregularity, 0, 0.5);
  to[at++] = clamp(1 - shape.prematurity, -0.3, 0.6);
  to[at++] = clamp(shape.pause - 1, 0, 0.8);
  to[at++] = shape.onTime;
  to[at++] = clamp(shape.areaWidth - usual.areaWidth, -0.03, 0.08);
  to[at++] = ratio(Math.max(1, shape.deflection), Math.max(1, usual.deflection), 0.22, 4.5);
  to[at++] = than.shapeUnlike;
  to[at++] = clamp(shape.discordance, -0.6, 0.6);
  to[at++] = farther(shape.fromUsual, usual);
  to[at++] = otherLeadIn(shape.leadInFromUsual, usual);
  to[at++] = ratio(shape.weight, usual.weight, RAREST, 1);
  to[at++] = than.kinOdds;
  to[at++] = than.oddsBefore;
}

/** Completes `to` with what the next beat tells: a pause, or none. That the next beat is early says nothing, in a run they all are. @param next interval to it over the usual one */
export function describePause(to: Float64Array, rrRatio: number, next: number): void {
  const off = (rrRatio + next - 2) / (Math.SQRT2 * COMPENSATION);
  to[BEAT_FEATURES.length - KNOWN_LATE] = clamp(next - 1, 0, 1);
  to[BEAT_FEATURES.length - 1] = Math.exp(-off * off) * clamp(1 - rrRatio, 0, 0.4);
}

/** A sum of features, each counting by its weight and not at all without one. */
export interface BeatWeights {
  readonly constant: number;
  readonly weights: Readonly<Partial<Record<BeatFeature, number>>>;
}

/** What a beat is judged by when its QRS has passed, of FEATURES_AT_ONCE, and when the next one has come. */
export interface ClassifierWeights {
  readonly atOnce: BeatWeights;
  readonly settled: BeatWeights;
}

/** @param features in the order of BEAT_FEATURES @returns log odds of a ventricular beat */
export function ventricularOdds({ constant, weights }: BeatWeights, features: ArrayLike<number>): number {
  let odds = constant;
  for (let i = 0; i < BEAT_FEATURES.length; i++) odds += (weights[BEAT_FEATURES[i]!] ?? 0) * features[i]!;
  return odds;
}
