/**
 * Shapes of simulated beats: sums of Gaussian kernels around the R peak, as McSharry, Clifford, Tarassenko and Smith
 * (IEEE Trans. Biomed. Eng. 50:289-294, 2003) made them for one lead and Sameni et al. (EURASIP J. Adv. Signal Process.
 * 2007:043407) for a dipole. Kernels are written in time, not phase, because a QRS does not widen with the pause
 * before it; only the T wave moves with the square root of RR, as McSharry et al. and Bazett have it.
 *
 * Amplitudes and times were set by hand so that the leads projected from them have normal intervals and a normal
 * R progression (normal limits: Macfarlane and Lawrie, Comprehensive Electrocardiology); they are of nobody's heart.
 */
import type { Dipole } from './lead-field.ts';

export interface Kernel {
  /** Seconds after the R peak; for a T wave at RR = 1 s. */
  readonly at: number;
  /** Standard deviation in seconds. */
  readonly width: number;
  /** Millivolts at the peak. */
  readonly dipole: Dipole;
  /** A repolarisation kernel moves with the square root of RR. */
  readonly repolarisation?: true;
}

export type BeatShape = 'sinus' | 'conducted' | 'ectopic' | 'tachycardia';

const P_WAVE: readonly Kernel[] = [
  { at: -0.168, width: 0.017, dipole: [0.025, 0.065, -0.045] }, // right atrium
  { at: -0.142, width: 0.019, dipole: [0.055, 0.055, 0.04] }, // left atrium
];

const QRS_T: readonly Kernel[] = [
  { at: -0.028, width: 0.008, dipole: [-0.12, -0.05, -0.25] }, // septum
  { at: 0, width: 0.0105, dipole: [1.18, 0.68, 0.35] }, // free walls
  { at: 0.023, width: 0.0115, dipole: [-0.25, -0.13, 0.7] }, // base
  { at: 0.245, width: 0.05, dipole: [0.16, 0.09, -0.11], repolarisation: true },
  { at: 0.285, width: 0.028, dipole: [0.18, 0.1, -0.13], repolarisation: true },
];

/** A premature beat from the right ventricle: wide, left bundle branch block shape, T against the QRS. */
const ECTOPIC: readonly Kernel[] = [
  { at: -0.028, width: 0.018, dipole: [0.3, 0.45, 0.1] },
  { at: 0.016, width: 0.024, dipole: [0.8, 0.85, 0.9] },
  { at: 0.27, width: 0.055, dipole: [-0.38, -0.42, -0.36] },
];

/** A focus low in the left ventricle: positive in V1, negative in II, QRS of about 130 ms running into its T wave. */
const TACHYCARDIA: readonly Kernel[] = [
  { at: -0.026, width: 0.014, dipole: [-0.25, -0.4, -0.75] },
  { at: 0.02, width: 0.018, dipole: [-0.5, -1, -0.45] },
  { at: 0.15, width: 0.04, dipole: [0.13, 0.22, 0.18] },
];

export const BEAT_SHAPES: Readonly<Record<BeatShape, readonly Kernel[]>> = {
  sinus: [...P_WAVE, ...QRS_T],
  /** Conducted from fibrillating atria: no P wave. */
  conducted: QRS_T,
  ectopic: ECTOPIC,
  tachycardia: TACHYCARDIA,
};

/** The T wave of a very slow or fast beat moves no further than this: the square-root law breaks down there. */
const REPOLARISATION_LIMITS = [0.62, 1.15] as const;

/** Factor on time and width of repolarisation kernels after an interval of `rr` seconds. */
export const repolarisationScale = (rr: number): number => Math.min(REPOLARISATION_LIMITS[1], Math.max(REPOLARISATION_LIMITS[0], Math.sqrt(rr)));

/** Seconds before the R peak at which the first kernel of any beat begins to show. */
export const LEAD_IN_SECONDS = 0.3;
/** Kernels end here, in standard deviations: 4 leave 0.03 % of the peak. */
export const KERNEL_REACH = 4;
