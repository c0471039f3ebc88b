/**
 * Weights of the beat classifier. Written by `npm run train-beat-classes`; not to be edited.
 * Learned from 11822 beats of the 23 even-numbered records of mitdb and 28269 of PTB-XL, folds 1 to 8.
 */
import type { BeatWeights } from './beat-features.ts';

export const BEAT_WEIGHTS: BeatWeights = {
  constant: -4.1167,
  weights: {
    unlikeSquared: 0.78966,
    prematureAndUnlike: 2.6891,
    steepForLonger: -7.5093,
    steepForLongerRatio: 1.3741,
    lessSteepRatio: -2.5075,
    wideRatio: 2.4493,
    tail: -0.10853,
    discordant: 1.1815,
    farther: 2.6604,
    otherLeadIn: 1.2221,
    noise: -4.3008,
    irregular: 3.7606,
    shapePremature: 1.6488,
    shapePauses: 5.6462,
    shapeOnTime: -0.90087,
    shapeWider: -45.73,
    shapeLarger: 0.15068,
    shapeUnlike: -2.7198,
    shapeDiscordant: 3.4228,
    shapeFarther: -1.0316,
    shapeOtherLeadIn: -0.93125,
    shapeRare: -0.95977,
    kin: 0.56642,
    beatBefore: -0.11343,
    pause: 0.49098,
    compensated: 11.225,
  },
};
