/**
 * Twelve leads derived from the four electrodes of the EASI system: E (lower sternum), A and I (left and right
 * mid-axillary lines at the height of E), S (upper sternum).
 *
 * Coefficients: Dower GE, Yakush A, Nazzal SB, Jutzy RV, Ruiz CE. Deriving the 12-lead electrocardiogram from four
 * (EASI) electrodes. J Electrocardiol 1988;21(Suppl):S182-7. The limb leads among them obey Einthoven's and Goldberger's
 * laws to their last digit, which a test holds. The result is an approximation, and is shown as derived.
 */
import { STANDARD_LEADS, type Lead, type StandardLead } from './leads.ts';

/** The bipolar leads that an EASI monitor records: E-S, A-S and A-I. */
export const EASI_LEADS = ['ES', 'AS', 'AI'] as const;

/** Weight of ES, AS and AI in each lead. */
export const EASI_WEIGHTS: Readonly<Record<StandardLead, readonly [number, number, number]>> = {
  I: [0.026, -0.174, 0.701],
  II: [-0.002, 1.098, -0.763],
  III: [-0.028, 1.272, -1.464],
  aVR: [-0.012, -0.462, 0.031],
  aVL: [0.027, -0.723, 1.082],
  aVF: [-0.015, 1.185, -1.114],
  V1: [0.641, -0.391, 0.08],
  V2: [1.229, -1.05, 1.021],
  V3: [0.947, -0.539, 0.987],
  V4: [0.525, 0.004, 0.841],
  V5: [0.179, 0.278, 0.63],
  V6: [-0.043, 0.431, 0.213],
};

/** Where ES, AS and AI stand in `leads`; undefined where it is not exactly these three. */
export function easiOrder(leads: readonly Lead[]): readonly [number, number, number] | undefined {
  const places = EASI_LEADS.map((lead) => leads.indexOf(lead));
  return leads.length === 3 && places.every((place) => place >= 0) ? (places as [number, number, number]) : undefined;
}

/** A sample that is missing in one of the three is missing in all twelve, in the order of `STANDARD_LEADS`. */
export function deriveFromEasi(es: Float32Array, as: Float32Array, ai: Float32Array): Float32Array[] {
  return STANDARD_LEADS.map((lead) => {
    const [a, b, c] = EASI_WEIGHTS[lead];
    return es.map((value, i) => a * value + b * as[i]! + c * ai[i]!);
  });
}
